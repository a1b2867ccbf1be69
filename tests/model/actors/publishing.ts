/** What a publisher and a hub have in common: the real `publish`, one after the other as planned, and what comes of each is said. */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import { type NewEvent, newEvent } from '../../../lib/log/block.ts';
import { type PublishPorts, publish } from '../../../lib/publish/publish.ts';
import { isDeletion, keyOfId } from '../state-properties.ts';
import { CHANNEL } from '../world.ts';
import type { Output } from './actor.ts';

export interface PublishPlan {
  /** The ids of each publish, in order. */
  readonly publishes: ReadonlyArray<readonly string[]>;
  /** The ids are a producer's own. */
  readonly hasProducerIds?: boolean;
  /** They come from a queue: ids in its order. Delivered again, they come to another process, or in another publish. */
  readonly queue?: readonly string[];
  /** How many of its publishes are done before the model begins, so that it knows the channel. */
  readonly warm?: number;
}

export class Publishing {
  readonly #plan: PublishPlan;
  readonly #ports: PublishPorts;
  readonly #say: (output: Output) => void;
  #begun = 0;
  #busy = false;

  constructor(plan: PublishPlan, ports: PublishPorts, say: (output: Output) => void) {
    this.#plan = plan;
    this.#ports = ports;
    this.#say = say;
  }

  get offers(): readonly string[] {
    return !this.#busy && this.#begun < this.#plan.publishes.length ? ['publish'] : [];
  }

  get finished(): boolean {
    return !this.#busy && this.#begun >= this.#plan.publishes.length;
  }

  /** What its further doings depend on, apart from what its ports remember. */
  get facts(): unknown {
    return [this.#begun, this.#busy];
  }

  start(): void {
    const ids = this.#plan.publishes[this.#begun++];
    if (ids) void this.#tell(ids);
  }

  async #tell(ids: readonly string[]): Promise<void> {
    this.#busy = true;
    try {
      const newEvents = ids.map((id) => ({ ...eventOf(id), ...placeOf(id, this.#plan.queue) }));
      const answer = await publish(
        this.#ports,
        TRUSTED,
        CHANNEL,
        newEvents,
        this.#plan.hasProducerIds ?? false,
      );
      this.#say({ kind: 'published', ids, answer });
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
      this.#say({ kind: 'unpublished', ids, code: error.code });
    } finally {
      this.#busy = false;
    }
  }
}

function eventOf(id: string): NewEvent {
  const key = keyOfId(id);
  return newEvent(id, key !== undefined && isDeletion(id) ? null : id, key);
}

/** A message of its own for each event, sent before the model begins. */
function placeOf(id: string, queue: readonly string[] | undefined): Pick<NewEvent, 'place'> {
  if (!queue) return {};
  return { place: { queue: 'ingest', sequence: String(queue.indexOf(id) + 1), index: 0, sentAt: 0 } };
}

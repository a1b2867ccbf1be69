/**
 * The ingest queue and what Lambda does with it: messages of a group one batch after the other, again until they are published, and again
 * though they were, when the process died before it could say so.
 */

import { ingest, type Message } from '../../lib/publish/ingest.ts';
import { ask } from './asking.ts';
import type { Publication } from './history.ts';
import { keyOf } from './keys.ts';
import type { Channel } from './plan.ts';
import type { World } from './world.ts';

const BATCH = 10;
/** A function's time limit, as serverless.yml has it. */
const LIMIT_MS = 30_000;
/** When what was received and not deleted comes again. serverless.yml has six times the function's limit. */
const VISIBILITY_MS = 60_000;

interface Waiting {
  readonly message: Message;
  /** Of a message that can be published. */
  readonly publication: Publication | undefined;
}

export class IngestQueue {
  readonly #world: World;
  readonly #groups = new Map<Channel, Waiting[]>();
  #sent = 0;
  /** Bodies of messages that can never be published. */
  readonly poison: string[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  get empty(): boolean {
    return [...this.#groups.values()].every((group) => group.length === 0);
  }

  send(channel: Channel, sizes: readonly number[]): void {
    const group = this.#groups.get(channel);
    const waiting = sizes.map((size) =>
      size === 0 ? this.#poisoned(channel) : this.#message(channel, size),
    );
    if (group) group.push(...waiting);
    else this.#groups.set(channel, waiting);
    if (!group || group.length === waiting.length) void this.#deliver(channel, group ?? waiting);
  }

  #message(channel: Channel, size: number): Waiting {
    const id = `m${++this.#sent}`;
    const marks = Array.from({ length: size }, (_, i) => `message ${id} event ${i}`);
    const publication: Publication = {
      name: `message ${id}`,
      channel,
      marks,
      line: `ingest of ${channel}`,
      hasProducerIds: true,
      divisible: true,
      startedAt: this.#world.clock.now(),
      attempts: 0,
    };
    this.#world.history.publications.push(publication);
    const body = JSON.stringify({ channel, events: marks.map((data) => ({ key: keyOf(data), data })) });
    return { message: { id, group: channel, body }, publication };
  }

  #poisoned(channel: Channel): Waiting {
    const id = `m${++this.#sent}`;
    const body = `poison ${id}`;
    this.poison.push(body);
    return { message: { id, group: channel, body }, publication: undefined };
  }

  /** Until nothing is left. */
  async #deliver(channel: Channel, group: Waiting[]): Promise<void> {
    const { clock } = this.#world;
    for (let turn = 0; group.length > 0; turn++) {
      const batch = group.slice(0, BATCH);
      const life = await this.#world.anyInstance(turn);
      for (const { publication } of batch) if (publication) publication.attempts++;
      const outcome = await ask(this.#world, life, `ingest of ${channel}`, LIMIT_MS, () =>
        ingest(
          life.ingest,
          batch.map(({ message }) => message),
        ),
      );
      if (outcome.kind !== 'answered') {
        await clock.sleep(VISIBILITY_MS);
        continue;
      }
      for (const done of batch.filter(({ message }) => !outcome.value.has(message.id))) {
        if (done.publication) done.publication.acknowledgedAt = clock.now();
        group.splice(group.indexOf(done), 1);
      }
      if (outcome.value.size > 0) await clock.sleep(VISIBILITY_MS / 2);
    }
  }
}

/**
 * Promising an event. Before an event with `expect` is appended, it is noted when its channel must be looked at: a process that dies after the append has kept its
 * promise, and one that dies before it has noted a look at nothing, which costs two small reads.
 */

import { PushError } from '../errors.ts';
import type { NewEvent } from '../log/block.ts';
import { ALARMS_PREFIX, CHANNEL_PATTERN, WHOLE_CHANNEL_KEY } from '../protocol/doorbell.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { instantOf, msSince } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';
import { expectMs } from './duration.ts';
import type { ExpectationStore } from './ports.ts';
import { lookFor } from './times.ts';

/** Looks that a process remembers to have noted: many events of a channel in one minute are one note. */
const MAX_NOTED = 10_000;

/** An append that took longer, as one of a process that was frozen meanwhile, may have come after the look that was noted. */
const LATE_MS = 45_000;

export interface ArmingPorts {
  readonly expectations: Pick<ExpectationStore, 'noteLook'>;
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
}

/** Notes the look anew where the append took long. */
export type Armed = () => Promise<void>;

export class Arming {
  readonly #ports: ArmingPorts;
  readonly #noted = new BoundedMap<string, true>(MAX_NOTED);

  constructor(ports: ArmingPorts) {
    this.#ports = ports;
  }

  /**
   * To be awaited before the events are appended; what it returns, after that. Throws what the store throws. Undefined where nothing is promised.
   */
  async arm(channel: string, events: Iterable<Pick<NewEvent, 'expect'>>): Promise<Armed | undefined> {
    const promised = new Set<number>();
    for (const { expect } of events) {
      const ms = expect === undefined ? undefined : expectMs(expect);
      if (ms !== undefined) promised.add(ms);
    }
    if (promised.size === 0) return undefined;
    const { clock } = this.#ports;
    const begun = instantOf(clock);
    await this.#note(channel, promised);
    return async () => {
      if (msSince(clock, begun) > LATE_MS) await this.#note(channel, promised);
    };
  }

  async #note(channel: string, promised: ReadonlySet<number>): Promise<void> {
    const { expectations, clock } = this.#ports;
    const now = clock.now();
    for (const due of new Set([...promised].map((ms) => lookFor(now, ms)))) {
      const name = `${due} ${channel}`;
      if (this.#noted.has(name)) continue;
      await expectations.noteLook({ channel, due });
      this.#noted.set(name, true);
    }
  }
}

/** Where it is told that an event of the channel has not come in time. */
export function alarmsOf(channel: string): string {
  return `${ALARMS_PREFIX}${channel}`;
}

/** Throws `bad-body` when an event promises another one, and there could be no alarm about it. `path` begins the field's name. */
export function requireExpectable(
  channel: string,
  events: ReadonlyArray<Pick<NewEvent, 'expect' | 'key'>>,
  path: (i: number) => string,
): void {
  const mayExpect = !channel.startsWith(ALARMS_PREFIX) && CHANNEL_PATTERN.test(alarmsOf(channel));
  for (const [i, { expect, key }] of events.entries()) {
    if (expect === undefined) continue;
    const field = `${path(i)}expect`;
    if (!mayExpect) {
      const most = 128 - ALARMS_PREFIX.length;
      const message = `${field} is for channels of at most ${most} characters that do not begin with ${ALARMS_PREFIX}: alarms go to ${ALARMS_PREFIX}<channel>.`;
      throw new PushError('bad-body', message, { field });
    }
    if (key !== WHOLE_CHANNEL_KEY) continue;
    const message = `${field} cannot stand beside the key ${WHOLE_CHANNEL_KEY}, which alarms about the whole channel have.`;
    throw new PushError('bad-body', message, { field });
  }
}

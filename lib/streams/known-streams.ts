/**
 * Streams that this process has written to or looked up for a write a moment ago, so that a writer who goes on need not be looked up each time. What is
 * known may be out of date: it only says which life a write is for. An append that is taken was for the life that the name had, because whoever ends a
 * life before its time writes into its log first. Whatever else becomes of a write must be looked at again.
 */

import { BoundedMap } from '../runtime/bounded-map.ts';
import { type Instant, instantOf, msSince } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Stream } from './locate.ts';
import { isTouchDue } from './touch.ts';

/** As long as a writer's view of a channel's life is good (load-writer-state.ts). */
const KNOWN_MS = 10_000;
const MAX_KNOWN = 1_000;

interface Known {
  readonly stream: Stream;
  readonly readAt: Instant;
}

export class KnownStreams {
  readonly #clock: Clock;
  readonly #known = new BoundedMap<string, Known>(MAX_KNOWN);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined also of one that may have come to its end by its time, or must be touched. */
  find(name: string): Stream | undefined {
    const known = this.#known.touch(name);
    if (!known) return undefined;
    const { stream, readAt } = known;
    if (msSince(this.#clock, readAt) < KNOWN_MS && !this.#isTouchDue(stream)) return stream;
    this.#known.delete(name);
    return undefined;
  }

  /** `stream` was looked up after `readAt`. */
  note(stream: Stream, readAt: Instant): void {
    if (!this.#isTouchDue(stream)) this.#known.set(stream.name, { stream, readAt });
  }

  /** When a look begins. */
  instant(): Instant {
    return instantOf(this.#clock);
  }

  #isTouchDue({ record }: Stream): boolean {
    return record !== undefined && isTouchDue(record.record, this.#clock.now());
  }
}

/**
 * Faults by name, which happen between the code under test and the server: what a network, a proxy and a restored log do. Each is ordered for the next
 * request that fits, and happens once unless `times` says otherwise. Nothing happens by chance.
 */

import type { Call } from './call.ts';

export interface Which {
  /** Only requests of this channel. Default any. */
  readonly channel?: string;
  /** Only polls, or only publishes. Default both, where the fault can meet both. */
  readonly of?: 'poll' | 'publish';
  /** How many requests it meets. Default 1. */
  readonly times?: number;
}

/** A fault that was ordered. */
export interface Ordered {
  /** How many requests it will still meet. */
  readonly left: number;
  /** Resolves when it has met the last of them. */
  readonly met: Promise<void>;
  /** It meets no more requests. */
  cancel(): void;
}

export type Kind = 'loseAnswer' | 'delay' | 'reset' | 'expire' | 'unavailable' | 'duplicate';

interface Entry extends Required<Pick<Which, 'times'>> {
  readonly kind: Kind;
  readonly which: Which;
  readonly ms: number;
  left: number;
  readonly done: () => void;
}

export class Faults {
  readonly #entries: Entry[] = [];

  /** The server does what it is asked, and the connection breaks before its answer arrives. Takes the next answer, of a poll that is held too. */
  loseAnswer(which: Which = {}): Ordered {
    return this.#order('loseAnswer', which);
  }

  /** The answer arrives so many milliseconds later. Takes the next answer, of a poll that is held too. */
  delay(ms: number, which: Which = {}): Ordered {
    return this.#order('delay', which, ms);
  }

  /** The next poll is answered 409 `reset`, as after a log was restored: its readers begin again with the oldest event. */
  reset(which: Omit<Which, 'of'> = {}): Ordered {
    return this.#order('reset', { ...which, of: 'poll' });
  }

  /** The next request is answered 401: its token has expired. */
  expire(which: Which = {}): Ordered {
    return this.#order('expire', which);
  }

  /** The next request is answered 503, with a `Retry-After` of `seconds`. Default 0: at once. */
  unavailable(which: Which & { readonly seconds?: number } = {}): Ordered {
    return this.#order('unavailable', which, (which.seconds ?? 0) * 1_000);
  }

  /** The next publish is carried out twice, as by a proxy that repeats what it has sent. */
  duplicate(which: Omit<Which, 'of'> = {}): Ordered {
    return this.#order('duplicate', { ...which, of: 'publish' });
  }

  /** Takes back whatever was ordered. */
  clear(): void {
    this.#entries.length = 0;
  }

  /** For the gateway: the fault of one of these kinds that meets this request now, if one does. */
  take(call: Call, ...kinds: readonly Kind[]): { readonly kind: Kind; readonly ms: number } | undefined {
    const entry = this.#entries.find(({ kind, which }) => kinds.includes(kind) && fits(which, call));
    if (!entry) return undefined;
    entry.left--;
    if (entry.left === 0) {
      this.#entries.splice(this.#entries.indexOf(entry), 1);
      entry.done();
    }
    return entry;
  }

  #order(kind: Kind, which: Which, ms = 0): Ordered {
    const { times = 1 } = which;
    if (!Number.isInteger(times) || times < 1) throw new Error(`times must be 1 or more, got ${times}`);
    if (!(ms >= 0)) throw new Error(`A time must be 0 or more milliseconds, got ${ms}`);
    let done = () => {};
    const met = new Promise<void>((resolve) => {
      done = resolve;
    });
    const entry: Entry = { kind, which, ms, times, left: times, done };
    this.#entries.push(entry);
    const entries = this.#entries;
    return {
      met,
      get left() {
        return entries.includes(entry) ? entry.left : 0;
      },
      cancel() {
        if (entries.includes(entry)) entries.splice(entries.indexOf(entry), 1);
      },
    };
  }
}

function fits({ channel, of }: Which, call: Call): boolean {
  if (call.kind === 'other' || (of !== undefined && call.kind !== of)) return false;
  return channel === undefined || call.channels.includes(channel);
}

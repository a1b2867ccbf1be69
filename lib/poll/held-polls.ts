import { PushError } from '../errors.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { Roster } from '../runtime/roster.ts';
import type { Ending } from './wait.ts';

/** The polls that this process holds, so that a supersede can end one by its nonce; and how many of them each principal has. */
export class HeldPolls {
  readonly #ends = new Roster<(why: Ending) => void>();
  readonly #byNonce = new Map<string, (why: Ending) => void>();
  /** Those that hold none stay while there is room: to forget and to learn a principal anew for each event is work. */
  readonly #principals: BoundedMap<string, { polls: number }>;
  #closed = false;
  readonly #most: number;
  readonly #mostOfOne: number | undefined;

  /**
   * `most`: how many polls this process holds at once, 1 or more. `mostOfOne`: how many of them one principal may have, so that others find room. Where it is
   * undefined, one principal is sure of `SURE_POLLS`, but never of more than half of `most`; beyond that it has as many as stay free.
   */
  constructor(most: number, mostOfOne?: number) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
    this.#principals = new BoundedMap(most, { isBusy: ({ polls }) => polls > 0 });
  }

  /**
   * `nonce` is there where a newer poll of its client may end it. `end` is called when it must end: that has come, or this process is
   * closing. Returns how to take it back, once. Throws `unavailable` when this process is full, and `too-many-requests` when the principal has as many as one
   * may; without a `principal` it is not counted.
   */
  hold(nonce: string | undefined, end: (why: Ending) => void, principal?: string): () => void {
    const mine = principal === undefined ? undefined : this.#principal(principal);
    if (mine) this.#admitOne(mine.polls);
    if (this.#ends.size >= this.#most) throw this.#full(mine?.polls ?? 0);
    const release = this.#ends.add(end);
    if (nonce !== undefined) this.#byNonce.set(nonce, end);
    if (this.#closed) end('closing');
    if (mine) mine.polls++;
    return () => {
      if (!release()) return;
      if (nonce !== undefined) this.#byNonce.delete(nonce);
      if (mine) mine.polls--;
    };
  }

  #principal(name: string): { polls: number } {
    return this.#principals.get(name) ?? this.#principals.set(name, { polls: 0 });
  }

  /**
   * A wall of displays has one token for all of them, so one principal may have most of an idle process. But each of its polls beyond the sure ones leaves as many
   * places free as it has (as a switch shares its buffer: Choudhury and Hahne, "Dynamic queue length thresholds", 1998).
   */
  #admitOne(polls: number): void {
    const most = this.#most;
    const sure = this.#mostOfOne ?? Math.min(SURE_POLLS, Math.max(1, Math.floor(most / 2)));
    if (polls < sure) return;
    if (this.#mostOfOne === undefined && polls < most - this.#ends.size) return;
    const bound =
      this.#mostOfOne === undefined
        ? 'and no more places than that are free for others'
        : 'as many as MAX_HELD_POLLS_PER_TOKEN lets one have';
    throw new PushError(
      'too-many-requests',
      `This token holds ${polls} polls of ${most} in this process, ${bound}. Readers with one token, or one sub, count together: wait for an ` +
        'answer, give them tokens of their own, or raise MAX_HELD_POLLS_PER_TOKEN and MAX_HELD_POLLS.',
    );
  }

  #full(own: number): PushError {
    const share = own === 0 ? '' : `; ${own} of them are held with this token`;
    return new PushError('unavailable', `This server holds ${this.#most} polls, as many as it may${share}.`);
  }

  /** Ends a poll because its client has come again. True when it was held here. */
  supersede(nonce: string, why: Ending = 'superseded'): boolean {
    const end = this.#byNonce.get(nonce);
    end?.(why);
    return end !== undefined;
  }

  /** How many are held. */
  get size(): number {
    return this.#ends.size;
  }

  /** True once this process is about to end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Ends all of them, and each that comes after: they are answered as if their waits were over. */
  close(): void {
    this.#closed = true;
    for (const end of this.#ends) end('closing');
  }
}

/** A message says that the client of the poll `nonce` is elsewhere now. Ends that poll, and those that the client has here by now where its place is saved `late`. */
export function superseded(
  held: HeldPolls,
  late: { left(nonce: string): readonly string[] } | undefined,
  nonce: string,
): void {
  held.supersede(nonce);
  // Those may have come before the client went elsewhere, or after: they are answered as if their waits were over, which does no harm.
  for (const now of late?.left(nonce) ?? []) held.supersede(now, 'closing');
}

/** Polls of which one principal is sure where nothing else is set and the process has twice as many places; 20 MB. */
export const SURE_POLLS = 1_000;

/**
 * Deciding, from a channel's log, which promised events have come in time. Every event that comes ends what was promised for its key and for the channel; one with
 * `expect` promises the next. An event is late when its block says a later time than its deadline. Pure: what must be told is gathered in the outbox, and the same
 * log gives the same alarms with the same ids, whoever reads it and in how many steps.
 */

import type { Block } from '../log/block.ts';
import { type Alarm, LIMITS, WHOLE_CHANNEL_KEY } from '../protocol/doorbell.ts';
import { expectMs } from './duration.ts';
import type { Outgoing, Pending, Watch } from './ports.ts';
import { GRACE_MS, LOOK_MS, minuteAfter } from './times.ts';

/** No key is empty. */
const WHOLE = '';

export class WatchFold {
  readonly #channel: string;
  readonly #before: Watch;
  readonly #pending: Map<string, Pending>;
  readonly #outbox: Outgoing[] = [];
  #upTo: number;
  #isFull: boolean;
  #hasChanged = false;

  /** The outbox of `watch` must have been emptied. */
  constructor(channel: string, watch: Watch) {
    this.#channel = channel;
    this.#before = watch;
    this.#upTo = watch.upTo;
    this.#isFull = watch.isFull === true;
    this.#pending = new Map(watch.pending.map((one) => [one.key ?? WHOLE, one]));
  }

  get upTo(): number {
    return this.#upTo;
  }

  /** Alarms that wait to be told. */
  get size(): number {
    return this.#outbox.length;
  }

  /** Takes the next block of the log. */
  add({ first, last, at, entries, mark }: Omit<Block, 'epoch'>): void {
    const atMs = Date.parse(at);
    // All that was appended before was in time, or is here.
    this.judge(atMs);
    for (let i = Math.max(0, this.#upTo + 1 - first); i < entries.length; i++) {
      const entry = entries[i];
      if (entry === undefined) break;
      const vid = first + i;
      this.#come(WHOLE, vid, atMs);
      if (entry.key !== undefined) this.#come(entry.key, vid, atMs);
      if (entry.expect !== undefined) this.#promise(entry.key, vid, entry.expect, atMs);
    }
    // Whoever closes a channel says that nothing will come.
    if (mark) for (const key of [...this.#pending.keys()]) this.#come(key, last, atMs);
    this.#upTo = Math.max(this.#upTo, last);
  }

  /** Nothing that was appended up to `now` is missing here: tells what is overdue. */
  judge(now: number): void {
    for (const [key, one] of this.#pending) {
      if (one.isTold || one.due + GRACE_MS >= now) continue;
      this.#tell('overdue', one);
      this.#pending.set(key, { ...one, isTold: true });
    }
  }

  /** Something was promised, has come or is to be told. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** What is known now. `alarmsFrom` as `Watch` has it. */
  result(alarmsFrom: number): Watch {
    return {
      epoch: this.#before.epoch,
      upTo: this.#upTo,
      pending: [...this.#pending.values()],
      outbox: this.#outbox,
      alarmsFrom,
      ...(this.#isFull ? { isFull: true } : {}),
    };
  }

  /** When to look again; undefined where nothing is awaited. */
  nextLook(now: number): number | undefined {
    const waiting = [...this.#pending.values()];
    if (waiting.length === 0) return undefined;
    if (waiting.some(({ isTold }) => isTold)) return minuteAfter(now);
    const due = Math.min(...waiting.map((one) => one.due));
    return minuteAfter(Math.max(now, Math.min(due + GRACE_MS, now + LOOK_MS)));
  }

  #come(key: string, vid: number, at: number): void {
    const one = this.#pending.get(key);
    if (!one) return;
    const isLate = at > one.due;
    if (isLate && !one.isTold) this.#tell('overdue', one);
    if (isLate || one.isTold) this.#tell('recovered', one, vid);
    this.#pending.delete(key);
    // Where promises come and go at the limit, it is not told of each that finds no room.
    if (this.#pending.size < LIMITS.expectedKeys / 2) this.#isFull = false;
    this.#hasChanged = true;
  }

  #promise(key: string | undefined, vid: number, expect: string, at: number): void {
    const ms = expectMs(expect);
    // Of an event that a newer Doorbell took.
    if (ms === undefined) return;
    const one: Pending = { ...(key === undefined ? {} : { key }), vid, expect, due: at + ms };
    this.#hasChanged = true;
    if (this.#pending.size < LIMITS.expectedKeys) this.#pending.set(key ?? WHOLE, one);
    else if (!this.#isFull) {
      this.#isFull = true;
      this.#tell('unwatched', one);
    }
  }

  #tell(status: Alarm['status'], { key, vid, expect, due }: Pending, next?: number): void {
    this.#hasChanged = true;
    const data: Alarm = {
      status,
      channel: this.#channel,
      ...(key === undefined ? {} : { key }),
      vid,
      expect,
      due: new Date(due).toISOString(),
      ...(next === undefined ? {} : { next }),
    };
    // Of one promise each is told once; the epoch tells the numbers of a channel that was made anew apart.
    const id = `${status}.${this.#before.epoch}.${vid}`;
    this.#outbox.push({ id, key: key ?? WHOLE_CHANNEL_KEY, data });
  }
}

/**
 * Everything that this process waits for: one watch per channel, however many polls wait on it, all fed by one mailbox.
 * The first poll of a channel arms and checks; the others join it. While anyone sleeps on a channel it is armed and checked anew at
 * least every 20 s. Readers at the same place share one answer. The decisions are `watch.ts`'s; this file carries them out.
 */

import { newsAnswer } from './answer.ts';
import { pauseMs } from './backoff.ts';
import type { Block } from './block.ts';
import type { Ring } from './doorbell.ts';
import type { Heads } from './heads.ts';
import type { Chance, Clock, EventLog, Logger, Waiters } from './ports.ts';
import type { PollAnswer } from './protocol.ts';
import { Tail } from './tail.ts';
import {
  appended,
  checked,
  due,
  failed,
  type Head,
  heard,
  type Step,
  turn,
  UNARMED,
  type Watch,
} from './watch.ts';

/**
 * How long an arm counts, in ms: three sleeps, so that a publisher whose clock is up to 40 s ahead still rings it. A dead process's arm
 * costs each publisher one send at most.
 */
export const ARM_MS = 60_000;
/** How often to look whether a sleeper that wants another turn has come; it stirs the pause itself when it has. */
const IDLE_MS = 60_000;
const TURN_BACKOFF = { baseMs: 100, capMs: 5_000 };

/** Answers kept for readers who come to the same place: those who are woken stand at one, and a few others where they were when the last events came. */
const MAX_ANSWERS = 16;

/** Given as the reason, because the default one is an error with a stack, made anew each time. */
const STIRRED = 'stirred';

export interface WatcherPorts {
  readonly log: EventLog;
  readonly heads: Heads;
  readonly waiters: Waiters;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
  /** Of this process's mailbox: its address, and how long a sleep on it may last. */
  readonly mailbox: { address(): Promise<string>; sleepMs(): number };
  /**
   * How long a channel is kept in mind after its last poll, in ms: readers who come again find it armed, and its newest events in memory. Only for
   * a process that listens to its mailbox all the time. By default not at all.
   */
  readonly lingerMs?: number;
  /**
   * Calls `then` when every promise has gone on that could. For a server with thousands of sleepers: their polls are answered a few at a time, the first long
   * before the last is woken. By default all are woken at once.
   */
  readonly soon?: (then: () => void) => void;
}

/** Sleepers that are woken together. */
const WOKEN_TOGETHER = 32;

/** Channels kept in mind without a poll; a guard against a reader that tries many names. */
const MAX_LINGERING = 1_000;

export class Watcher {
  readonly #ports: WatcherPorts;
  readonly #channels = new Map<string, ChannelWatch>();
  /** How to keep those in mind that nobody polls now, the longest left first. */
  readonly #lingering = new Map<string, () => void>();
  /** Counts this process's turns, on all channels: it has one mailbox at a time, and a new one starts with no arms. */
  #turns = 0;

  constructor(ports: WatcherPorts) {
    this.#ports = ports;
  }

  /** Joins the watch over a channel. Call `leave` when done. */
  join(channel: string): ChannelWatch {
    let watch = this.#channels.get(channel);
    if (!watch) {
      const ports = { ...this.#ports, nextTurn: () => ++this.#turns };
      watch = new ChannelWatch(channel, ports, () => this.#left(channel));
      this.#channels.set(channel, watch);
    }
    this.#keep(channel);
    watch.visitors++;
    return watch;
  }

  heard(ring: Ring): void {
    this.#channels.get(ring.channel)?.heard(ring);
  }

  /** This process has appended to the channel, or found it to reach that far; `block` is what it has written. */
  appended(channel: string, reached: Head, block?: Block): void {
    this.#channels.get(channel)?.appended(reached, block);
  }

  /** The mailbox has moved: no arm of this process counts any more. */
  moved(): void {
    for (const watch of this.#channels.values()) watch.moved();
  }

  #left(channel: string): void {
    const { clock, lingerMs = 0 } = this.#ports;
    if (lingerMs === 0) {
      this.#channels.delete(channel);
      return;
    }
    this.#lingering.set(
      channel,
      clock.after(lingerMs, () => this.#forget(channel)),
    );
    const [longest] = this.#lingering.keys();
    if (this.#lingering.size > MAX_LINGERING && longest !== undefined) this.#forget(longest);
  }

  #keep(channel: string): void {
    this.#lingering.get(channel)?.();
    this.#lingering.delete(channel);
  }

  #forget(channel: string): void {
    this.#keep(channel);
    this.#channels.delete(channel);
  }
}

interface ChannelPorts extends WatcherPorts {
  /** The number of the next arm of this process. */
  nextTurn(): number;
}

export class ChannelWatch {
  readonly channel: string;
  visitors = 0;
  readonly #ports: ChannelPorts;
  readonly #onEmpty: () => void;
  readonly #tail = new Tail();
  /** How to wake each sleeper, and until when (ms) it wants to be woken. */
  readonly #sleepers = new Map<() => void, number>();
  /** Answers that are being read from the log. */
  readonly #reads = new Map<string, Promise<PollAnswer>>();
  /** Answers that were built from the tail for the present head. */
  readonly #answers = new Map<string, PollAnswer>();
  #watch: Watch = UNARMED;
  #turning: Promise<void> | undefined;
  #tending = false;
  /** While tending: nobody who sleeps wants another turn. */
  #idle = false;
  /** Ends the pause between two turns early. */
  #stir = new AbortController();

  constructor(channel: string, ports: ChannelPorts, onEmpty: () => void) {
    this.channel = channel;
    this.#ports = ports;
    this.#onEmpty = onEmpty;
  }

  leave(): void {
    this.visitors--;
    if (this.visitors > 0) return;
    this.#onEmpty();
    this.#stir.abort(STIRRED);
  }

  /** Whether `arrive` has nothing to do. */
  get isArmed(): boolean {
    return !this.#turning && !due(this.#watch, this.#ports.clock.now());
  }

  /**
   * Arms and checks unless that was done and still holds. `fresh` when the check began after this call.
   * Throws what the log or the arm throws.
   */
  async arrive(): Promise<{ readonly fresh: boolean }> {
    if (this.#turning) {
      await this.#turning;
      return { fresh: false };
    }
    const fresh = due(this.#watch, this.#ports.clock.now());
    if (fresh) await this.#turn();
    return { fresh };
  }

  /** Arms and checks once more, for a reader who knows of more than the last check proved. */
  async checkAgain(): Promise<void> {
    if (this.#turning) await this.#turning.catch(() => undefined);
    await this.#turn();
  }

  /** What the last check or ring proved; call after `arrive`. */
  get head(): Head {
    if (!this.#watch.head) throw new Error('head is asked for before the first check');
    return this.#watch.head;
  }

  /**
   * Calls `wake` once, when the head is not `after` any more. The returned function takes it back. From `until` (ms) on the channel is
   * not armed anew for this sleeper: a poll that only lets its last receive end needs no further turn.
   */
  sleep(after: number, wake: () => void, until = Number.POSITIVE_INFINITY): () => void {
    if (this.head.vid !== after) {
      wake();
      return () => undefined;
    }
    this.#sleepers.set(wake, until);
    if (this.#idle) this.#stir.abort(STIRRED);
    void this.#tend();
    return () => this.#sleepers.delete(wake);
  }

  /**
   * The answer to a reader behind the head, one for all who stand at the same place: from memory where the tail reaches back that far, else
   * from the log, read once for all who know of the same head. Whoever knows of more may not join a read that perhaps began before it.
   */
  async answer(after: number, limit: number): Promise<PollAnswer> {
    const { head, channel } = this;
    const key = `${after}:${limit}:${head.vid}:${head.epoch}`;
    const known = this.#answers.get(key);
    if (known) return known;
    const tail = this.#tail.after(after, head);
    if (tail) {
      const answer = newsAnswer(channel, after, head, tail, limit);
      if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
      this.#answers.set(key, answer);
      return answer;
    }
    let read = this.#reads.get(key);
    if (!read) {
      read = this.#ports.log
        .read(channel, after, limit)
        .then((blocks) => newsAnswer(channel, after, head, blocks, limit))
        .finally(() => this.#reads.delete(key));
      this.#reads.set(key, read);
    }
    return read;
  }

  heard(ring: Ring): void {
    const step = heard(this.#watch, ring);
    if (step.wake && ring.block) this.#tail.add(ring.block);
    this.#take(step);
  }

  appended(reached: Head, block: Block | undefined): void {
    if (block) this.#tail.add(block);
    this.#take(appended(this.#watch, reached));
  }

  moved(): void {
    this.#take({ watch: failed(this.#watch), wake: false });
  }

  #take({ watch, wake }: Step): void {
    this.#watch = watch;
    if (wake) {
      this.#answers.clear();
      const sleepers = [...this.#sleepers.keys()];
      this.#sleepers.clear();
      this.#wake(sleepers, 0);
    }
    if (this.#sleepers.size === 0 || due(watch, this.#ports.clock.now())) this.#stir.abort(STIRRED);
  }

  #wake(sleepers: ReadonlyArray<() => void>, from: number): void {
    const { soon } = this.#ports;
    const to = soon ? Math.min(from + WOKEN_TOGETHER, sleepers.length) : sleepers.length;
    for (let i = from; i < to; i++) sleepers[i]?.();
    if (to < sleepers.length) soon?.(() => this.#wake(sleepers, to));
  }

  #turn(): Promise<void> {
    this.#turning ??= this.#armAndCheck().finally(() => {
      this.#turning = undefined;
    });
    return this.#turning;
  }

  async #armAndCheck(): Promise<void> {
    const { waiters, heads, mailbox, clock, chance } = this.#ports;
    try {
      // The address first: opening a mailbox takes longer than a turn, and may tell every watch that it has moved.
      const address = await mailbox.address();
      const nonce = chance.id();
      const now = clock.now();
      this.#watch = turn(this.#watch, nonce);
      await waiters.arm(this.channel, {
        mailbox: address,
        nonce,
        turn: this.#ports.nextTurn(),
        until: now + ARM_MS,
      });
      const { head, block } = await heads.check(this.channel);
      if (block) this.#tail.add(block);
      this.#take(checked(this.#watch, head, now + mailbox.sleepMs()));
    } catch (error) {
      this.#watch = failed(this.#watch);
      throw error;
    }
  }

  /** Keeps the channel armed as long as anyone sleeps on it. */
  async #tend(): Promise<void> {
    if (this.#tending) return;
    this.#tending = true;
    let failures = 0;
    while (this.#sleepers.size > 0) {
      const { clock, chance, logger } = this.#ports;
      let pause = this.#pauseMs();
      if (pause <= 0 || this.#turning) {
        try {
          await this.#turn();
          failures = 0;
          continue;
        } catch (error) {
          pause = pauseMs(failures++, TURN_BACKOFF, chance.random());
          logger.warn('arming failed; a sleeping poll may hear of news only when its wait ends', {
            channel: this.channel,
            reason: error instanceof Error ? error.name : 'unknown',
          });
        }
      }
      this.#stir = new AbortController();
      await clock.sleep(pause, this.#stir.signal);
      this.#idle = false;
    }
    this.#tending = false;
  }

  /** How long until the next turn is due, in ms; as long as the last sleeper's successor may take when none wants another. */
  #pauseMs(): number {
    const now = this.#ports.clock.now();
    this.#idle = !this.#isWanted(now);
    if (this.#idle) return IDLE_MS;
    return this.#watch.phase === 'armed' ? this.#watch.until - now : 0;
  }

  #isWanted(now: number): boolean {
    for (const until of this.#sleepers.values()) if (until > now) return true;
    return false;
  }
}

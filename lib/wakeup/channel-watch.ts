/**
 * The watch over one channel, however many polls wait on it: armed and checked for all of them together, at least every 20 s while anyone sleeps.
 * The decisions are `watch-state.ts`'s; this file carries them out.
 */

import type { Block } from '../log/block.ts';
import type { Head } from '../log/head.ts';
import type { EventLog } from '../log/ports.ts';
import type { Check, HeadReader } from '../log/read/head-reader.ts';
import type { Narrow } from '../log/read/narrow.ts';
import { PageCache } from '../log/read/page-cache.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';
import { pauseMs } from '../runtime/backoff.ts';
import { type Instant, instantOf, wasSetSince } from '../runtime/instant.ts';
import type { Clock, Random } from '../runtime/ports.ts';
import { Roster } from '../runtime/roster.ts';
import type { Logger, Meter } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { Ring } from './doorbell.ts';
import type { Waiters } from './ports.ts';
import {
  appended,
  checked,
  due,
  failed,
  heard,
  rearm,
  type Step,
  startedAnew,
  UNARMED,
  type WatchState,
} from './watch-state.ts';

/**
 * How long an arm counts, in ms: three sleeps, so that a publisher whose clock is up to 40 s ahead still rings it. A dead process's arm
 * costs each publisher one send at most.
 */
export const ARM_MS = 60_000;
/** How often to look whether a sleeper that wants another turn has come; it stirs the pause itself when it has. */
const IDLE_MS = 60_000;
const TURN_BACKOFF = { baseMs: 100, capMs: 5_000 };

/** Sleepers that are woken together. */
const WOKEN_TOGETHER = 32;

export interface ChannelWatchPorts {
  readonly log: EventLog;
  readonly headReader: HeadReader;
  readonly waiters: Pick<Waiters, 'arm'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Pick<Meter, 'count'>;
  /** Of this process's mailbox: its address, and how long a sleep on it may last. */
  readonly mailbox: { address(): Promise<string>; sleepMs(): number };
  /**
   * Calls `then` when every promise has gone on that could. For a server with thousands of sleepers: their polls are answered a few at a time, the first long
   * before the last is woken. By default all are woken at once.
   */
  readonly soon?: (then: () => void) => void;
  /** The number of the next arm of this process. */
  nextArm(): number;
}

interface SleepingPoll {
  readonly wake: () => void;
  /** Until when it wants to be woken, in ms of `Clock.elapsed`. */
  readonly until: number;
}

/** What is in memory of a channel is forgotten after so long. Readers who wait have had it; whoever comes reads the log. */
const REMEMBERED_MS = 120_000;

export class ChannelWatch {
  readonly channel: string;
  polls = 0;
  /** When its sleepers were last woken, in ms of `Clock.elapsed`. */
  wokenAt = 0;
  readonly #ports: ChannelWatchPorts;
  readonly #onEmpty: () => void;
  #answers: PageCache;
  /** Since when, in ms of `Clock.elapsed`: nothing in it is older. */
  #answersAt: number;
  readonly #sleeping = new Roster<SleepingPoll>();
  #watch: WatchState = UNARMED;
  /** When the newest arm was written. */
  #armedAt: Instant | undefined;
  #turning: Promise<void> | undefined;
  /** A life has ended or begun since the turn began: what it finds may be of the one before. */
  #isAnew = false;
  #tending = false;
  /** While tending: nobody who sleeps wants another turn. */
  #idle = false;
  /** Ends the pause between two turns early. */
  #stir: () => void = () => undefined;

  constructor(channel: string, ports: ChannelWatchPorts, onEmpty: () => void) {
    this.channel = channel;
    this.#ports = ports;
    this.#onEmpty = onEmpty;
    this.#answers = new PageCache(channel, ports.log);
    this.#answersAt = ports.clock.elapsed();
  }

  leave(): void {
    this.polls--;
    if (this.polls > 0) return;
    this.#onEmpty();
    this.#stir();
  }

  /** Whether `arrive` has nothing to do. */
  get isArmed(): boolean {
    return !this.#turning && !this.#isDue();
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
    const fresh = this.#isDue();
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
   * Calls `wake` once, when the head is not `after` any more. The returned function takes it back. From
   * `until` (ms of `Clock.elapsed`) on the channel is not armed anew for this sleeper: a poll that only lets
   * its last receive end needs no further turn.
   */
  sleep(after: number, wake: () => void, until = Number.POSITIVE_INFINITY): () => void {
    if (this.head.vid !== after) {
      wake();
      return () => undefined;
    }
    const takeBack = this.#sleeping.add({ wake, until });
    if (this.#idle) this.#stir();
    if (!this.#tending) void this.#tend();
    return takeBack;
  }

  /** The answer to a reader behind the head, one for all who stand at the same place. Throws what the log throws. */
  answer(after: number, limit: number, narrow?: Narrow): Promise<PollAnswer> | PollAnswer {
    return this.memory.at(after, limit, this.head, narrow);
  }

  /** The blocks that hold everything after `after` up to the head, ascending, where they are in memory; none where nothing is after it. */
  blocksAfter(after: number): readonly Block[] | undefined {
    return this.memory.blocksAfter(after, this.head);
  }

  /** What is in memory of the channel: another object once that was forgotten. Data that another process has taken out of the log are in it for two minutes at most. */
  get memory(): PageCache {
    const now = this.#ports.clock.elapsed();
    if (now - this.#answersAt > REMEMBERED_MS) this.#forget(now);
    return this.#answers;
  }

  #forget(now: number): void {
    this.#answers = new PageCache(this.channel, this.#ports.log);
    this.#answersAt = now;
  }

  /** Early enough that whoever is woken finds the block here. */
  #remember(block: Block): void {
    const now = this.#ports.clock.elapsed();
    if (now - this.#answersAt > REMEMBERED_MS / 2) this.#forget(now);
    this.#answers.add(block);
  }

  heard(ring: Ring): void {
    const step = heard(this.#watch, ring);
    if (step.wake && ring.block) this.#remember(ring.block);
    this.#take(step);
  }

  appended(reached: Head, block: Block | undefined): void {
    if (block) this.#remember(block);
    this.#take(appended(this.#watch, reached));
  }

  /** The name's life is over, or another has begun: nothing that was read before is told to anybody who comes now. */
  startedAnew(): void {
    this.#isAnew = true;
    this.#forget(this.#ports.clock.elapsed());
    this.#take(startedAnew(this.#watch));
  }

  moved(): void {
    this.#take({ watch: failed(this.#watch), wake: false });
  }

  #take({ watch, wake }: Step): void {
    this.#watch = watch;
    if (wake) {
      this.#answers.forget();
      this.wokenAt = this.#ports.clock.elapsed();
      this.#wake(this.#sleeping.takeAll(), 0);
    }
    if (this.#tending && (this.#sleeping.size === 0 || this.#isDue())) this.#stir();
  }

  #wake(sleeping: readonly SleepingPoll[], from: number): void {
    const { soon } = this.#ports;
    const to = soon ? Math.min(from + WOKEN_TOGETHER, sleeping.length) : sleeping.length;
    for (let i = from; i < to; i++) sleeping[i]?.wake();
    if (to < sleeping.length) soon?.(() => this.#wake(sleeping, to));
  }

  #turn(): Promise<void> {
    this.#turning ??= this.#armAndCheck().finally(() => {
      this.#turning = undefined;
    });
    return this.#turning;
  }

  async #armAndCheck(): Promise<void> {
    const { mailbox, meter } = this.#ports;
    // Whoever appended since should have rung this arm.
    const wasUnrung = this.#watch.phase === 'armed';
    try {
      // The address first: opening a mailbox takes longer than a turn, and may tell every watch that it has moved.
      const address = await mailbox.address();
      const { armedAt, head, block } = await this.#lookArmed(address);
      if (block) this.#remember(block);
      const step = checked(this.#watch, head, armedAt.elapsed + mailbox.sleepMs());
      if (wasUnrung && step.wake && this.#sleeping.size > 0) meter.count('DoorbellsMissed');
      this.#take(step);
    } catch (error) {
      this.#watch = failed(this.#watch);
      throw error;
    }
  }

  /** Arms, then checks; again where that may have found a life that this process has ended meanwhile. */
  async #lookArmed(address: string): Promise<Check & { readonly armedAt: Instant }> {
    const { waiters, headReader, clock, random } = this.#ports;
    for (;;) {
      this.#isAnew = false;
      const nonce = random.id();
      const armedAt = instantOf(clock);
      this.#armedAt = armedAt;
      this.#watch = rearm(this.#watch, nonce);
      const turn = this.#ports.nextArm();
      await waiters.arm(this.channel, { mailbox: address, nonce, turn, until: armedAt.wall + ARM_MS });
      const found = await headReader.check(this.channel);
      if (!this.#isAnew) return { ...found, armedAt };
    }
  }

  /** Keeps the channel armed as long as anyone sleeps on it. */
  async #tend(): Promise<void> {
    this.#tending = true;
    let failures = 0;
    while (this.#sleeping.size > 0) {
      const { random, logger } = this.#ports;
      let pause = this.#pauseMs();
      if (pause <= 0 || this.#turning) {
        try {
          await this.#turn();
          failures = 0;
          continue;
        } catch (error) {
          pause = pauseMs(failures++, TURN_BACKOFF, random.fraction());
          logger.warn('arming failed; a sleeping poll may hear of news only when its wait ends', {
            channel: this.channel,
            reason: reasonOf(error),
          });
        }
      }
      await this.#pause(pause);
      this.#idle = false;
    }
    this.#tending = false;
  }

  /** Without a signal: to make one and abort it would be a good part of what an event costs. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ports.clock.after(ms, resolve);
      this.#stir = () => {
        cancel();
        resolve();
      };
    });
  }

  /** How long until the next turn is due, in ms; as long as the last sleeper's successor may take when none wants another. */
  #pauseMs(): number {
    const elapsed = this.#ports.clock.elapsed();
    this.#idle = !this.#isWanted(elapsed);
    if (this.#idle) return IDLE_MS;
    return this.#watch.phase === 'armed' && !this.#isDue() ? this.#watch.until - elapsed : 0;
  }

  /**
   * Publishers compare the arm with their wall clocks. Where this one was set since, they may take the arm
   * for one that ran out.
   */
  #isDue(): boolean {
    const { clock } = this.#ports;
    if (due(this.#watch, clock.elapsed())) return true;
    return this.#watch.phase === 'armed' && this.#armedAt !== undefined && wasSetSince(clock, this.#armedAt);
  }

  #isWanted(elapsed: number): boolean {
    return this.#sleeping.some(({ until }) => until > elapsed);
  }
}

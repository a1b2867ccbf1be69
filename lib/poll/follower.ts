/**
 * A reader whose connection carries one answer after the other. It sleeps on its channel's watch for as long as it stays, and is answered within the
 * wake itself: an event costs it no promise and no timer. Its own timer only looks whether it was quiet for too long, or its token has ended.
 *
 *     begin ──▶ asleep ──▶ news: an answer ──▶ asleep …
 *                  │              └──▶ full: the connection has not taken it ──▶ goOn ──▶ more news, or asleep
 *                  └──▶ the wait ends: an empty answer, and a look at the token ──▶ asleep
 *
 * For readers without a client id: a client's cursor is visited between two answers, which `follow` does.
 */

import type { Caller } from '../auth/caller.ts';
import { standing } from '../log/head.ts';
import { isSilent, type Narrow } from '../log/read/narrow.ts';
import { emptyAnswer } from '../log/read/page.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';
import type { ChannelWatch } from '../wakeup/channel-watch.ts';
import { type PollPorts, type PollRequest, poll } from './poll.ts';
import { TokenLife } from './token-life.ts';
import type { Ending } from './wait.ts';
import { narrowFor } from './wish.ts';

/** Where a reader's answers go. */
export interface Sink {
  /** Writes an answer. False: the connection is full, and no more is written before `Follower.goOn`. */
  write(answer: PollAnswer): boolean;
  /** Nothing more comes. `error`: why, where something went wrong. */
  end(error?: unknown): void;
}

export interface Following {
  readonly caller: Caller;
  /** Of one channel, without a client. */
  readonly request: PollRequest;
  readonly sink: Sink;
  /** Looks at the token again: keys may be withdrawn while a reader stays. At once where that is at hand. Throws or rejects where it is good no more. */
  readonly checkToken: () => void | Promise<void>;
}

type State = 'asleep' | 'busy' | 'full' | 'over';

export class Follower {
  readonly #ports: PollPorts;
  readonly #following: Following;
  readonly #channel: string;
  readonly #token: TokenLife;
  /** What it wants and may have; undefined: everything. */
  readonly #narrow: Narrow | undefined;
  readonly #watch: ChannelWatch;
  readonly #unlisten: () => void;
  #after: number;
  #epoch: string | undefined;
  #state: State = 'busy';
  #hasArrived = false;
  /** It ends as soon as it is not busy: its token has ended, or this process is about to. */
  #isLast = false;
  /** Its place seemed to be none, and the channel was checked since. */
  #isDoubted = false;
  /** When it was answered last, in ms of `Clock.elapsed`. */
  #answeredAt: number;
  #takeBack: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #release: (() => void) | undefined;
  /** Those that are woken a few at a time may have gone on meanwhile: then the wake is late, and tells nothing new. */
  readonly #onWake = () => {
    if (this.#state !== 'asleep') return;
    this.#state = 'busy';
    this.#goOn();
  };

  /** Goes on behind `first`, which was written already. `isFree`: whether the connection has taken it; else call `goOn`. */
  constructor(ports: PollPorts, following: Following, first: PollAnswer, isFree: boolean) {
    const { clock, mailbox, watchRegistry } = ports;
    this.#ports = ports;
    this.#following = following;
    this.#channel = first.channel;
    this.#narrow = narrowFor(following.caller, first.channel, following.request.narrow);
    this.#after = first.maxvid;
    this.#epoch = first.epoch ?? undefined;
    this.#token = new TokenLife(clock, following.caller, following.checkToken);
    this.#answeredAt = clock.elapsed();
    this.#watch = watchRegistry.join(this.#channel);
    this.#unlisten = mailbox.listen(Number.POSITIVE_INFINITY);
    if (!isFree) this.#state = 'full';
    this.#begin();
  }

  /** The connection has taken what was written. */
  goOn(): void {
    if (this.#state !== 'full') return;
    this.#state = 'busy';
    this.#goOn();
  }

  /** Its client has gone, or it ends: nothing is written any more. May be repeated. */
  leave(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#takeBack?.();
    this.#cancelTimer?.();
    this.#release?.();
    this.#unlisten();
    this.#watch.leave();
  }

  #begin(): void {
    const { caller, request } = this.#following;
    const { held } = this.#ports;
    if (request.waitMs === 0 || this.#token.leftMs <= 0) {
      this.#end();
      return;
    }
    try {
      this.#release = held.hold(undefined, (why) => this.#onEnding(why), caller.principal);
    } catch (error) {
      this.#end(error);
      return;
    }
    if (this.#isOver()) return;
    this.#wind();
    if (this.#state === 'busy') this.#goOn();
  }

  /** Answers all the news there are, and sleeps. */
  #goOn(): void {
    try {
      while (!this.#isOver()) {
        if (this.#isLast) {
          this.#end();
          return;
        }
        const first = this.#arrival() ?? this.#token.checkAgain();
        if (first) {
          this.#afterwards(first);
          return;
        }
        if (!this.#step()) return;
      }
    } catch (error) {
      this.#end(error);
    }
  }

  /** Once: what must be done before the channel's head is known. */
  #arrival(): Promise<unknown> | undefined {
    if (this.#hasArrived) return undefined;
    this.#hasArrived = true;
    return this.#watch.isArmed ? undefined : this.#watch.arrive();
  }

  /** True when there may be more to do at once. */
  #step(): boolean {
    const { head } = this.#watch;
    switch (standing(this.#after, this.#epoch, head)) {
      case 'level':
        this.#isDoubted = false;
        this.#epoch ??= head.epoch ?? undefined;
        this.#state = 'asleep';
        this.#takeBack = this.#watch.sleep(this.#after, this.#onWake);
        return false;
      case 'behind': {
        this.#isDoubted = false;
        const { limit } = this.#following.request;
        const answer = this.#watch.answer(this.#after, limit, this.#narrow);
        if (!(answer instanceof Promise)) return this.#tell(answer);
        this.#afterwards(answer.then((one) => void this.#tell(one)));
        return false;
      }
      case 'reset':
        this.#afterwards(this.#lookAgain());
        return false;
    }
  }

  /** This process may not have heard yet of what this reader knows. */
  async #lookAgain(): Promise<void> {
    if (!this.#isDoubted) {
      this.#isDoubted = true;
      await this.#watch.checkAgain();
      return;
    }
    const { caller, request } = this.#following;
    const life = this.#epoch === undefined ? {} : { epoch: this.#epoch };
    const cursors = [{ channel: this.#channel, maxvid: this.#after, ...life }];
    // Throws, unless the log has changed once more: then the client comes again.
    await poll(this.#ports, caller, { ...request, cursors, waitMs: 0 });
    this.#isLast = true;
  }

  /** Goes on when that is done, unless the connection is full by then. */
  #afterwards(doing: Promise<unknown>): void {
    this.#state = 'busy';
    doing.then(
      () => {
        if (this.#state === 'busy') this.#goOn();
      },
      (error: unknown) => this.#end(error),
    );
  }

  /** Writes the answer, unless it is of nothing that this reader wants. False when the connection is full, or gone. */
  #tell(answer: PollAnswer): boolean {
    if (!this.#narrow || !isSilent(answer, this.#after)) return this.#write(answer);
    // What was read may reach beyond the head that was proven.
    this.#after = Math.min(answer.maxvid, this.#watch.head.vid);
    return true;
  }

  /** False when the connection is full, or gone. */
  #write(answer: PollAnswer): boolean {
    if (this.#isOver()) return false;
    const { clock, meter } = this.#ports;
    const { events, maxvid, epoch } = answer;
    this.#state = 'busy';
    this.#after = maxvid;
    this.#epoch = epoch ?? this.#epoch;
    this.#answeredAt = clock.elapsed();
    if (events.length > 0) meter.count('EventsDelivered', events.length);
    meter.count(events.length > 0 ? 'PollsAnswered' : 'PollsEmpty');
    if (!this.#following.sink.write(answer) && !this.#isOver()) this.#state = 'full';
    return this.#state === 'busy';
  }

  /** Looks again when the wait may be over. */
  #wind(): void {
    const { clock } = this.#ports;
    const { waitMs } = this.#following.request;
    const quietMs = this.#state === 'asleep' ? clock.elapsed() - this.#answeredAt : 0;
    const ms = Math.max(1, Math.min(waitMs - quietMs, this.#token.leftMs));
    this.#cancelTimer = clock.after(ms, () => this.#look());
  }

  #look(): void {
    const { clock } = this.#ports;
    if (this.#token.leftMs <= 0) this.#isLast = true;
    const isQuiet = clock.elapsed() - this.#answeredAt >= this.#following.request.waitMs;
    if (this.#state === 'asleep' && (isQuiet || this.#isLast)) this.#rest();
    if (!this.#isOver()) this.#wind();
  }

  /** Whoever sleeps is told that nothing has come. */
  #rest(): void {
    this.#takeBack?.();
    const isFree = this.#write(emptyAnswer(this.#channel, this.#after, this.#watch.head, false));
    if (isFree || this.#isLast) this.#goOn();
  }

  #onEnding(why: Ending): void {
    if (why === 'gone') {
      this.leave();
      return;
    }
    this.#isLast = true;
    if (this.#state === 'asleep') this.#rest();
  }

  #end(error?: unknown): void {
    if (this.#isOver()) return;
    this.leave();
    this.#following.sink.end(error);
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }
}

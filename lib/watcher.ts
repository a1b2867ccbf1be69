/**
 * Everything that this process waits for: one watch per channel, however many polls wait on it, all fed by one mailbox.
 * The first poll of a channel arms and checks; the others join it. While anyone sleeps on a channel it is armed and checked anew at
 * least every 20 s. The decisions are `watch.ts`'s; this file carries them out.
 */

import { pauseMs } from './backoff.ts';
import type { Block } from './block.ts';
import type { Ring } from './doorbell.ts';
import type { Heads } from './heads.ts';
import type { Chance, Clock, EventLog, Logger, Waiters } from './ports.ts';
import { Tail } from './tail.ts';
import { checked, due, failed, type Head, heard, type Step, turn, UNARMED, type Watch } from './watch.ts';

/**
 * How long an arm counts, in ms: three sleeps, so that a publisher whose clock is up to 40 s ahead still rings it. A dead process's arm
 * costs each publisher one send at most.
 */
export const ARM_MS = 60_000;
/** How often to look whether a sleeper that wants another turn has come; it stirs the pause itself when it has. */
const IDLE_MS = 60_000;
const TURN_BACKOFF = { baseMs: 100, capMs: 5_000 };

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
}

export class Watcher {
  readonly #ports: WatcherPorts;
  readonly #channels = new Map<string, ChannelWatch>();
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
      watch = new ChannelWatch(channel, ports, () => this.#channels.delete(channel));
      this.#channels.set(channel, watch);
    }
    watch.visitors++;
    return watch;
  }

  heard(ring: Ring): void {
    this.#channels.get(ring.channel)?.heard(ring);
  }

  /** The mailbox has moved: no arm of this process counts any more. */
  moved(): void {
    for (const watch of this.#channels.values()) watch.moved();
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
  readonly #reads = new Map<string, Promise<readonly Block[]>>();
  #watch: Watch = UNARMED;
  #turning: Promise<void> | undefined;
  #tending = false;
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
    this.#stir.abort(STIRRED);
    void this.#tend();
    return () => this.#sleepers.delete(wake);
  }

  /**
   * Blocks after `after`, ascending: from memory where the tail reaches back that far, else from the log, read once for all who know of the same
   * head. Whoever knows of more may not join a read that perhaps began before it.
   */
  async read(after: number, limit: number): Promise<readonly Block[]> {
    const tail = this.#tail.after(after);
    if (tail) return tail;
    const { vid, epoch } = this.head;
    const key = [after, limit, vid, epoch].join(':');
    let read = this.#reads.get(key);
    if (!read) {
      read = this.#ports.log.read(this.channel, after, limit).finally(() => this.#reads.delete(key));
      this.#reads.set(key, read);
    }
    return read;
  }

  heard(ring: Ring): void {
    const step = heard(this.#watch, ring);
    if (step.wake && ring.block) this.#tail.add(ring.block);
    this.#take(step);
  }

  moved(): void {
    this.#take({ watch: failed(this.#watch), wake: false });
  }

  #take({ watch, wake }: Step): void {
    this.#watch = watch;
    if (wake) {
      const sleepers = [...this.#sleepers.keys()];
      this.#sleepers.clear();
      for (const sleeper of sleepers) sleeper();
    }
    if (this.#sleepers.size === 0 || due(watch, this.#ports.clock.now())) this.#stir.abort(STIRRED);
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
    }
    this.#tending = false;
  }

  /** How long until the next turn is due, in ms; as long as the last sleeper's successor may take when none wants another. */
  #pauseMs(): number {
    const now = this.#ports.clock.now();
    const wanted = Math.max(...this.#sleepers.values()) > now;
    if (!wanted) return IDLE_MS;
    return this.#watch.phase === 'armed' ? this.#watch.until - now : 0;
  }
}

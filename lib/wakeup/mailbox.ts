/**
 * The mailbox of this process: one queue (mailbox-lease.ts) and one receive loop, shared by every poll that the process holds.
 * When another queue takes its place, or messages may have been lost, `onMoved` tells that every arm must be written anew.
 * The loop runs while anyone listens; received messages are deleted after the answers are built, as deferred work.
 * A receive that the last listener leaves behind goes on, and is there for the next one, unless the process was frozen meanwhile.
 */

import { LIMITS } from '../protocol/doorbell.ts';
import { pauseMs } from '../runtime/backoff.ts';
import { type Instant, instantOf, msSince } from '../runtime/instant.ts';
import type { Logger, Meter } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { type Doorbell, parseDoorbell } from './doorbell.ts';
import { type LeasePorts, MailboxLease, type Open } from './mailbox-lease.ts';
import type { Message } from './ports.ts';

/** While messages may be lost: what the loss of one costs. */
const WARY_SLEEP_MS = 1_000;
/** A receive that ends within this time after a poll's deadline is waited for, instead of being left behind in a frozen process. */
const GRACE_MS = 1_000;
/** How often a process whose receive was left alone shows that it runs. */
const BEAT_MS = 1_000;
/**
 * A process that shows itself later than this was frozen (Lambda, a sleeping laptop), and the connection of its receive may be dead. Half a second is more than a busy
 * event loop is late, and less than breaks a connection.
 */
const FROZEN_MS = BEAT_MS + 500;
const RECEIVE_BACKOFF = { baseMs: 100, capMs: 5_000 };
/** Given as the reason, because the default one is an error with a stack. */
const ABANDONED = 'abandoned';

export interface MailboxPorts extends LeasePorts {
  readonly logger: Logger;
  readonly meter: Pick<Meter, 'count'>;
}

const NOTHING_TO_TAKE_BACK = () => undefined;

export class Mailbox {
  readonly #ports: MailboxPorts;
  readonly #lease: MailboxLease;
  readonly #listeners = new Set<{ readonly until: number }>();
  /** True once the loop runs until `close`: single listeners are then not tracked. */
  #forGood = false;
  readonly #onDoorbell: (doorbell: Doorbell) => void;
  readonly #onMoved: () => void;
  #loop: Promise<void> | undefined;
  #receive:
    | { readonly done: Promise<void>; readonly until: number; readonly abandon: () => void }
    | undefined;
  #closed = false;
  /**
   * Until when (ms of `Clock.elapsed`) an abandoned receive may still take messages: SQS does not always
   * notice that nobody waits for its answer.
   */
  #robbedUntil = 0;
  /** When the process last showed that it runs, since its last listener went. */
  #ranAt: Instant | undefined;
  #stopBeating: (() => void) | undefined;

  constructor(ports: MailboxPorts, onDoorbell: (doorbell: Doorbell) => void, onMoved: () => void) {
    this.#ports = ports;
    this.#lease = new MailboxLease(ports, onMoved);
    this.#onDoorbell = onDoorbell;
    this.#onMoved = onMoved;
  }

  /** Address of the open mailbox, opening or re-opening it where needed. Call it before every arm. */
  address(): Promise<string> {
    return this.#lease.address();
  }

  /** Whether it is the open mailbox's address. */
  isOwn(address: string): boolean {
    return this.#lease.open?.address === address;
  }

  /** The most a sleep may last before the next arm and check: short while messages may be lost, to a young queue or to an abandoned receive. */
  sleepMs(): number {
    const isWary = this.#lease.isYoung() || this.#ports.clock.elapsed() < this.#robbedUntil;
    return isWary ? WARY_SLEEP_MS : LIMITS.waitSeconds * 1000;
  }

  /** Keeps the receive loop running until `close`: for a process that lives on, where nobody else need listen. */
  listenForGood(): void {
    this.#forGood = true;
    this.#listeners.add({ until: Number.POSITIVE_INFINITY });
    this.#start();
  }

  /**
   * Keeps the receive loop running until `until` (ms of `Clock.elapsed`) or until the returned function is
   * called.
   */
  listen(until: number): () => void {
    if (this.#forGood) return NOTHING_TO_TAKE_BACK;
    const listener = { until };
    this.#listeners.add(listener);
    this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#beat();
    };
  }

  /** Call it when a poll begins: a receive that was left alone in a frozen process is abandoned, with whatever it may have brought. */
  resume(): void {
    if (!this.#receive || this.#listeners.size > 0 || !this.#wasFrozen()) return;
    this.#robbedUntil = this.#receive.until + GRACE_MS;
    this.#receive.abandon();
    // What it took from the queue is lost, and so may be the answer to any arm.
    this.#onMoved();
  }

  /**
   * Calls `quiet` once, at `deadline` (ms of `Clock.elapsed`), or up to a second later with the receive then
   * in flight, which may still bring news. The returned function takes it back.
   */
  quietAt(deadline: number, quiet: () => void): () => void {
    const { clock } = this.#ports;
    let cancel = clock.after(deadline - clock.elapsed(), () => {
      const receive = this.#receive;
      if (!receive || receive.until > clock.elapsed() + GRACE_MS) {
        quiet();
        return;
      }
      let over = false;
      const stop = clock.after(GRACE_MS, () => end());
      const end = () => {
        if (!over) quiet();
        cancel();
      };
      cancel = () => {
        over = true;
        stop();
      };
      void receive.done.then(end);
    });
    return () => cancel();
  }

  /** Gives the mailbox back: for a process that ends, and holds no poll any more. Its arms point to nobody from then on. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopBeating?.();
    this.#receive?.abandon();
    await this.#loop;
    // Only now: it may have been in the making.
    await this.#lease.close();
  }

  /** Shows that the process runs, for as long as its receive is left alone: a frozen one has no timers. */
  #beat(): void {
    const { clock } = this.#ports;
    this.#ranAt = instantOf(clock);
    this.#stopBeating?.();
    this.#stopBeating = clock.after(BEAT_MS, () => {
      if (this.#receive && this.#listeners.size === 0 && !this.#wasFrozen()) this.#beat();
    });
  }

  #wasFrozen(): boolean {
    return this.#ranAt !== undefined && msSince(this.#ports.clock, this.#ranAt) > FROZEN_MS;
  }

  #start(): void {
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
      // Someone may have come between the loop's last look and its end.
      if (this.#wanted()) this.#start();
    });
  }

  #wanted(): boolean {
    if (this.#closed) return false;
    const elapsed = this.#ports.clock.elapsed();
    for (const { until } of this.#listeners) if (until > elapsed) return true;
    return false;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#wanted()) {
      try {
        await this.#receiveOnce();
        failures = 0;
      } catch (error) {
        const { clock, random, logger, meter } = this.#ports;
        meter.count('ReceivesFailed');
        logger.warn('receive failed; doorbells are late until it works again', { reason: reasonOf(error) });
        await clock.sleep(pauseMs(failures++, RECEIVE_BACKOFF, random.fraction()));
      }
    }
  }

  #longest(): number {
    let longest = 0;
    for (const { until } of this.#listeners) longest = Math.max(longest, until);
    return longest;
  }

  async #receiveOnce(): Promise<void> {
    const { mailboxes, clock } = this.#ports;
    const address = await this.address();
    // Nobody would abandon this receive.
    if (this.#closed) return;
    const { open } = this.#lease;
    const left = Math.ceil((this.#longest() - clock.elapsed()) / 1000);
    const waitSeconds = Math.min(LIMITS.waitSeconds, Math.max(1, left));
    const abort = new AbortController();
    const abandoned = Promise.withResolvers<'abandoned'>();
    const receiving = mailboxes
      .receive(address, waitSeconds, abort.signal)
      .then((messages) => (abort.signal.aborted ? 'abandoned' : this.#dispatch(open, messages)));
    const outcome = Promise.race([receiving, abandoned.promise]);
    this.#receive = {
      done: outcome.then(nothing, nothing),
      until: clock.elapsed() + waitSeconds * 1000,
      abandon: () => {
        abandoned.resolve('abandoned');
        abort.abort(ABANDONED);
      },
    };
    try {
      if ((await outcome) === 'young') await clock.sleep(WARY_SLEEP_MS);
    } finally {
      this.#receive = undefined;
    }
  }

  #dispatch(open: Open | undefined, messages: readonly Message[] | 'gone'): 'young' | 'done' {
    if (!open) return 'done';
    if (messages === 'gone') {
      if (this.#lease.isYoung(open)) return 'young';
      this.#lease.giveUp(open);
      return 'done';
    }
    if (messages.length === 0) return 'done';
    for (const { body } of messages) {
      const doorbell = parseDoorbell(body);
      if (doorbell) this.#onDoorbell(doorbell);
      else this.#ports.logger.warn('a letter in the mailbox is not a doorbell');
    }
    const { mailboxes, afterResponse } = this.#ports;
    afterResponse.later(() =>
      mailboxes.remove(
        open.address,
        messages.map(({ receipt }) => receipt),
      ),
    );
    return 'done';
  }
}

function nothing(): void {
  // The loop itself handles what a receive brings or how it fails.
}

/**
 * Ringing: after an append, look for armed mailboxes and send each a doorbell. An arm that this process has rung is not rung again;
 * another publisher may ring it once more, which is harmless, and which saves a waiter when a publisher dies between append and ring.
 * Arms that dead processes have left behind are disarmed on the way, because every look reads them all.
 */

import { ringText, type Span } from './doorbell.ts';
import type { Arm, Clock, Logger, Mailboxes, Meter, NewBlock, Waiters } from './ports.ts';

/** A queue may be unusable for a second after it was made; its process looks at the log by itself after that second. */
const SECOND_TRY_MS = 250;
/** Rung arms remembered: they expire within a minute, so this is only reached by a very busy publisher. */
const MAX_RUNG = 10_000;
/**
 * An arm is disarmed this long after it ran out by this process's clock. No two clocks on AWS should be further apart: it refuses
 * signatures that are 5 minutes off. Where they are, a doorbell less costs a reader 20 s at most.
 */
const SKEW_MS = 5 * 60_000;
/** Arms disarmed with one ring: few, for the publisher waits for them too. */
const MAX_DISARMED = 10;

export interface RingPorts {
  readonly waiters: Waiters;
  readonly mailboxes: Pick<Mailboxes, 'send'>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

/** Which arms still have to be rung: not expired, and not rung by this process already. Pure. */
export function armsToRing(arms: readonly Arm[], rung: ReadonlyMap<string, number>, now: number): Arm[] {
  return arms.filter((arm) => arm.until > now && !rung.has(arm.nonce));
}

/** Which arms to disarm, of those that ran out so long ago that their processes must be dead: the first few. Pure. */
export function armsToDisarm(arms: readonly Arm[], now: number): Arm[] {
  return arms.filter((arm) => arm.until + SKEW_MS <= now).slice(0, MAX_DISARMED);
}

export class Bell {
  readonly #ports: RingPorts;
  /** What several publishes of this process were appended as, or found in the log, together is rung once for all of them. */
  readonly #ringing = new WeakMap<NewBlock | Span, Promise<void>>();
  /** Nonce of each arm rung, and until when it counts. Oldest first. */
  readonly #rung = new Map<string, number>();

  constructor(ports: RingPorts) {
    this.#ports = ports;
  }

  /**
   * Rings every armed mailbox of the channel about one new block, or about what is in the log already. Never throws: a doorbell is a
   * hint, the events are in the log.
   */
  ring(channel: string, news: NewBlock | Span): Promise<void> {
    const ringing = this.#ringing.get(news) ?? this.#ring(channel, news);
    this.#ringing.set(news, ringing);
    return ringing;
  }

  async #ring(channel: string, news: NewBlock | Span): Promise<void> {
    const { waiters, clock } = this.#ports;
    try {
      const now = clock.now();
      this.#forget(now);
      const armed = await waiters.armed(channel);
      const sending = this.#sendAll(channel, armsToRing(armed, this.#rung, now), news);
      await Promise.all([sending, ...armsToDisarm(armed, now).map((arm) => this.#disarm(channel, arm))]);
    } catch (error) {
      this.#failed(channel, error);
    }
  }

  async #sendAll(channel: string, arms: readonly Arm[], news: NewBlock | Span): Promise<void> {
    if (arms.length === 0) return;
    for (const { nonce, until } of arms) this.#rung.set(nonce, until);
    const textFor = ringText(channel, news);
    await Promise.all(arms.map((arm) => this.#send(channel, arm, textFor(arm.nonce))));
  }

  /** Never throws: an arm that stays is met again. */
  async #disarm(channel: string, arm: Arm): Promise<void> {
    const { waiters, logger } = this.#ports;
    try {
      await waiters.disarm(channel, arm);
    } catch (error) {
      logger.warn('an arm that ran out could not be disarmed', { channel, reason: reasonOf(error) });
    }
  }

  /** Never throws: one mailbox that cannot be reached must not keep the others from being rung before the process may freeze. */
  async #send(channel: string, arm: Arm, text: string): Promise<void> {
    const { waiters, mailboxes, clock, meter } = this.#ports;
    try {
      let outcome = await mailboxes.send(arm.mailbox, text);
      if (outcome === 'gone') {
        await clock.sleep(SECOND_TRY_MS);
        outcome = await mailboxes.send(arm.mailbox, text);
      }
      if (outcome === 'gone') await waiters.disarm(channel, arm);
      else meter.count('DoorbellsRung');
    } catch (error) {
      // Not rung after all: the next append may try again.
      this.#rung.delete(arm.nonce);
      this.#failed(channel, error);
    }
  }

  #failed(channel: string, error: unknown): void {
    const { meter, logger } = this.#ports;
    meter.count('DoorbellsFailed');
    logger.warn('ringing failed; sleeping polls find the event when they check again', {
      channel,
      reason: reasonOf(error),
    });
  }

  #forget(now: number): void {
    for (const [nonce, until] of this.#rung) {
      if (until > now && this.#rung.size <= MAX_RUNG) return;
      this.#rung.delete(nonce);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/**
 * Ringing: after an append, look for armed mailboxes and send each a doorbell. An arm that this process has rung is not rung again;
 * another publisher may ring it once more, which is harmless, and which saves a waiter when a publisher dies between append and ring.
 */

import { ringText } from './doorbell.ts';
import type { Arm, Clock, Logger, Mailboxes, Meter, NewBlock, Waiters } from './ports.ts';

/** A queue may be unusable for a second after it was made; its process looks at the log by itself after that second. */
const SECOND_TRY_MS = 250;
/** Rung arms remembered: they expire within a minute, so this is only reached by a very busy publisher. */
const MAX_RUNG = 10_000;

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

export class Bell {
  readonly #ports: RingPorts;
  /** A block that holds several publishes of this process is rung once for all of them. */
  readonly #ringing = new WeakMap<NewBlock, Promise<void>>();
  /** Nonce of each arm rung, and until when it counts. Oldest first. */
  readonly #rung = new Map<string, number>();

  constructor(ports: RingPorts) {
    this.#ports = ports;
  }

  /** Rings every armed mailbox of the channel about one new block. Never throws: a doorbell is a hint, the block is in the log. */
  ring(channel: string, block: NewBlock): Promise<void> {
    const ringing = this.#ringing.get(block) ?? this.#ring(channel, block);
    this.#ringing.set(block, ringing);
    return ringing;
  }

  async #ring(channel: string, block: NewBlock): Promise<void> {
    const { waiters, clock } = this.#ports;
    try {
      const now = clock.now();
      this.#forget(now);
      const arms = armsToRing(await waiters.armed(channel), this.#rung, now);
      for (const { nonce, until } of arms) this.#rung.set(nonce, until);
      if (arms.length === 0) return;
      const textFor = ringText(channel, block);
      await Promise.all(arms.map((arm) => this.#send(channel, arm, textFor(arm.nonce))));
    } catch (error) {
      this.#failed(channel, error);
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
      reason: error instanceof Error ? error.name : 'unknown',
    });
  }

  #forget(now: number): void {
    for (const [nonce, until] of this.#rung) {
      if (until > now && this.#rung.size <= MAX_RUNG) return;
      this.#rung.delete(nonce);
    }
  }
}

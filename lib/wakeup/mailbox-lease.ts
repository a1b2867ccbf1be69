/**
 * The queue behind a process's mailbox, and the lease on it: opened on first use and registered before it is made, so that a sweeper can always find it.
 * When the lease has run out, or the queue is gone (swept while the process was frozen), a new one takes its place, and `onMoved` tells of it.
 */

import { LIMITS } from '../protocol/doorbell.ts';
import type { AfterResponse } from '../runtime/after-response.ts';
import { type Instant, instantOf, msSince, wasSetSince } from '../runtime/instant.ts';
import type { Clock, Random } from '../runtime/ports.ts';
import type { Mailboxes, MailboxRegistry } from './ports.ts';

/** A registration is good for this long; the sweeper takes what has run out. Renewed when a third of it is used. */
export const LEASE_MS = 15 * 60_000;
/** A mailbox is not slept on with less of its lease left than a sleep takes, and a little for clocks that differ. */
const LEAST_LEASE_MS = LIMITS.waitSeconds * 1000 + 40_000;
/** "After you create a queue, you must wait at least one second" (SQS API reference, CreateQueue): twice that, for its clock and ours. */
export const YOUNG_MS = 2_000;

export interface LeasePorts {
  readonly mailboxes: Mailboxes;
  readonly registry: MailboxRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly afterResponse: AfterResponse;
  /** Every mailbox of this stack starts with it. */
  readonly prefix: string;
}

export interface Open {
  readonly name: string;
  readonly address: string;
  /** In ms of `Clock.elapsed`. */
  readonly openedAt: number;
  /** When its lease began. */
  registeredAt: Instant;
}

export class MailboxLease {
  readonly #ports: LeasePorts;
  readonly #onMoved: () => void;
  #opening: Promise<Open> | undefined;
  #open: Open | undefined;

  constructor(ports: LeasePorts, onMoved: () => void) {
    this.#ports = ports;
    this.#onMoved = onMoved;
  }

  /** The open queue; undefined before the first is made, and after one was given up. */
  get open(): Open | undefined {
    return this.#open;
  }

  /** Address of the open mailbox, opening or re-opening it where needed. Call it before every arm. */
  async address(): Promise<string> {
    this.#opening ??= this.#make();
    const open = await this.#opening.catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    if (this.#leaseLeftMs(open) > LEAST_LEASE_MS) {
      this.#renewLater(open);
      return open.address;
    }
    // The process slept past its lease, or nearly: the queue may be gone, or about to go.
    if (await this.#renew(open)) return open.address;
    this.giveUp(open);
    return this.address();
  }

  /** Whether SQS may not know the queue everywhere yet. True of none, which is about to be made. */
  isYoung(open = this.#open): boolean {
    return !open || this.#ports.clock.elapsed() - open.openedAt < YOUNG_MS;
  }

  /** Leaves a queue that is gone: the next `address` makes another. Nothing where that was done already. */
  giveUp(open: Open): void {
    if (open !== this.#open) return;
    this.#open = undefined;
    this.#opening = undefined;
    this.#onMoved();
  }

  /** Gives the queue and its entry back. Its arms point to nobody from then on. */
  async close(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    await this.#ports.mailboxes.close(open.name);
    await this.#ports.registry.remove(open.name);
  }

  async #make(): Promise<Open> {
    const { mailboxes, registry, clock, random, prefix } = this.#ports;
    const name = `${prefix}${random.id()}`;
    const registeredAt = instantOf(clock);
    await registry.add(name, registeredAt.wall + LEASE_MS);
    const address = await mailboxes.open(name);
    this.#open = { name, address, openedAt: clock.elapsed(), registeredAt };
    return this.#open;
  }

  async #renew(open: Open): Promise<boolean> {
    const registeredAt = instantOf(this.#ports.clock);
    const renewed = await this.#ports.registry.renew(open.name, registeredAt.wall + LEASE_MS);
    if (renewed) open.registeredAt = registeredAt;
    return renewed;
  }

  #leaseLeftMs({ registeredAt }: Open): number {
    return LEASE_MS - msSince(this.#ports.clock, registeredAt);
  }

  #renewLater(open: Open): void {
    const { clock, afterResponse } = this.#ports;
    // A sweeper reads the entry by a wall clock: where this one was set, it says something else than was
    // meant.
    const isSet = wasSetSince(clock, open.registeredAt);
    if (!isSet && this.#leaseLeftMs(open) > (LEASE_MS * 2) / 3) return;
    afterResponse.later(async () => {
      if (open === this.#open && !(await this.#renew(open))) this.giveUp(open);
    });
  }
}

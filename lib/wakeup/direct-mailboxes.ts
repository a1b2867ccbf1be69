/**
 * Mailboxes that readers wait on themselves, each its own: a queue that is registered before it is made, and leased, as the mailbox of a process is
 * (mailbox-lease.ts). No process stays with it: what is known of one travels in its reader's ticket. The sweep deletes it when nobody renews it.
 */

import type { Clock, Random } from '../runtime/ports.ts';
import { LEASE_MS } from './mailbox-lease.ts';
import type { MailboxAddresses, Mailboxes, MailboxRegistry } from './ports.ts';

/** What follows the stack's prefix in their names: the gateway may receive from these, and from no other queue. */
export const DIRECT = 'direct-';
/** A lease is renewed when a third of it is used. So a ticket never lasts longer than its mailbox. */
const LEAST_LEASE_MS = (LEASE_MS * 2) / 3;

export interface DirectMailboxesPorts {
  readonly mailboxes: Pick<Mailboxes, 'open'> & MailboxAddresses;
  readonly registry: Pick<MailboxRegistry, 'add' | 'renew'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Every mailbox of this stack starts with it. */
  readonly prefix: string;
}

/** Unix times in ms. */
export interface DirectMailbox {
  readonly name: string;
  readonly openedAt: number;
  readonly leasedUntil: number;
}

export class DirectMailboxes {
  readonly #ports: DirectMailboxesPorts;

  constructor(ports: DirectMailboxesPorts) {
    this.#ports = ports;
  }

  /**
   * The reader's mailbox, leased for 10 minutes at least: the one of before while it is there, or another. `admit` is asked before one is made, and
   * may throw. Throws what the registry and the queues throw.
   */
  async lease(
    before: DirectMailbox | undefined,
    admit: () => void,
  ): Promise<{ readonly mailbox: DirectMailbox; readonly address: string }> {
    const { mailboxes } = this.#ports;
    const kept = before && (await this.#kept(before));
    if (kept) return { mailbox: kept, address: await mailboxes.addressOf(kept.name) };
    admit();
    return this.#make();
  }

  async #kept(before: DirectMailbox): Promise<DirectMailbox | undefined> {
    const { registry, clock } = this.#ports;
    const now = clock.now();
    // Of a clock that is ahead, nothing is known of the entry.
    if (before.leasedUntil - now > LEAST_LEASE_MS && before.leasedUntil - now <= LEASE_MS) return before;
    const leasedUntil = now + LEASE_MS;
    return (await registry.renew(before.name, leasedUntil)) ? { ...before, leasedUntil } : undefined;
  }

  async #make() {
    const { mailboxes, registry, clock, random, prefix } = this.#ports;
    const name = `${prefix}${DIRECT}${random.id()}`;
    const leasedUntil = clock.now() + LEASE_MS;
    await registry.add(name, leasedUntil);
    const address = await mailboxes.open(name);
    return { mailbox: { name, openedAt: clock.now(), leasedUntil }, address };
  }
}

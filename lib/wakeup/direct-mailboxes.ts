/**
 * Mailboxes that readers wait on themselves, each its own: a queue that is registered before it is made, and leased, as the mailbox of a process is
 * (mailbox-lease.ts). No process stays with it: what is known of one travels in its reader's ticket. The sweep deletes it when nobody renews it.
 */

import type { Clock, Random } from '../runtime/ports.ts';
import { LEASE_MS, YOUNG_MS } from './mailbox-lease.ts';
import type { MailboxAddresses, Mailboxes, MailboxRegistry } from './ports.ts';

/** What follows the stack's prefix in their names: the gateway may receive from these, and from no other queue. */
export const DIRECT = 'direct-';
/** A lease is renewed when a third of it is used. So a ticket never lasts longer than its mailbox. */
const LEAST_LEASE_MS = (LEASE_MS * 2) / 3;
/** Between two asks for the address of a young queue, which may not be known yet. */
const ASK_AGAIN_MS = 1_000;

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
    const kept = before && (await this.#kept(before));
    const address = kept && (await knownAddress(this.#ports, kept));
    if (kept && address !== undefined) return { mailbox: kept, address };
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

/** Where the mailbox is; a queue that is not known yet is waited for, for 2 s at most. Undefined where it is known no more. */
export async function knownAddress(
  {
    mailboxes,
    clock,
  }: { readonly mailboxes: MailboxAddresses; readonly clock: Pick<Clock, 'now' | 'sleep'> },
  { name, openedAt }: Pick<DirectMailbox, 'name' | 'openedAt'>,
): Promise<string | undefined> {
  // Counted too: the clock that wrote `openedAt` may be ahead.
  for (let waitedMs = 0; ; waitedMs += ASK_AGAIN_MS) {
    const address = await mailboxes.addressOf(name);
    const isYoung = clock.now() - openedAt < YOUNG_MS && waitedMs < YOUNG_MS;
    if (address !== undefined || !isYoung) return address;
    await clock.sleep(ASK_AGAIN_MS);
  }
}

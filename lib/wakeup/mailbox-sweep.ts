/**
 * Sweeping: deletes the mailboxes of dead processes. A mailbox is dead when its registration has run out, or
 * lasts longer than any can, or when its queue exists without any registration (it is registered before it is
 * made). A swept process that was only frozen opens a new mailbox when it wakes.
 */

import type { Clock } from '../runtime/ports.ts';
import type { Meter } from '../telemetry/ports.ts';
import type { Mailboxes, MailboxRegistry, Registration } from './ports.ts';

/**
 * A registration that lasts longer than this, in ms, was written by a clock that was far ahead: nobody would
 * ever sweep it. A day is far more than a lease, so that a wall clock which is set back by hours makes no
 * mailbox in use look like that.
 */
const LONGEST_LEASE_MS = 24 * 3_600_000;

export interface SweepPorts {
  readonly registry: MailboxRegistry;
  readonly mailboxes: Pick<Mailboxes, 'list' | 'close'>;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** What is dead, by name: registrations to retire first, and queues that nobody has registered. Pure. */
export function dead(
  queues: readonly string[],
  registrations: readonly Registration[],
  now: number,
): { readonly expired: readonly Registration[]; readonly orphans: readonly string[] } {
  const registered = new Set(registrations.map(({ name }) => name));
  return {
    expired: registrations.filter(
      ({ until, fenced: retired }) => retired || until < now || until > now + LONGEST_LEASE_MS,
    ),
    orphans: queues.filter((name) => !registered.has(name)),
  };
}

/** Deletes every dead mailbox; returns how many. May be repeated, and may run twice at once. */
export async function sweep({ registry, mailboxes, clock, meter }: SweepPorts): Promise<number> {
  // Queues first: whatever is listed here was registered before this moment.
  const queues = await mailboxes.list();
  const registrations = await registry.list();
  const { expired, orphans } = dead(queues, registrations, clock.now());
  const swept = await Promise.all([
    ...expired.map(async (registration) => {
      // Retired before it is deleted: its process can no longer renew, and a sweeper that dies here is followed by the next.
      if (!(registration.fenced || (await registry.fence(registration)))) return 0;
      await mailboxes.close(registration.name);
      await registry.remove(registration.name);
      return 1;
    }),
    ...orphans.map(async (name) => {
      await mailboxes.close(name);
      return 1;
    }),
  ]);
  const count = swept.reduce((sum, one) => sum + one, 0);
  meter.count('Sweeps');
  if (count > 0) meter.count('MailboxesSwept', count);
  return count;
}

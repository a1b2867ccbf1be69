/** Direct waits on ports in memory: what asks, what waits, and who may. */

import type { Caller } from '../../../lib/auth/caller.ts';
import { secretKeys } from '../../../lib/auth/keys.ts';
import { WaitTickets } from '../../../lib/auth/wait-tickets.ts';
import type { WaitRoutesPorts } from '../../../lib/http/v1/waits.ts';
import { heldWait, receivedWait } from '../../../lib/poll/held-wait.ts';
import { NewMailboxLimiter } from '../../../lib/poll/new-mailbox-limiter.ts';
import { DirectMailboxes } from '../../../lib/wakeup/direct-mailboxes.ts';
import type { MemoryProcess, World } from './world.ts';

export const TICKET_SECRET = 'the-secret-of-these-tests-0123456789';

export function ticketsWith(world: Pick<World, 'clock'>, ...secrets: readonly string[]): WaitTickets {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  return new WaitTickets(secretKeys(async () => secrets, { clock: world.clock, logger }));
}

/** Of a function: readers wait on mailboxes of their own. Glasses of the process stand before its ports here too. */
export function queuedPorts(
  world: World,
  process: MemoryProcess,
  parts: Partial<Pick<World, 'waiters' | 'registry' | 'mailboxes'>> = {},
): WaitRoutesPorts {
  const { waiters, registry, mailboxes } = { ...world, ...parts };
  const ports = { ...process.poll, mailboxes, tickets: ticketsWith(world, TICKET_SECRET) };
  const ground = {
    mailboxes: new DirectMailboxes({ ...world, registry, mailboxes, prefix: 'mailbox-' }),
    waiters,
    limiter: new NewMailboxLimiter(world.clock),
  };
  return { ...ports, ground, waitFor: receivedWait(ports) };
}

/** Of a hub: it holds the waits itself. */
export function heldPorts(world: World, process: MemoryProcess): WaitRoutesPorts {
  const ports = { ...process.poll, tickets: ticketsWith(world, TICKET_SECRET) };
  return { ...ports, waitFor: heldWait(ports) };
}

/** May read everything. */
export const reader = (principal: string): Caller => ({ read: ['*'], write: [], principal });

/** Direct waits: tickets of a process that has the tokens' secret, and who holds the waits. */

import { WaitTickets } from '../auth/wait-tickets.ts';
import { type Environment, isOn, required } from '../config.ts';
import type { WaitRoutesPorts } from '../http/v1/waits.ts';
import { heldWait, receivedWait } from '../poll/held-wait.ts';
import { NewMailboxLimiter } from '../poll/new-mailbox-limiter.ts';
import type { PollPorts } from '../poll/poll.ts';
import { DirectMailboxes } from '../wakeup/direct-mailboxes.ts';
import type { Base, Gate } from './hub-ports.ts';
import type { OnQueues } from './poll.ts';

/** In a process that holds polls anyway, and so the waits too. Undefined where they are off; throws where nothing is there to sign tickets with. */
export function heldWaits(
  env: Environment,
  common: Base,
  gate: Gate,
  poll: PollPorts,
): WaitRoutesPorts | undefined {
  if (!isOn(env, 'DIRECT_WAIT')) return undefined;
  const ports = { ...poll, ...common, tickets: ticketsOf(gate) };
  return { ...ports, waitFor: heldWait(ports) };
}

/** In a function, whose readers wait on mailboxes of their own. Its own waits are for where no gateway receives: offline. */
export function queuedWaits(
  env: Environment,
  common: Base,
  gate: Pick<Gate, 'secrets'>,
  poll: PollPorts & OnQueues,
): WaitRoutesPorts | undefined {
  if (!isOn(env, 'DIRECT_WAIT')) return undefined;
  const { mailboxes, registry, waiters } = poll;
  const prefix = required(env, 'MAILBOX_PREFIX');
  const ports = { ...poll, ...common, tickets: ticketsOf(gate) };
  const ground = {
    mailboxes: new DirectMailboxes({ ...common, mailboxes, registry, prefix }),
    waiters,
    limiter: new NewMailboxLimiter(common.clock),
  };
  return { ...ports, ground, waitFor: receivedWait(ports) };
}

/** Throws where no shared secret is configured. */
export function ticketsOf({ secrets }: Pick<Gate, 'secrets'>): WaitTickets {
  if (secrets) return new WaitTickets(secrets);
  throw new Error(
    'DIRECT_WAIT needs a shared secret to sign tickets with, also beside an identity provider: set DOORBELL_SECRET_PARAMETER or DOORBELL_SECRET.',
  );
}

/** Waits of tickets, by a process: one that holds polls anyway looks from where the ticket says, and one that stands for the gateway receives from the mailbox. */

import { requireInTime, type Ticket, type WaitTickets } from '../auth/wait-tickets.ts';
import { PushError } from '../errors.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';
import type { Clock } from '../runtime/ports.ts';
import { knownAddress } from '../wakeup/direct-mailboxes.ts';
import type { MailboxAddresses, Mailboxes } from '../wakeup/ports.ts';
import { type PollPorts, poll } from './poll.ts';
import type { DisconnectSignal } from './wait.ts';
import { narrowOfWanted } from './wish.ts';

/** The bells that have come; none where the wait has ended without one. Throws `forbidden` for a ticket whose time is over, and for one that was not given here. */
export type WaitFor = (ticket: string, signal: DisconnectSignal) => Promise<readonly Bell[]>;

/** A message of a mailbox. Nothing of it need be looked at. */
export interface Bell {
  readonly body: string;
  readonly receipt: string;
}

interface Reading {
  readonly tickets: Pick<WaitTickets, 'read'>;
  readonly clock: Clock;
}

/** What is heard where a reader has something to ask for, and no queue has told of it. */
const NEWS: readonly Bell[] = [{ body: '{"kind":"ring"}', receipt: 'none' }];

/** Events that one wait passes by in quiet. After more of them the reader asks, for each wait with its ticket would read them again. */
const MOST_PASSED = 1_000;

/** Holds a poll from where the ticket says. It counts among the polls that the ticket's owner holds by tickets. Throws as `poll`, but no `reset`: that is news. */
export function heldWait(ports: PollPorts & Reading): WaitFor {
  return async (text, signal) => {
    const ticket = await inTime(ports, text);
    const { places, owner, seconds } = ticket;
    const cursors = places.map(({ channel, vid, epoch }) => ({
      channel,
      maxvid: vid,
      ...(epoch === null ? {} : { epoch }),
    }));
    const narrows = places.map(({ wanted }) => wanted && narrowOfWanted(wanted));
    const request = { cursors, narrows, waitMs: seconds * 1_000, limit: 1 };
    try {
      const read = places.map(({ channel }) => channel);
      const caller = { read, write: [], principal: `ticket ${owner}` };
      const until = ports.clock.elapsed() + request.waitMs;
      const answers = await poll(ports, caller, request, signal);
      // A poll that may not look further ends at once. So would each wait with this ticket.
      const most = ports.clock.elapsed() < until ? 0 : MOST_PASSED;
      return answers.some((answer) => isNews(answer, most)) ? NEWS : [];
    } catch (error) {
      if (error instanceof PushError && error.code === 'reset') return NEWS;
      throw error;
    }
  };
}

function isNews({ events, missed, closed, passed = 0 }: PollAnswer, mostPassed: number): boolean {
  return events.length > 0 || missed > 0 || closed === true || passed > mostPassed;
}

/** Which mailbox a ticket's reader may wait on, and for how many seconds. Throws `forbidden` as `WaitFor` does. */
export type AuthorizedWait = (
  ticket: string,
) => Promise<{ readonly address: string; readonly seconds: number }>;

export function authorizedWait(ports: Reading & { readonly mailboxes: MailboxAddresses }): AuthorizedWait {
  return async (text) => {
    const { mailbox, seconds } = await inTime(ports, text);
    if (!mailbox) throw new PushError('forbidden', 'This ticket has no mailbox here.', { field: 'ticket' });
    const address = await knownAddress(ports, mailbox);
    if (address !== undefined) return { address, seconds };
    throw new PushError('forbidden', 'The mailbox of this ticket is gone: ask for another, with it.', {
      field: 'ticket',
    });
  };
}

/** Receives from the ticket's own mailbox, as the gateway does. A queue that is gone is news: its reader is given another. */
export function receivedWait(
  ports: Reading & { readonly mailboxes: Pick<Mailboxes, 'receive'> & MailboxAddresses },
): WaitFor {
  const authorized = authorizedWait(ports);
  return async (text) => {
    const { address, seconds } = await authorized(text);
    const received = await ports.mailboxes.receive(address, seconds);
    return received === 'gone' ? NEWS : received;
  };
}

async function inTime({ tickets, clock }: Reading, text: string): Promise<Ticket> {
  const ticket = await tickets.read(text);
  requireInTime(ticket, clock.now());
  return ticket;
}

/**
 * A direct wait (PROTOCOL.md, section 3.7): the reader waits for a bell with its ticket, and asks for news after it. As one poll: its wait is that of the
 * ticket. Without a ticket for where it stands it asks, and does not wait.
 */

import { BELL_WORD, type WaitTicket } from '../../../../../lib/protocol/doorbell.ts';
import type { Network, Outcome } from './network.ts';
import type { PollOptions, Reader } from './polling.ts';
import { readProblem, readTicket } from './replies.ts';
import { addressOf, type Manner, type Way } from './ways.ts';

/** What a reader waits with. */
export interface Ticket extends WaitTicket {
  /** Where its reader must stand to wait with it. */
  readonly at: string;
  /** Until when waits may be begun with it, in ms of `performance.now()`. */
  readonly until: number;
}

/** Whose ticket fits waits with it; now and then it polls, as a reader does whose way is closed. */
const WAITS_ON = 0.9;

/** Undefined: this poll goes another way. */
export function directWay(reader: Reader, options: PollOptions): Way | undefined {
  const { waitsDirectly, chance, ticket } = reader;
  if (!waitsDirectly) return undefined;
  const fits = ticket !== undefined && options.waitSeconds > 0 && mayWait(reader, ticket);
  if (!chance.chance(fits ? WAITS_ON : 0.5)) return undefined;
  return {
    waitSeconds: fits ? ticket.seconds : 0,
    limit: options.limit,
    mark: { direct: true },
    ask: async (network, manner) => {
      const waited = fits ? await wait(reader, ticket, network, manner) : undefined;
      return waited ?? ask(reader, options, network, manner);
    },
    learn: (text) => {
      const got = readTicket(text);
      if (got) reader.ticket = { ...got, at: placeOf(reader), until: performance.now() + got.life * 1_000 };
    },
  };
}

function mayWait(reader: Reader, { at, until }: Ticket): boolean {
  return at === placeOf(reader) && performance.now() < until;
}

/** As whom it polls, and from where in which channels; '' where it does not know. */
function placeOf({ follows, client }: Reader): string {
  const places = [...follows].map(([channel, { maxvid }]) => maxvid !== undefined && `${channel}:${maxvid}`);
  return places.includes(false) ? '' : `${client} ${places.join()}`;
}

/** Undefined when the reader is to ask for news: after a bell, at the end of the ticket, and where the wait was refused. */
async function wait(
  reader: Reader,
  { ticket, until }: Ticket,
  network: Network,
  manner: Manner,
): Promise<Outcome | undefined> {
  const path = `/v1/wait?ticket=${ticket}`;
  const outcome = await network.request({ method: 'GET', path, anonymous: true, ...manner });
  // What still receives for a wait that was broken off may take the mailbox's next bell.
  if (outcome.kind === 'cut') reader.ticket = undefined;
  else if (outcome.status !== 200 || outcome.text.includes(BELL_WORD) || performance.now() >= until)
    return undefined;
  return outcome.kind === 'cut' ? outcome : { ...outcome, text: JSON.stringify(quiet(reader)) };
}

async function ask(reader: Reader, options: PollOptions, network: Network, manner: Manner): Promise<Outcome> {
  const { ticket } = reader;
  const path = addressOf(reader, options, 'waits', ticket ? { ticket: ticket.ticket } : {});
  const outcome = await network.request({ method: 'POST', path, ...manner });
  if (outcome.kind === 'cut' || outcome.status !== 403 || !ticket) return outcome;
  if (readProblem(outcome.text).field !== 'ticket') return outcome;
  reader.ticket = undefined;
  return ask(reader, options, network, manner);
}

/** Nothing has come: what a poll that waited as long would have been answered. */
function quiet({ follows }: Reader): unknown {
  const answers = [...follows].map(([channel, { maxvid, epoch = null }]) => {
    return { channel, epoch, events: [], maxvid, missed: 0 };
  });
  return answers.length === 1 ? answers[0] : { channels: answers };
}

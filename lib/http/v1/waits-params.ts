/** The queries of direct waits: those of polls, with the ticket of before in the place of `wait`. */

import * as v from 'valibot';
import type { PollRequest } from '../../poll/poll.ts';
import { check, refused, single, without } from './checks.ts';
import { ManyQuery, manyRequest, PollQuery, pollRequest } from './poll-params.ts';

const { wait: _one, ...pollEntries } = PollQuery.entries;
const { wait: _many, ...manyEntries } = ManyQuery.entries;
const ticketRule = 'ticket must be as last received: 1 to 6000 characters of A-Z a-z 0-9 _ - and two dots';
/** Shorter than an address may be, by what else stands there. */
const Ticket = v.pipe(
  v.string(),
  v.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, ticketRule),
  v.maxLength(6_000, ticketRule),
);
/** For the OpenAPI document, which the build makes of them. */
export const WaitsQuery = v.strictObject({ ...pollEntries, ticket: v.optional(Ticket) });
export const ManyWaitsQuery = v.strictObject({ ...manyEntries, ticket: v.optional(Ticket) });
export const WaitQuery = v.strictObject({ ticket: v.optional(v.string()) });

/** A reader of one channel, and its ticket of before. */
export function waitsRequest(channel: string, query: URLSearchParams): PollRequest & { ticket?: string } {
  return { ...pollRequest(channel, withoutTicket(query)), ...ticketOf(query) };
}

/** A reader of 1..10 channels, and its ticket of before. */
export function manyWaitsRequest(query: URLSearchParams): PollRequest & { ticket?: string } {
  return { ...manyRequest(withoutTicket(query)), ...ticketOf(query) };
}

/** The ticket to wait with; undefined where there is none. One of any other form is no ticket, and is refused as such when it is read. */
export function ticketQuery(query: URLSearchParams): string | undefined {
  return check(WaitQuery, single(query)).ticket || undefined;
}

function withoutTicket(query: URLSearchParams): URLSearchParams {
  if (query.has('wait')) throw refused('wait', 'wait is not a known parameter');
  return without(query, 'ticket');
}

function ticketOf(query: URLSearchParams): { ticket?: string } {
  const [text, ...more] = query.getAll('ticket');
  if (more.length > 0) throw refused('ticket', 'ticket is given more than once');
  return text === undefined ? {} : { ticket: check(Ticket, text, 'ticket') };
}

/**
 * Appends one event to a channel. It is sent once and never by itself again: with an `id` the caller may repeat it
 * (within 5 minutes the server knows the id and appends nothing twice), without one only the caller can know
 * whether a second event would do harm.
 */
import type { PublishAnswer } from '../lib/protocol.ts';
import { readPublishAnswer } from './answer.ts';
import { eventsPath } from './channel.ts';
import { DoorbellError } from './errors.ts';
import { type Connection, exchange } from './request.ts';

export interface PublishOptions extends Connection {
  /** The event's id, 1 to 128 characters. Default: the server makes one. */
  readonly id?: string;
}

/** API Gateway gives up at 30 s; a little later there is nothing left to wait for. */
const DEADLINE_MS = 35_000;

/** Resolves when the event is in the log. Throws DoorbellError, or the reason of an abort; then it may be in the log or not. */
export async function publish(
  channel: string,
  data: unknown,
  options: PublishOptions = {},
): Promise<PublishAnswer> {
  const path = eventsPath(channel);
  // JSON.stringify would leave `data` out without a word.
  if (JSON.stringify(data) === undefined) {
    throw new DoorbellError('bad-request', 'data must be a JSON value.');
  }
  const body = JSON.stringify(options.id === undefined ? { data } : { id: options.id, data });
  const value = await exchange(options, { method: 'POST', path, body, expect: 201, deadlineMs: DEADLINE_MS });
  const answer = readPublishAnswer(value);
  if (answer === undefined) {
    throw new DoorbellError('bad-answer', 'The answer is not one to a publish.', { status: 201 });
  }
  return answer;
}

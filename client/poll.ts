/**
 * One poll of one channel: a position in, an outcome out. It decides nothing and keeps nothing.
 */
import { readPollAnswer } from './answer.ts';
import { eventsPath } from './channel.ts';
import { DoorbellError } from './errors.ts';
import { type Connection, exchange } from './request.ts';
import type { Outcome, Position } from './state.ts';

/**
 * Milliseconds past the wait until a poll is given up: room for a cold start, a slow line and an answer of 1 MiB.
 * Without it, a connection that died silently (a laptop that slept, a router that forgot) would look live for ever.
 */
const GRACE_MS = 10_000;

/** Polls once. Throws only the reason of an abort; everything else is an outcome. */
export async function poll(
  channel: string,
  position: Position,
  wait: number,
  connection: Connection,
): Promise<Outcome> {
  const now = connection.now ?? Date.now;
  const began = now();
  try {
    const value = await exchange(connection, {
      method: 'GET',
      path: `${eventsPath(channel)}?${pollQuery(position, wait)}`,
      expect: 200,
      deadlineMs: wait * 1_000 + GRACE_MS,
    });
    const answer = readPollAnswer(value);
    if (answer === undefined || answer.channel !== channel) {
      throw new DoorbellError('bad-answer', 'The answer is not one to this poll.', { status: 200 });
    }
    return { kind: 'answer', answer, tookMs: now() - began };
  } catch (error) {
    if (error instanceof DoorbellError) return { kind: 'failure', error };
    throw error;
  }
}

/** A poll's query. What is not known is left out: the server refuses empty and unknown parameters. */
export function pollQuery(position: Position, wait: number): string {
  const query = new URLSearchParams();
  if (position.maxvid !== null) query.set('maxvid', String(position.maxvid));
  if (position.epoch !== null) query.set('epoch', position.epoch);
  if (position.client !== null) query.set('client', position.client);
  query.set('wait', String(wait));
  return query.toString();
}

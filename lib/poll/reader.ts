/** One reader on one channel: where it stands, and what the log holds after that place. */

import type { Cursor, Position } from '../cursors/ports.ts';
import { type Head, standing } from '../log/head.ts';
import { bytesOfAnswer, emptyAnswer, shorterAnswer } from '../log/read/page.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';

/** A channel as a check showed it. */
export interface Sight {
  readonly head: Head;
  /** The answer to a reader who is behind the head: `newsAnswer`, perhaps shared with others at the same place; at once when it is at hand. */
  answer(after: number, limit: number): Promise<PollAnswer> | PollAnswer;
}

export interface Reader {
  readonly channel: string;
  readonly after: number;
  /** The life that the reader says it is in; undefined when it does not say. */
  readonly epoch: string | undefined;
  readonly sight: Sight;
}

/**
 * Places a reader: where it says, else where its cursor says, else at the head. One that names no life is held to the life it is placed in,
 * so that a sleep cannot take it from one into the next.
 */
export function reader(channel: string, seen: Position, cursor: Cursor | undefined, sight: Sight): Reader {
  const kept = seen.maxvid === undefined ? cursor : undefined;
  const after = seen.maxvid ?? kept?.maxvid ?? sight.head.vid;
  return { channel, after, epoch: seen.epoch ?? kept?.epoch ?? sight.head.epoch ?? undefined, sight };
}

export function stands({ after, epoch, sight }: Reader): ReturnType<typeof standing> {
  return standing(after, epoch, sight.head);
}

export const isBehind = (one: Reader) => stands(one) === 'behind';
/** Cannot go on from where it stands. */
export const isLost = (one: Reader) => stands(one) === 'reset';

/** Answers for readers that are behind, in order, together at most `maxBytes`; the first always, others where there is room. */
export async function news(
  behind: readonly Reader[],
  limit: number,
  maxBytes: number,
): Promise<readonly PollAnswer[]> {
  const [first] = behind;
  // One channel's answer is within the limit as it is; the events of one may be more, and are never cut.
  if (first && behind.length === 1) return [await first.sight.answer(first.after, limit)];
  const whole = await Promise.all(behind.map(({ sight, after }) => sight.answer(after, limit)));
  const answers: PollAnswer[] = [];
  let bytesLeft = maxBytes;
  for (const one of whole) {
    const answer = bytesOfAnswer(one) > bytesLeft ? shorterAnswer(one, bytesLeft) : one;
    const bytes = bytesOfAnswer(answer);
    // What finds no room is not forgotten: its reader asks again from the same place. The first always has room.
    if (answers.length > 0 && bytes > bytesLeft) continue;
    answers.push(answer);
    bytesLeft -= bytes;
  }
  return answers;
}

/** Empty answers: everyone stays where they are. */
export function atRest(readers: readonly Reader[], superseded: boolean): readonly PollAnswer[] {
  return readers.map(({ channel, after, sight }) => emptyAnswer(channel, after, sight.head, superseded));
}

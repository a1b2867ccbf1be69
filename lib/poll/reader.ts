/** One reader on one channel: where it stands, and what the log holds after that place. */

import type { Cursor, Position } from '../cursors/ports.ts';
import { type Head, standing } from '../log/head.ts';
import { isSilent, type Narrow } from '../log/read/narrow.ts';
import { bytesOfAnswer, emptyAnswer, shorterAnswer } from '../log/read/page.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';

/** A channel as a check showed it. */
export interface Sight {
  readonly head: Head;
  /** The answer to a reader who is behind the head: `answerOf`, perhaps shared with others at the same place; at once when it is at hand. */
  answer(after: number, limit: number, narrow?: Narrow): Promise<PollAnswer> | PollAnswer;
}

export interface Reader {
  readonly channel: string;
  readonly after: number;
  /** The life that the reader says it is in; undefined when it does not say. */
  readonly epoch: string | undefined;
  readonly sight: Sight;
  /** What it wants; undefined: everything. */
  readonly narrow?: Narrow | undefined;
  /** How many events it has passed by that it does not want, which its client does not know; undefined: none. */
  readonly passed?: number;
}

/** How a reader is placed that does not say where it stands: where it begins, where that is known; and what it wants. */
export interface Wish {
  readonly begin?: number | undefined;
  readonly narrow?: Narrow | undefined;
}

/**
 * Places a reader: where it says, else where it begins, else where its cursor says, else at the head. One that names no life is held to the life it is
 * placed in, so that a sleep cannot take it from one into the next.
 */
export function reader(
  channel: string,
  seen: Position,
  cursor: Cursor | undefined,
  sight: Sight,
  { begin, narrow }: Wish = NO_WISH,
): Reader {
  const kept = seen.maxvid === undefined && begin === undefined ? cursor : undefined;
  const after = seen.maxvid ?? begin ?? kept?.maxvid ?? sight.head.vid;
  return { channel, after, epoch: seen.epoch ?? kept?.epoch ?? sight.head.epoch ?? undefined, sight, narrow };
}

const NO_WISH: Wish = {};

export function stands({ after, epoch, sight }: Reader): ReturnType<typeof standing> {
  return standing(after, epoch, sight.head);
}

/** Wants only some of the events. */
export const isNarrow = ({ narrow }: Reader) => narrow !== undefined;
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
  if (first && behind.length === 1) return [await answerTo(first, limit)];
  const whole = await Promise.all(behind.map((one) => answerTo(one, limit)));
  const answers: PollAnswer[] = [];
  let bytesLeft = maxBytes;
  for (const [i, one] of whole.entries()) {
    const isCut = bytesOfAnswer(one) > bytesLeft && !behind[i]?.narrow;
    const answer = isCut ? shorterAnswer(one, bytesLeft) : one;
    const bytes = bytesOfAnswer(answer);
    // What finds no room is not forgotten: its reader asks again from the same place. The first always has room.
    if (answers.length > 0 && bytes > bytesLeft) continue;
    answers.push(answer);
    bytesLeft -= bytes;
  }
  return answers;
}

function answerTo({ sight, after, narrow }: Reader, limit: number): Promise<PollAnswer> | PollAnswer {
  return sight.answer(after, limit, narrow);
}

/** The reader behind an answer that tells it nothing; itself where it is told something. */
export function passedBy(one: Reader, answer: PollAnswer | undefined): Reader {
  if (!one.narrow || !answer || !isSilent(answer, one.after)) return one;
  // What was read may reach beyond the head that was proven.
  const after = Math.min(answer.maxvid, one.sight.head.vid);
  return { ...one, after, passed: (one.passed ?? 0) + after - one.after };
}

/** The answer, which begins where the reader stands, as its client must have it: with what the reader has passed by on its way there. */
export function withPassed(answer: PollAnswer, { passed = 0 }: Reader): PollAnswer {
  return passed === 0 ? answer : { ...answer, passed: passed + (answer.passed ?? 0) };
}

/** Empty answers: everyone stays where they are. */
export function atRest(readers: readonly Reader[], superseded: boolean): readonly PollAnswer[] {
  return readers.map((one) =>
    withPassed(emptyAnswer(one.channel, one.after, one.sight.head, superseded), one),
  );
}

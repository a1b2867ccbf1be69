/**
 * Where a reader stands in one channel, and what an answer does to it. The answer need not be one to this reader's own poll: a poll that
 * several readers share starts at the one that is furthest behind. Pure.
 */
import type { Event, PollAnswer } from '../../../lib/protocol/doorbell.ts';

export interface Position {
  /** The highest vid that was received; `NOWHERE` while it is not known where "now" is. */
  readonly maxvid: number;
  /** The life of the channel that `maxvid` belongs to; null while it is not known. */
  readonly epoch: string | null;
}

/** Behind every vid. */
export const NOWHERE = -1;

/** What one reader takes from an answer. */
export interface Taken {
  /** Where it stood: at least 0. */
  readonly after: number;
  /** Ascending vid, none of them received before in this life. */
  readonly events: readonly Event[];
  /** How many after `after` are no longer kept. Below 0: none, and of those that are not wanted some stand before `after`. */
  readonly missed: number;
  /** Where it stands now. */
  readonly position: Position;
}

/**
 * What this reader takes from an answer; undefined when it does not follow on from its position, and the reader must ask for itself. The
 * answer is what came over the wire: no number of it is trusted.
 * `fresh`: the poll named no vid for this channel, so the answer begins at "now".
 */
export function take(position: Position, answer: PollAnswer, fresh: boolean): Taken | undefined {
  const { maxvid, epoch, missed, events } = answer;
  // Every number between the vid that was asked for and the answer's is an event, or counted as missed or passed, or the mark that closed the channel
  // (PROTOCOL.md, section 3).
  const passed = (answer.passed ?? 0) + +!!answer.closed;
  const begin = maxvid - missed - events.length - passed;
  const after = fresh && position.maxvid < 0 ? begin : position.maxvid;
  // Not `begin > after`: what came over the wire may lack its numbers, and NaN is neither.
  if (!(begin <= after) || !Number.isSafeInteger(maxvid) || isOtherLife(position, answer)) return undefined;
  const reached = Math.max(after, maxvid);
  // None past the answer's own end: it would come again with the next answer, and again.
  const taken = events.filter((event) => event?.vid > after && event.vid <= maxvid);
  return {
    after,
    events: taken,
    missed: reached - after - taken.length - passed,
    position: { maxvid: reached, epoch: epoch ?? position.epoch },
  };
}

/** Whether a poll at `here` would not do for a reader at `there`: it stands further behind, in another life, or nowhere yet. */
export function isBehind(there: Position, here: Position): boolean {
  return here.maxvid >= 0 && (there.maxvid < here.maxvid || isOtherLife(there, here));
}

/** Whether both are known, and differ as they are sent: what came over the wire may be no text. */
export function isOtherLife(one: Pick<Position, 'epoch'>, other: Pick<Position, 'epoch'>): boolean {
  return !!one.epoch && !!other.epoch && `${one.epoch}` !== `${other.epoch}`;
}

/** As it stands in a poll's `cursor` and in a store: `12` or `12:epoch`. */
export function print({ maxvid, epoch }: Position): string {
  return maxvid + (epoch ? `:${epoch}` : '');
}

/** The position that was printed; undefined when the text is not one. */
export function parse(text: string | null | undefined): Position | undefined {
  const [maxvid, epoch = null] = text?.split(':') ?? [];
  return maxvid && Number(maxvid) >= 0 ? { maxvid: Number(maxvid), epoch } : undefined;
}

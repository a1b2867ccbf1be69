/**
 * A line of an export, read back. An export may have been edited, cut or mixed up with another file, and what it says would stand in a log for good: so a line
 * that no export has is refused.
 */

import * as v from 'valibot';
import { CHANNEL_PATTERN } from '../protocol/doorbell.ts';
import { parseJson } from '../runtime/json.ts';
import type { Piece } from './transfer.ts';

const vid = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const channel = v.pipe(v.string(), v.regex(CHANNEL_PATTERN));
const text = v.pipe(v.string(), v.minLength(1));
const entry = v.object({ id: text, key: v.optional(v.string()), data: v.unknown() });

const Block = v.pipe(
  v.looseObject({
    first: v.pipe(vid, v.minValue(1)),
    last: vid,
    epoch: text,
    at: v.pipe(v.string(), v.isoTimestamp()),
    token: text,
    expires: vid,
    entries: v.array(entry),
    mark: v.optional(v.picklist(['closed', 'deleted'])),
  }),
  // One that only skips numbers has no entries.
  v.check(({ first, last, entries, mark }) => {
    const width = entries.length + (mark === undefined ? 0 : 1);
    return last >= first && (width === 0 || last - first + 1 === width);
  }, 'first, last and the number of entries do not fit together'),
);

const PieceLine = v.variant('kind', [
  v.object({ kind: v.literal('block'), channel, block: Block }),
  v.object({ kind: v.literal('life'), channel, life: v.object({ epoch: text, reserved: vid }) }),
  v.object({
    kind: v.literal('state'),
    channel,
    entry: v.object({ key: text, vid, id: text, at: v.string(), data: v.unknown() }),
  }),
  v.object({
    kind: v.literal('cursor'),
    channel,
    client: text,
    maxvid: v.optional(vid),
    epoch: v.optional(text),
    seenAt: vid,
  }),
]);

/** Throws an error that says what is wrong with the line, and nothing of its data. */
export function pieceOf(line: string): Piece {
  let json: unknown;
  try {
    json = parseJson(line);
  } catch {
    throw new Error('it is not JSON; perhaps the export broke off there');
  }
  const parsed = v.safeParse(PieceLine, json);
  if (parsed.success) return json as Piece;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  throw new Error(path === null ? 'it is no line of an export' : `${path} is not as an export has it`);
}

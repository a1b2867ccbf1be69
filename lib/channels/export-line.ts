/**
 * A line of an export, read back. An export may have been edited, cut or mixed up with another file, and what it says would stand in a log for good: so a line
 * that no export has is refused.
 */

import * as v from 'valibot';
import { recordOf, type StreamRecord } from '../log/stream-record.ts';
import { CHANNEL_PATTERN, EXPECT_PATTERN, STREAM_PATTERN } from '../protocol/doorbell.ts';
import { parseJson } from '../runtime/json.ts';
import type { Piece } from './transfer.ts';

const vid = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const channel = v.pipe(v.string(), v.regex(CHANNEL_PATTERN));
const stream = v.pipe(v.string(), v.regex(STREAM_PATTERN));
/** Of a name, or of one life of it (`logName`). */
const log = v.pipe(
  v.string(),
  v.check((name) => STREAM_PATTERN.test(name.replace(/~\d+~[^~/]{1,8}$/, '')), 'no log has such a name'),
);
const producer = v.object({ id: v.string(), epoch: vid, seq: vid });
const writers = v.object({
  producers: v.array(producer),
  seq: v.optional(v.string()),
  closedBy: v.optional(producer),
  evicted: v.optional(v.literal(true)),
});
const text = v.pipe(v.string(), v.minLength(1));
const entry = v.object({
  id: text,
  key: v.optional(v.string()),
  expect: v.optional(v.pipe(v.string(), v.regex(EXPECT_PATTERN))),
  redacted: v.optional(v.literal(true)),
  data: v.unknown(),
});

const Block = v.pipe(
  v.looseObject({
    first: v.pipe(vid, v.minValue(1)),
    last: vid,
    epoch: text,
    at: v.pipe(v.string(), v.isoTimestamp()),
    token: text,
    expires: vid,
    entries: v.array(entry),
    /** In base64. */
    bytes: v.optional(v.pipe(v.string(), v.base64())),
    mark: v.optional(v.picklist(['closed', 'deleted'])),
    writers: v.optional(writers),
  }),
  // One that only skips numbers has no entries.
  v.check(({ first, last, entries, bytes = '', mark }) => {
    const width = entries.length + Buffer.byteLength(bytes, 'base64') + (mark === undefined ? 0 : 1);
    return last >= first && (width === 0 || last - first + 1 === width);
  }, 'first, last and the number of entries do not fit together'),
);

const PieceLine = v.variant('kind', [
  v.object({ kind: v.literal('block'), channel: log, block: Block }),
  v.object({ kind: v.literal('producer'), log, producer }),
  v.object({ kind: v.literal('fork'), log, fork: v.object({ name: stream, log }) }),
  v.object({ kind: v.literal('doomed'), log, name: stream }),
  v.object({ kind: v.literal('stream'), log, name: stream, record: v.pipe(v.unknown(), v.check(isRecord)) }),
  v.object({ kind: v.literal('life'), channel, life: v.object({ epoch: text, reserved: vid }) }),
  v.object({
    kind: v.literal('state'),
    channel,
    entry: v.object({ key: text, vid, id: text, at: v.string(), data: v.unknown() }),
  }),
  v.object({
    kind: v.literal('cursor'),
    channel: stream,
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
  if (parsed.success) return withBytes(json as Piece);
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  throw new Error(path === null ? 'it is no line of an export' : `${path} is not as an export has it`);
}

/** The piece as a line: bytes as base64. */
export function lineOf(piece: Piece): string {
  if (piece.kind !== 'block' || !piece.block.bytes) return JSON.stringify(piece);
  const bytes = Buffer.from(piece.block.bytes).toString('base64');
  return JSON.stringify({ ...piece, block: { ...piece.block, bytes } });
}

/** Of a line that was checked: its bytes are base64. */
function withBytes(piece: Piece): Piece {
  if (piece.kind !== 'block' || piece.block.bytes === undefined) return piece;
  const bytes = Uint8Array.from(Buffer.from(String(piece.block.bytes), 'base64'));
  return { ...piece, block: { ...piece.block, bytes } };
}

function isRecord(record: unknown): boolean {
  try {
    return (recordOf(JSON.stringify(record)) satisfies StreamRecord) !== undefined;
  } catch {
    return false;
  }
}

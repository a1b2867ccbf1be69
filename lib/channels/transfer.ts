/**
 * Moving channels from one ground to another with everything that their readers know of them: epochs, vids, ids and times stay, so a reader goes on with
 * the `maxvid` that it has. What is copied twice is there once; a channel of another life is refused.
 */

import type { Cursors } from '../cursors/ports.ts';
import { type Entry, newEvent } from '../log/block.ts';
import type {
  ChannelRecords,
  Directory,
  EventLog,
  NewBlock,
  StreamListing,
  StreamStore,
} from '../log/ports.ts';
import type { StateEntry } from '../protocol/doorbell.ts';
import { doomedPieces, type StreamPiece, streamPieces, takeStreamPiece } from './transfer-streams.ts';

/** What a ground keeps of its channels and streams. */
export interface Kept {
  readonly log: EventLog;
  readonly records: ChannelRecords;
  readonly directory: Directory;
  readonly cursors: Cursors;
  readonly streams: StreamStore & StreamListing;
  /** Where the state outlives the log's events. */
  readonly states?: StateRows;
}

/** The state of a channel, row by row. */
export interface StateRows {
  /** Ascending by key. */
  all(channel: string): readonly StateEntry[];
  /** Keeps the entry unless a newer one of its key is there. */
  put(channel: string, entry: StateEntry): void;
}

/** A channel or stream, in the order in which it must be written: a line of an export is one of these. The channel of a block may be a stream's log. */
export type Piece =
  | StreamPiece
  | { readonly kind: 'block'; readonly channel: string; readonly block: Omit<NewBlock, 'events'> & Entries }
  | { readonly kind: 'life'; readonly channel: string; readonly life: ExportedIncarnation }
  | { readonly kind: 'state'; readonly channel: string; readonly entry: StateEntry }
  | {
      readonly kind: 'cursor';
      readonly channel: string;
      readonly client: string;
      readonly maxvid?: number;
      readonly epoch?: string;
      readonly seenAt: number;
    };

/** A channel's record, under the names that a file of an export has. */
interface ExportedIncarnation {
  readonly epoch: string;
  readonly reserved: number;
}

interface Entries {
  readonly entries: readonly Entry[];
}

/** Names that are read at once. */
const PAGE = 500;
/** Events that are read at once: more than 1 MiB, at which a read ends, mostly holds. */
const PAGE_EVENTS = 10_000;
/** Above every name: their characters are ASCII. */
const LAST_NAME = '\u007f';

/**
 * Everything that is kept of every channel in the directory. Where it is read while others append, it has of each channel at least what was there when
 * its name came.
 */
export async function* pieces(kept: Kept): AsyncGenerator<Piece> {
  yield* channelPieces(kept);
  // After the channels: the record of one that was deleted and made anew follows on its channel's.
  const logs = new Set<string>();
  for await (const name of kept.streams.names()) {
    for await (const piece of streamPieces(kept, name)) {
      if (piece.kind !== 'log') yield piece;
      // A source, and each of its forks, asks for the source's.
      else if (!logs.has(piece.log)) yield* blockPieces(kept.log, piece.log);
      if (piece.kind === 'log') logs.add(piece.log);
    }
    yield* cursorPieces(kept.cursors, name);
  }
  for await (const name of kept.streams.names()) yield* doomedPieces(kept, name);
}

async function* channelPieces(kept: Kept): AsyncGenerator<Piece> {
  const { records, directory } = kept;
  for (let from = ''; ; ) {
    const names = await directory.channels(from, LAST_NAME, PAGE);
    for (const channel of names) {
      const record = await records.get(channel);
      if (!record) continue;
      const { epoch, highWaterMark: reserved } = record;
      yield* piecesOf(kept, channel, { epoch, reserved });
    }
    const last = names.at(-1);
    if (last === undefined || names.length < PAGE) return;
    // No name lies between a name and itself with the lowest character after it.
    from = `${last}-`;
  }
}

async function* piecesOf(
  { log, cursors, streams, states }: Kept,
  channel: string,
  life: ExportedIncarnation,
): AsyncGenerator<Piece> {
  let recorded = false;
  for await (const block of blockPieces(log, channel)) {
    yield block;
    // As at a channel's birth, where the first block comes before the record.
    if (!recorded) yield { kind: 'life', channel, life };
    recorded = true;
  }
  if (!recorded) yield { kind: 'life', channel, life };
  for (const producer of await streams.producers(channel)) yield { kind: 'producer', log: channel, producer };
  for (const entry of states?.all(channel) ?? []) yield { kind: 'state', channel, entry };
  yield* cursorPieces(cursors, channel);
}

async function* blockPieces(log: EventLog, channel: string): AsyncGenerator<Piece> {
  for (let after = 0; ; ) {
    const blocks = await log.read(channel, after, PAGE_EVENTS);
    // The mark is about the queue that feeds this place, and says nothing where another one does.
    for (const { queueMark: _, ...block } of blocks) yield { kind: 'block', channel, block };
    const last = blocks.at(-1);
    if (!last) return;
    after = last.last;
  }
}

async function* cursorPieces(cursors: Cursors, channel: string): AsyncGenerator<Piece> {
  for (const { client, maxvid, epoch, seenAt } of await cursors.list(channel))
    yield {
      kind: 'cursor',
      channel,
      client,
      seenAt,
      ...(maxvid === undefined ? {} : { maxvid }),
      ...(epoch === undefined ? {} : { epoch }),
    };
}

/** Writes one piece. May be repeated. Throws an error whose message is for the operator when another block or life stands there. */
export async function take(kept: Omit<Kept, 'directory'>, piece: Piece): Promise<void> {
  if ('log' in piece) return takeStreamPiece(kept, piece);
  const { log, records, cursors, states } = kept;
  const { channel } = piece;
  if (piece.kind === 'block') {
    const { entries, ...block } = piece.block;
    const events = entries.map(({ id, key, data, ...extras }) => newEvent(id, data, key, extras));
    if ((await log.append(channel, { ...block, events })) === 'appended') return;
    const [there] = await log.read(channel, block.first - 1, 1);
    if (there?.first !== block.first || there.token !== block.token) throw otherLife(channel);
  } else if (piece.kind === 'life') {
    const { epoch, reserved } = piece.life;
    await records.begin(channel, { epoch, highWaterMark: reserved });
    // Refused where another life was recorded before.
    if (!(await records.reserve(channel, epoch, reserved))) throw otherLife(channel);
  } else if (piece.kind === 'state') {
    states?.put(channel, piece.entry);
  } else {
    const { client, maxvid, epoch, seenAt } = piece;
    const place = { ...(maxvid === undefined ? {} : { maxvid }), ...(epoch === undefined ? {} : { epoch }) };
    await cursors.visit(channel, client, place, undefined, seenAt);
  }
}

function otherLife(channel: string): Error {
  return new Error(`Channel ${channel} is there already, with events of its own. Copy into an empty place.`);
}

/**
 * What is kept of streams beside their blocks, copied: records, producers, edges of forks. Offsets stay what they were, because stamps and numbers stay. A log
 * is copied before the record that points to it, and its edges with it, so that what broke off has made nothing that lacks its beginning.
 */

import type { ChannelRecords, Fork, StreamListing, StreamStore } from '../log/ports.ts';
import { endOf, isOwnLog, type StreamRecord } from '../log/stream-record.ts';
import type { Producer } from '../log/writers.ts';

interface Ports {
  readonly records: ChannelRecords;
  readonly streams: StreamStore & StreamListing;
}

/** `log` is the log that it belongs to. */
export type StreamPiece =
  | { readonly kind: 'producer'; readonly log: string; readonly producer: Producer }
  | { readonly kind: 'fork'; readonly log: string; readonly fork: Fork }
  /** A log that no name needs any more, or will not from its end on: the sweep finds it. */
  | { readonly kind: 'doomed'; readonly log: string; readonly name: string }
  | { readonly kind: 'stream'; readonly log: string; readonly name: string; readonly record: StreamRecord };

/** The pieces of one stream; `log` stands for all blocks of that log. */
export async function* streamPieces(
  { records, streams }: Ports,
  name: string,
): AsyncGenerator<StreamPiece | { readonly kind: 'log'; readonly log: string }> {
  const life = await records.get(name);
  const record = life?.stream?.record;
  if (!record) return;
  const { log, segments, forked, state } = record;
  // The name is claimed in its own log; a channel of that name has brought it.
  if (life.epoch === '') yield { kind: 'log', log: name };
  const inherited = new Set([...segments.map((segment) => segment.log), ...(forked ? [forked.log] : [])]);
  const forks = await streams.forks(log);
  const isRead = state === 'live' || forks.length > 0;
  // What a fork reads may be a log of a name that was deleted, or made anew: then only its forks bring it.
  for (const one of isRead ? [...inherited, log] : []) {
    if (!isOwnLog(one)) continue;
    yield { kind: 'log', log: one };
    for (const producer of await streams.producers(one)) yield { kind: 'producer', log: one, producer };
  }
  for (const one of inherited) {
    for (const fork of await streams.forks(one)) {
      if (fork.log === log) yield { kind: 'fork', log: one, fork };
    }
  }
  yield { kind: 'stream', log, name, record };
}

/**
 * The logs of a stream that nobody will need at some time, or needs now: the sweep looks what is to be done. To be written when every stream is there: what a
 * fork reads is kept for that fork only once it is made.
 */
export async function* doomedPieces({ records }: Ports, name: string): AsyncGenerator<StreamPiece> {
  const record = (await records.get(name))?.stream?.record;
  if (!record) return;
  const { log, segments, forked } = record;
  if (isOwnLog(log) && (record.state === 'deleted' || Number.isFinite(endOf(record))))
    yield { kind: 'doomed', log, name };
  for (const segment of segments)
    if (isOwnLog(segment.log)) yield { kind: 'doomed', log: segment.log, name: forked?.from ?? name };
}

/** As `take`. */
export async function takeStreamPiece({ records, streams }: Ports, piece: StreamPiece): Promise<void> {
  const { log } = piece;
  if (piece.kind === 'producer') return streams.keepProducer(log, piece.producer);
  if (piece.kind === 'fork') return streams.addFork(log, piece.fork);
  if (piece.kind === 'doomed') return streams.doom({ log, name: piece.name, due: 0 });
  const { name, record } = piece;
  const there = (await records.get(name))?.stream;
  if (!there && (await streams.swap(name, undefined, record))) return;
  const now = (await records.get(name))?.stream?.record;
  if (now?.log !== log || now.stamp !== record.stamp || now.state !== record.state)
    throw new Error(`Stream ${name} is there already, with another life. Copy into an empty place.`);
}

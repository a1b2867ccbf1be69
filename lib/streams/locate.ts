/**
 * Finding a stream by its name: its present life, how far it reaches, and whether it is closed. Strongly consistent. The newest block of a life says
 * whether that life is over; its record only says where the log is and what was asked for.
 */

import { PushError } from '../errors.ts';
import { dataEnd, type LogBlock } from '../log/block.ts';
import type { Incarnation } from '../log/ports.ts';
import { isJson, liveRecord, mediaType, type Segment, type VersionedRecord } from '../log/stream-record.ts';
import { CONTENT_TYPES } from '../protocol/doorbell.ts';
import { stampOfEpoch } from './offsets.ts';
import type { StreamPorts } from './ports.ts';

export interface Stream {
  readonly name: string;
  /** As the epoch of its log's blocks names it. */
  readonly life: string;
  readonly log: string;
  readonly stamp: number;
  readonly base: number;
  readonly segments: readonly Segment[];
  readonly contentType: string;
  readonly isJson: boolean;
  /** The highest number that holds something. */
  readonly tail: number;
  readonly isClosed: boolean;
  /** Of one that was made by PUT. */
  readonly record?: VersionedRecord;
}

export type Found =
  | { readonly kind: 'live'; readonly stream: Stream }
  /** The record is of the life before, where there was one that is recorded. */
  | { readonly kind: 'none' | 'soft-deleted'; readonly record?: VersionedRecord };

export async function locate(ports: StreamPorts, name: string): Promise<Found> {
  const life = await ports.records.get(name);
  const { stream } = life ?? {};
  if (stream && stream.record.log !== name) {
    const record = liveRecord(stream.record, ports.clock.now());
    const block = record && (await ports.log.last(record.log));
    if (!record || block?.mark === 'deleted') return none(ports, stream);
    return { kind: 'live', stream: made(name, stream, block) };
  }
  return channel(ports, name, life);
}

/** True of a stream whose bytes are text. */
export function isText({ contentType }: Pick<Stream, 'contentType'>): boolean {
  return isJson(contentType) || mediaType(contentType).startsWith('text/');
}

/** Throws `not-found`, and `gone` for one that is only kept for its forks. */
export async function requireStream(ports: StreamPorts, name: string): Promise<Stream> {
  const found = await locate(ports, name);
  if (found.kind === 'live') return found.stream;
  throw missing(name, found.kind);
}

export function missing(name: string, kind: 'none' | 'soft-deleted'): PushError {
  return kind === 'none'
    ? new PushError('not-found', `There is no stream ${name}.`)
    : new PushError('gone', `Stream ${name} was deleted; only its forks still read what it held.`);
}

function made(name: string, versioned: VersionedRecord, block: LogBlock | undefined): Stream {
  const { log, stamp, base, segments, contentType } = versioned.record;
  return {
    name,
    life: block?.epoch ?? String(stamp),
    log,
    stamp,
    base,
    segments,
    contentType,
    isJson: isJson(contentType),
    tail: block ? dataEnd(block) : base,
    isClosed: block?.mark === 'closed',
    record: versioned,
  };
}

/** One that was born by its first event: an open stream of JSON. */
async function channel(
  { headReader, streams, log }: StreamPorts,
  name: string,
  life: Incarnation | undefined,
): Promise<Found> {
  const { head } = await headReader.check(name);
  const { stream } = life ?? {};
  if (head.epoch === null) {
    return stream ? none({ streams }, stream) : { kind: 'none' };
  }
  // The check leaves out a large block that it has seen before, and so its mark.
  const newest = await log.last(name);
  const block = newest?.last === head.vid ? newest : undefined;
  return {
    kind: 'live',
    stream: {
      name,
      life: head.epoch,
      log: name,
      stamp: stampOfEpoch(head.epoch),
      base: 0,
      segments: [],
      contentType: CONTENT_TYPES.json,
      isJson: true,
      tail: block ? dataEnd(block) : head.vid,
      isClosed: block?.mark === 'closed',
    },
  };
}

async function none({ streams }: Pick<StreamPorts, 'streams'>, record: VersionedRecord): Promise<Found> {
  const forks = await streams.forks(record.record.log);
  return { kind: forks.length > 0 ? 'soft-deleted' : 'none', record };
}

/**
 * Forks: a stream that goes on from a place in another one. What it inherits is not copied; an edge at the source's log keeps that from being removed.
 */

import { type Caller, requireRead } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import { mediaType, type Segment, type StreamRecord } from '../log/stream-record.ts';
import { locate, missing, type Stream } from './locate.ts';
import { placeOf } from './offsets.ts';
import type { StreamPorts } from './ports.ts';

/** As it was asked for. */
export interface ForkRequest {
  /** The source's name. */
  readonly from: string;
  readonly offset?: string;
  readonly subOffset?: number;
}

export interface ForkPoint {
  readonly source: Stream;
  /** The last number that is inherited. */
  readonly at: number;
  readonly segments: readonly Segment[];
}

type End = Pick<StreamRecord, 'ttlS' | 'expiresAt'>;

/** Where the fork leaves its source. Throws `not-found`, `conflict`, `bad-parameter`. */
export async function forkPoint(
  ports: StreamPorts,
  caller: Caller,
  { from, offset, subOffset = 0 }: ForkRequest,
  contentType: string | undefined,
): Promise<ForkPoint> {
  const source = await readableSource(ports, caller, from);
  if (contentType !== undefined && mediaType(contentType) !== mediaType(source.contentType))
    throw new PushError('conflict', `The source's content type is ${source.contentType}.`, {
      field: 'content-type',
    });
  const { tail } = source;
  const place = offset === undefined ? 'now' : placeOf(offset, source, tail, 'Stream-Fork-Offset');
  const at = (place === 'now' ? tail : place === 'start' ? 0 : place) + subOffset;
  if (at > tail) {
    const message = 'Stream-Fork-Sub-Offset is beyond the end of the source.';
    throw new PushError('bad-parameter', message, { field: 'stream-fork-sub-offset' });
  }
  return { source, at, segments: segmentsUpTo(source, at) };
}

/** A fork that asks for no end has its source's. */
export function inheritedEnd(asked: End, point: ForkPoint | undefined): End {
  if (asked.ttlS !== undefined || asked.expiresAt !== undefined) return asked;
  const { ttlS, expiresAt } = point?.source.record?.record ?? {};
  return {
    ...(ttlS === undefined ? {} : { ttlS }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

export function isSameFork(asked: ForkRequest | undefined, made: StreamRecord['forked']): boolean {
  return (
    asked?.from === made?.from &&
    asked?.offset === made?.offset &&
    (asked?.subOffset ?? 0) === (made?.subOffset ?? 0)
  );
}

/** Who may not read it is told what he is told of one that is not there. */
async function readableSource(ports: StreamPorts, caller: Caller, from: string): Promise<Stream> {
  try {
    requireRead(caller, from);
  } catch {
    throw missing(from, 'none');
  }
  const found = await locate(ports, from);
  if (found.kind === 'live') return found.stream;
  if (found.kind === 'none') throw missing(from, 'none');
  throw new PushError('conflict', missing(from, 'soft-deleted').message, { field: 'stream-forked-from' });
}

function segmentsUpTo({ log, stamp, base, segments }: Stream, at: number): readonly Segment[] {
  const inherited: Segment[] = [];
  for (const segment of segments) {
    inherited.push({ ...segment, upTo: Math.min(segment.upTo, at) });
    if (segment.upTo >= at) return inherited;
  }
  return at > base ? [...inherited, { log, stamp, upTo: at }] : inherited;
}

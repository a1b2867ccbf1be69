/**
 * Making a stream, or finding it as it was asked for. A new life gets a log of its own: what it begins with is written there first, then the name's
 * record is pointed at it. Before that the name itself is claimed in its own log, so that no event can give birth to a channel of that name.
 */

import { type Caller, requireManage } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import { type Mark, NEVER, widthOf } from '../log/block.ts';
import type { NewBlock } from '../log/ports.ts';
import { endOf, logName, mediaType, type StreamRecord } from '../log/stream-record.ts';
import { dataCheck } from '../publish/data-check.ts';
import { takeEdgeAway } from './delete.ts';
import { type ForkPoint, type ForkRequest, forkPoint, inheritedEnd, isSameFork } from './fork.ts';
import { type Found, locate, missing, type Stream } from './locate.ts';
import { type Content, contentOf, isEmpty } from './messages.ts';
import { offsetAt } from './offsets.ts';
import type { StreamWritePorts } from './ports.ts';

export interface CreateRequest {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly ttlS?: number;
  readonly expiresAt?: string;
  readonly closes: boolean;
  readonly fork?: ForkRequest;
  body(): Promise<Uint8Array>;
}

export interface Created {
  readonly isNew: boolean;
  readonly contentType: string;
  readonly nextOffset: string;
  readonly isClosed: boolean;
}

const DEFAULT_TYPE = 'application/octet-stream';
/** A name for which several make a stream at once: as often as that others may be first. */
const TRIES = 5;
/** When the log of a life that never began may be removed. */
const UNBORN_MS = 3_600_000;

/** Throws `forbidden`, `conflict` where the name is taken otherwise, `bad-parameter`, `bad-body`, `not-found` for a source that is not there. */
export async function createStream(
  ports: StreamWritePorts,
  caller: Caller,
  request: CreateRequest,
): Promise<Created> {
  requireManage(caller, request.name);
  const body = await request.body();
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const found = await locate(ports, request.name);
    if (found.kind === 'soft-deleted')
      throw new PushError('conflict', missing(request.name, 'soft-deleted').message, { field: 'path' });
    if (found.kind === 'live') return existing(found.stream, request);
    const made = await make(ports, caller, request, body, found);
    if (made) return made;
  }
  throw new PushError('unavailable', `Stream ${request.name} is being made by others at the same time.`);
}

function existing(stream: Stream, request: CreateRequest): Created {
  const { record } = stream.record ?? {};
  const { contentType, ttlS, expiresAt, closes, fork } = request;
  const type = contentType ?? (fork ? stream.contentType : DEFAULT_TYPE);
  const differs =
    mediaType(type) !== mediaType(stream.contentType)
      ? 'content type'
      : ttlS !== record?.asked?.ttlS
        ? 'Stream-TTL'
        : expiresAt !== record?.asked?.expiresAt
          ? 'Stream-Expires-At'
          : closes !== stream.isClosed
            ? 'closed or open'
            : !isSameFork(fork, record?.forked)
              ? 'Stream-Forked-From'
              : undefined;
  if (differs !== undefined) {
    const message = `Stream ${stream.name} is there already, and not as it is asked for: ${differs}.`;
    throw new PushError('conflict', message, { field: 'path' });
  }
  return {
    isNew: false,
    contentType: stream.contentType,
    nextOffset: offsetAt(stream, stream.tail),
    isClosed: stream.isClosed,
  };
}

/** Undefined when somebody else was first. */
async function make(
  ports: StreamWritePorts,
  caller: Caller,
  request: CreateRequest,
  body: Uint8Array,
  { record: before }: Exclude<Found, { kind: 'live' }>,
): Promise<Created | undefined> {
  const { name, fork } = request;
  const point = fork && (await forkPoint(ports, caller, fork, request.contentType));
  const record = recordFor(ports, request, before?.record, point);
  const isJson = mediaType(record.contentType) === 'application/json';
  const newId = () => ports.random.id();
  const content: Content =
    body.byteLength === 0 ? { events: [] } : contentOf(body, isJson, newId, dataCheck(ports.schemas, name));
  if (!before && !(await claim(ports, name))) return undefined;
  const taken = point && (await takeEdge(ports, point, { name, log: record.log }));
  const begun = await begin(ports, request, record, content);
  const isMine = begun !== undefined && (await ports.streams.swap(name, before?.version, record));
  if (!isMine) {
    if (taken) await takeEdgeAway(ports, taken.source, { name, log: record.log });
    return undefined;
  }
  // The life before may have ended by its time, of which nobody was told.
  ports.watchRegistry?.startedAnew(name);
  await noteEnd(ports, name, record);
  // Whoever waits in another process for the first event of that name.
  if (begun !== 'empty') await ports.bell.ring(name, begun);
  const tail = begun === 'empty' ? record.base : begun.last - (begun.mark ? 1 : 0);
  const { contentType } = record;
  return { isNew: true, contentType, nextOffset: offsetAt(record, tail), isClosed: request.closes };
}

/** A block that no publish can be before: whoever knows the name as a channel must look at its record. False for a channel that lives. */
async function claim({ log, clock, random }: StreamWritePorts, name: string): Promise<boolean> {
  const at = new Date(clock.now()).toISOString();
  const token = random.id();
  const block = { first: 1, last: 1, epoch: token, at, token, expires: NEVER, events: [] };
  if ((await log.append(name, { ...block, mark: 'deleted' })) === 'appended') return true;
  return (await log.last(name))?.mark === 'deleted';
}

/** Keeps the source from being removed, and only then looks whether it is still there: who deletes it looks for edges after that. */
async function takeEdge(
  ports: StreamWritePorts,
  point: ForkPoint,
  fork: { readonly name: string; readonly log: string },
): Promise<ForkPoint> {
  await ports.streams.addFork(point.source.log, fork);
  const found = await locate(ports, point.source.name);
  if (found.kind === 'live' && found.stream.log === point.source.log) return point;
  await takeEdgeAway(ports, point.source, fork);
  throw missing(point.source.name, 'none');
}

/** Writes what the life begins with, and returns its block. Undefined when another life has that log. */
async function begin(
  { log, streams, clock, random }: StreamWritePorts,
  { name, closes }: CreateRequest,
  record: StreamRecord,
  content: Content,
): Promise<NewBlock | 'empty' | undefined> {
  const { events, bytes } = content;
  if (isEmpty(content) && !closes) return 'empty';
  const doomed = { name, log: record.log, due: clock.now() + UNBORN_MS };
  await streams.doom(doomed);
  const mark: Mark | undefined = closes ? 'closed' : undefined;
  const held = { events, ...(bytes ? { bytes } : {}), ...(mark ? { mark } : {}) };
  const width = widthOf(held);
  const at = new Date(clock.now()).toISOString();
  const first = record.base + 1;
  const place = { first, last: record.base + width, epoch: String(record.stamp), at, token: random.id() };
  const block: NewBlock = { ...place, expires: NEVER, ...held };
  return (await log.append(record.log, block)) === 'appended' ? block : undefined;
}

async function noteEnd({ streams }: StreamWritePorts, name: string, record: StreamRecord): Promise<void> {
  const end = endOf(record);
  if (Number.isFinite(end)) await streams.doom({ name, log: record.log, due: end });
}

function recordFor(
  { clock, random }: StreamWritePorts,
  { name, contentType, ttlS, expiresAt, fork }: CreateRequest,
  before: StreamRecord | undefined,
  point: ForkPoint | undefined,
): StreamRecord {
  const now = clock.now();
  const stamp = Math.max(now, (before?.stamp ?? 0) + 1, (point?.source.stamp ?? 0) + 1);
  const asked = {
    ...(ttlS === undefined ? {} : { ttlS }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return {
    state: 'live',
    log: logName(name, stamp, random.id()),
    stamp,
    contentType: contentType ?? point?.source.contentType ?? DEFAULT_TYPE,
    asked,
    ...inheritedEnd(asked, point),
    touchedAt: now,
    base: point?.at ?? 0,
    segments: point?.segments ?? [],
    ...(fork && point ? { forked: { ...fork, log: point.source.log } } : {}),
  };
}

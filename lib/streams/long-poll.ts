/** The long poll of a stream: what comes after an offset, as soon as there is something, or nothing when the wait ends. */

import { type Caller, requireRead } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import type { DisconnectSignal } from '../poll/wait.ts';
import { requireStream, type Stream } from './locate.ts';
import { checkOffsetForm, type Place, placeOf } from './offsets.ts';
import type { StreamReadPorts } from './ports.ts';
import { answerAt, emptyAnswer, type StreamAnswer } from './read.ts';
import { type SharedReads, sharedReads } from './shared-reads.ts';
import { touch } from './touch.ts';
import { waitAtEnd } from './wait.ts';

export interface LongPoll {
  readonly name: string;
  readonly offset: string;
  /** 0..20,000 ms. */
  readonly waitMs: number;
}

/** The answer; an empty one when nothing came. Throws as `readStream` and `waitAtEnd`; `not-found` also for a stream that is deleted meanwhile. */
export async function longPoll(
  ports: StreamReadPorts,
  caller: Caller,
  { name, offset, waitMs }: LongPoll,
  signal?: DisconnectSignal,
): Promise<StreamAnswer> {
  const reader = await placedReader(ports, caller, name, offset);
  return nextAnswer(ports, caller, reader, waitMs, signal);
}

/** A reader of a stream, and where it is. */
export interface PlacedReader {
  readonly stream: Stream;
  readonly after: number;
  readonly place: Place;
  /** Of the head that the stream is known by, where it was not looked up for this reader. */
  readonly reads?: SharedReads;
}

/** Throws as `readStream`. */
export async function placedReader(
  ports: StreamReadPorts,
  caller: Caller,
  name: string,
  offset: string,
): Promise<PlacedReader> {
  requireRead(caller, name);
  checkOffsetForm(offset);
  const known = atOnce(ports, name, offset);
  if (known) return known;
  const stream = await requireStream(ports, name);
  await touch(ports, stream);
  return placed(stream, placeOf(offset, stream, stream.tail));
}

/**
 * The reader where nothing need be asked for: this process is told of each append, and knows the stream as the last one left it. Undefined where a look may
 * show otherwise: of who asks where the end is now, or comes from a place that is none by what is known here.
 */
function atOnce(ports: StreamReadPorts, name: string, offset: string): PlacedReader | undefined {
  const watch = ports.watchRegistry.peek(name);
  if (!watch?.isArmed || offset === 'now') return undefined;
  const reads = sharedReads(ports, watch);
  const stream = reads.known;
  if (!stream) return undefined;
  try {
    return { ...placed(stream, placeOf(offset, stream, stream.tail)), reads };
  } catch {
    return undefined;
  }
}

function placed(stream: Stream, place: Place): PlacedReader {
  return { stream, place, after: place === 'now' ? stream.tail : place === 'start' ? 0 : place };
}

/** The answer after a place, at once where there is something. */
export async function nextAnswer(
  ports: StreamReadPorts,
  caller: Caller,
  at: PlacedReader,
  waitMs: number,
  signal?: DisconnectSignal,
): Promise<StreamAnswer> {
  const { after, place } = at;
  const deadline = ports.clock.elapsed() + waitMs;
  let { stream, reads } = at;
  for (;;) {
    const from = place === 'now' ? after : place;
    if (after < stream.tail) return reads ? reads.answer(stream, from) : answerAt(ports, stream, from);
    if (stream.isClosed) return emptyAnswer(stream, after);
    const leftMs = deadline - ports.clock.elapsed();
    const { name, life } = stream;
    const wait = { name, life, after, stream };
    reads = leftMs > 0 ? await waitAtEnd(ports, caller, wait, leftMs, signal) : undefined;
    if (!reads) break;
    const now = await reads.stream();
    if (now.stamp !== stream.stamp)
      throw new PushError('gone', `Stream ${stream.name} was deleted and made anew.`, { field: 'offset' });
    stream = now;
  }
  if (stream.record?.record.ttlS !== undefined) await touch(ports, await requireStream(ports, stream.name));
  return emptyAnswer(stream, after);
}

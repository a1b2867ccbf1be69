/** The long poll of a stream: what comes after an offset, as soon as there is something, or nothing when the wait ends. */

import { type Caller, requireRead } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import type { DisconnectSignal } from '../poll/wait.ts';
import { requireStream, type Stream } from './locate.ts';
import { checkOffsetForm, type Place, placeOf } from './offsets.ts';
import type { StreamPorts, StreamReadPorts } from './ports.ts';
import { answerAt, emptyAnswer, type StreamAnswer } from './read.ts';
import type { SharedReads } from './shared-reads.ts';
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
}

/** Throws as `readStream`. */
export async function placedReader(
  ports: StreamPorts,
  caller: Caller,
  name: string,
  offset: string,
): Promise<PlacedReader> {
  requireRead(caller, name);
  checkOffsetForm(offset);
  const stream = await requireStream(ports, name);
  await touch(ports, stream);
  const place = placeOf(offset, stream, stream.tail);
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
  let { stream } = at;
  let woken: SharedReads | undefined;
  for (;;) {
    const from = place === 'now' ? after : place;
    if (after < stream.tail) return woken ? woken.answer(stream, from) : answerAt(ports, stream, from);
    if (stream.isClosed) return emptyAnswer(stream, after);
    const leftMs = deadline - ports.clock.elapsed();
    woken = leftMs > 0 ? await waitAtEnd(ports, caller, { ...stream, after }, leftMs, signal) : undefined;
    if (!woken) break;
    const now = await woken.stream();
    if (now.stamp !== stream.stamp)
      throw new PushError('gone', `Stream ${stream.name} was deleted and made anew.`, { field: 'offset' });
    stream = now;
  }
  if (stream.record?.record.ttlS !== undefined) await touch(ports, await requireStream(ports, stream.name));
  return emptyAnswer(stream, after);
}

/** Reading a stream: what there is after an offset, at once (catch-up), and what is known of a stream without its messages. */

import { type Caller, requireRead } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import type { Block } from '../log/block.ts';
import { readLineage } from '../log/read/lineage.ts';
import { missing, requireStream, type Stream } from './locate.ts';
import { checkOffsetForm, offsetAt, type Place, placeOf } from './offsets.ts';
import { bytesPage, jsonPage, type Page } from './page.ts';
import type { StreamPorts } from './ports.ts';
import { touch } from './touch.ts';

/** Messages, or bytes, that a read asks the log for. It stops at 1 MiB by itself. */
const MOST_MESSAGES = 10_000;
const MOST_BYTES = 1024 * 1024;

/** What a reader gets. */
export interface StreamAnswer {
  readonly stream: Stream;
  readonly page: Page;
  /** Where it begins, and where the next one does. */
  readonly after: number;
  readonly nextOffset: string;
  /** Nothing was after it when it was made. */
  readonly isUpToDate: boolean;
  /** And nothing ever will be. */
  readonly isClosed: boolean;
}

/** What there is after the offset. Throws `forbidden`, `not-found`, `bad-parameter`, and `gone` for what is not kept any more. */
export async function readStream(
  ports: StreamPorts,
  caller: Caller,
  name: string,
  offset: string | undefined,
): Promise<StreamAnswer> {
  requireRead(caller, name);
  checkOffsetForm(offset);
  const stream = await requireStream(ports, name);
  await touch(ports, stream);
  return answerAt(ports, stream, placeOf(offset, stream, stream.tail));
}

/** What is known of a stream. Does not count as reading it. */
export async function lookAt(ports: StreamPorts, caller: Caller, name: string): Promise<Stream> {
  requireRead(caller, name);
  return requireStream(ports, name);
}

/** The answer to a reader at this place. Throws as `readStream`. */
export async function answerAt(ports: StreamPorts, stream: Stream, place: Place): Promise<StreamAnswer> {
  const { tail, isJson } = stream;
  if (place === 'now') return emptyAnswer(stream, tail);
  const after = place === 'start' ? 0 : place;
  if (after === tail) return emptyAnswer(stream, after);
  return answerOf(
    stream,
    place,
    await readLineage(ports.log, stream, after, isJson ? MOST_MESSAGES : MOST_BYTES),
  );
}

/** The answer of these blocks, which hold what comes after the place, ascending. Throws as `readStream`. */
export function answerOf(
  stream: Stream,
  place: Exclude<Place, 'now'>,
  blocks: readonly Block[],
): StreamAnswer {
  const { tail, name, isJson } = stream;
  const after = place === 'start' ? 0 : place;
  const page = isJson ? jsonPage(blocks, after) : bytesPage(blocks, after);
  if (page.isDeleted) throw missing(name, 'none');
  // All of it has expired.
  const next = blocks.length === 0 ? tail : page.next;
  const missed = blocks.length === 0 ? tail - after : page.missed;
  if (missed > 0 && place !== 'start')
    throw new PushError('gone', `What came after this offset is not kept any more. Begin with offset=-1.`, {
      field: 'offset',
    });
  return {
    stream,
    page: { ...page, next },
    after,
    nextOffset: offsetAt(stream, next),
    isUpToDate: next >= tail,
    isClosed: page.isLast || (stream.isClosed && next === tail),
  };
}

/** To a reader who has seen everything. */
export function emptyAnswer(stream: Stream, after: number): StreamAnswer {
  const page = { parts: [], next: after, isLast: stream.isClosed, isDeleted: false, missed: 0 };
  return {
    stream,
    page,
    after,
    nextOffset: offsetAt(stream, after),
    isUpToDate: true,
    isClosed: stream.isClosed,
  };
}

/**
 * Appending to a stream, and closing it: one conditional put carries the messages, who wrote them and the end. What comes too early from a producer
 * that sends several batches at once is held for a moment: the one before it may be on its way through another process.
 */

import { type Caller, requireManage, requireWrite } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import type { Outcome, StreamWrite } from '../log/append/stream-draft.ts';
import { mediaType } from '../log/stream-record.ts';
import type { Producer } from '../log/writers.ts';
import { dataCheck } from '../publish/data-check.ts';
import { requireStream, type Stream } from './locate.ts';
import { type Content, contentOf, isEmpty } from './messages.ts';
import { offsetAt } from './offsets.ts';
import type { StreamWritePorts } from './ports.ts';
import { touch } from './touch.ts';

export type { Producer };

export interface AppendRequest {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly producer?: Producer;
  readonly seq?: string;
  /** `Stream-Closed: true`. */
  readonly closes: boolean;
  /** Reads the body, once the caller is known to be allowed to write. */
  body(): Promise<Uint8Array>;
}

/** What became of it, and where the stream ends now; `isBare`: it had no body. */
export type AppendAnswer = Outcome & { readonly nextOffset: string; readonly isBare: boolean };

/** Tries of a batch that comes before its turn, and how long each waits, in ms. */
const GAP_TRIES = 5;
const GAP_MS = 20;

/**
 * Everything that the stream refuses is an outcome, but for `gone`. Throws `forbidden`, `not-found`, `gone`, `bad-body`, `too-large`, `conflict` for
 * another content type, and `unavailable` as `Appender.append`.
 */
export async function appendTo(
  ports: StreamWritePorts,
  caller: Caller,
  request: AppendRequest,
): Promise<AppendAnswer> {
  const { name, closes } = request;
  requireWrite(caller, name);
  if (closes) requireManage(caller, name);
  const known = ports.knownStreams.find(name);
  const found = known ?? (await lookUp(ports, name));
  const body = await request.body();
  if (!known) return answerOf(found, body, await write(ports, found, request, body));
  const outcome = await writeToKnown(ports, known, request, body);
  if (outcome?.kind === 'appended') return answerOf(known, body, outcome);
  // What is known may be out of date, and so may be why it was not appended.
  const stream = await lookUp(ports, name);
  const isSame = outcome !== undefined && stream.life === known.life;
  return answerOf(stream, body, isSame ? outcome : await write(ports, stream, request, body));
}

async function lookUp(ports: StreamWritePorts, name: string): Promise<Stream> {
  const { knownStreams } = ports;
  const readAt = knownStreams.instant();
  const stream = await requireStream(ports, name);
  knownStreams.note(stream, readAt);
  return stream;
}

/** Undefined of what is refused before it is written. */
async function writeToKnown(
  ports: StreamWritePorts,
  known: Stream,
  request: AppendRequest,
  body: Uint8Array,
): Promise<Outcome | undefined> {
  let content: ReturnType<typeof checked>;
  try {
    content = checked(ports, known, request, body);
  } catch (error) {
    if (error instanceof PushError) return undefined;
    throw error;
  }
  return 'kind' in content ? content : put(ports, known, request, content);
}

async function write(
  ports: StreamWritePorts,
  stream: Stream,
  request: AppendRequest,
  body: Uint8Array,
): Promise<Outcome> {
  const content = checked(ports, stream, request, body);
  return 'kind' in content ? content : put(ports, stream, request, content);
}

async function put(
  ports: StreamWritePorts,
  stream: Stream,
  { name, closes, producer, seq }: AppendRequest,
  { events, bytes }: Content,
): Promise<Outcome> {
  const { appender, bell, clock } = ports;
  const { life } = stream;
  await touch(ports, stream);
  const write: StreamWrite = {
    life,
    ...(bytes ? { bytes } : {}),
    ...(producer ? { producer } : {}),
    ...(seq === undefined ? {} : { seq }),
    ...(closes ? { mark: 'closed' } : {}),
  };
  for (let attempt = 1; ; attempt++) {
    const { outcome, block, head } = await appender.write(name, events, write);
    if (outcome.kind === 'gap' && attempt < GAP_TRIES) {
      await clock.sleep(GAP_MS);
      continue;
    }
    if (outcome.kind === 'appended') await bell.ring(name, block ?? head);
    return outcome;
  }
}

function answerOf(stream: Stream, body: Uint8Array, outcome: Outcome): AppendAnswer {
  if (outcome.kind === 'gone')
    throw new PushError('not-found', `There is no stream ${stream.name} any more.`);
  const tail = 'tail' in outcome ? outcome.tail : stream.tail;
  return { ...outcome, isBare: body.byteLength === 0, nextOffset: offsetAt(stream, tail) };
}

/** The content of the body; or that the stream is closed, which is told before anything that is wrong with the body's type or text. */
function checked(
  { random, schemas }: StreamWritePorts,
  stream: Stream,
  { contentType, closes, producer }: AppendRequest,
  body: Uint8Array,
): Content | (Outcome & { readonly kind: 'closed' }) {
  const closed = stream.isClosed ? ({ kind: 'closed', tail: stream.tail } as const) : undefined;
  if (body.byteLength === 0) {
    if (closes) return { events: [] };
    throw new PushError('bad-body', 'The body is empty: only a request with Stream-Closed: true may be.', {
      field: 'body',
    });
  }
  if (contentType === undefined || contentType.trim() === '')
    throw new PushError('bad-parameter', 'Content-Type is missing.', { field: 'content-type' });
  if (mediaType(contentType) !== mediaType(stream.contentType)) {
    if (closed) return closed;
    const message = `The stream's content type is ${stream.contentType}.`;
    throw new PushError('conflict', message, { field: 'content-type' });
  }
  // The batch that closed it may come again.
  if (closed && !producer) return closed;
  try {
    const content = contentOf(body, stream.isJson, () => random.id(), dataCheck(schemas, stream.name));
    if (!isEmpty(content)) return content;
  } catch (error) {
    if (!closed) throw error;
  }
  // What could not have been taken is not that batch.
  if (closed) return closed;
  throw new PushError('bad-body', 'An empty array holds no message.', { field: 'body' });
}

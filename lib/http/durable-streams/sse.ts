/**
 * GET /v1/stream/{path}?live=sse: server-sent events (WHATWG HTML, 9.2), as the Durable Streams protocol fills them: one `data` event for each batch,
 * then a `control` event that says where the reader is.
 */

import type { Context } from 'hono';
import { PushError } from '../../errors.ts';
import { nextCursor } from '../../streams/cursor.ts';
import { type FollowOptions, followStream } from '../../streams/follow.ts';
import { isText } from '../../streams/locate.ts';
import { placedReader } from '../../streams/long-poll.ts';
import { offsetAt } from '../../streams/offsets.ts';
import type { StreamReadPorts } from '../../streams/ports.ts';
import type { StreamAnswer } from '../../streams/read.ts';
import type { Variables } from '../middleware/authenticate.ts';
import { HEADERS } from './headers.ts';
import { incompleteBytes, textOf } from './sse-text.ts';

export interface EventStreamOptions extends FollowOptions {
  /** False behind a gateway that passes on whole answers only. */
  readonly isStreamed: boolean;
}

/** About as long as the protocol asks for; a comment now and then. */
export const STREAMED: EventStreamOptions = { forMs: 60_000, turnMs: 15_000, isStreamed: true };
/**
 * What is there, and at the end of the stream a wait below a second: the protocol's TypeScript client takes three connections that short for a
 * proxy that buffers, and goes on with long polls.
 */
export const SHORT: EventStreamOptions = { forMs: 900, turnMs: 900, isStreamed: false };

export interface EventStreamRequest {
  readonly name: string;
  readonly offset: string;
  readonly cursor: string | undefined;
}

export async function streamEvents(
  c: Context<{ Variables: Variables }>,
  ports: StreamReadPorts,
  { name, offset, cursor }: EventStreamRequest,
  options: EventStreamOptions,
): Promise<Response> {
  const { caller, checkAgain } = c.var;
  const reader = await placedReader(ports, caller, name, offset);
  const text = isText(reader.stream);
  const answers = followStream(ports, caller, reader, options, c.req.raw.signal, checkAgain);
  // What is wrong is found by the first look, and told as a problem while that is possible.
  const first = await answers.next();
  const events = new EventWriter(ports, text, cursor);
  c.header('Cache-Control', 'no-cache, no-store');
  const headers = {
    'Content-Type': 'text/event-stream',
    'X-Accel-Buffering': 'no',
    ...(text ? {} : { [HEADERS.dataEncoding]: 'base64' }),
  };
  if (!options.isStreamed) return c.body(await wholeText(first, answers, events), 200, headers);
  // The Node adapter then does not read ahead to find a length.
  return c.body(bodyOf(first, answers, events), 200, { ...headers, 'Transfer-Encoding': 'chunked' });
}

/** Answers as events. Of text it keeps back the beginning of a character whose end has yet to come. */
class EventWriter {
  readonly #ports: StreamReadPorts;
  readonly #isText: boolean;
  #cursor: string | undefined;
  #backlog: Uint8Array = new Uint8Array();
  #hasBegun = false;

  constructor(ports: StreamReadPorts, isText: boolean, cursor: string | undefined) {
    this.#ports = ports;
    this.#isText = isText;
    this.#cursor = cursor;
  }

  textOf(answer: StreamAnswer): string {
    const { stream, page, isUpToDate, isClosed } = answer;
    // A comment keeps proxies from taking a quiet connection for a dead one.
    if (this.#hasBegun && page.parts.length === 0 && !isClosed) return ':\n\n';
    this.#hasBegun = true;
    const data = this.#data(answer);
    const next = page.next - this.#backlog.byteLength;
    this.#cursor = nextCursor(this.#cursor, this.#ports);
    const control = {
      streamNextOffset: offsetAt(stream, next),
      ...(isClosed ? {} : { streamCursor: this.#cursor }),
      ...(isUpToDate && !isClosed ? { upToDate: true } : {}),
      ...(isClosed ? { upToDate: true, streamClosed: true } : {}),
    };
    return `${data}event: control\ndata:${JSON.stringify(control)}\n\n`;
  }

  #data({ stream, page, isClosed }: StreamAnswer): string {
    if (stream.isJson) return page.parts.length === 0 ? '' : textOf(`[${page.parts.join(',')}]`);
    const bytes = Buffer.concat([this.#backlog, ...(page.parts as readonly Uint8Array[])]);
    if (!this.#isText) return bytes.byteLength === 0 ? '' : textOf(bytes.toString('base64'));
    const held = isClosed ? 0 : incompleteBytes(bytes);
    this.#backlog = bytes.subarray(bytes.byteLength - held);
    const whole = bytes.subarray(0, bytes.byteLength - held);
    return whole.byteLength === 0 ? '' : textOf(whole.toString('utf8'));
  }
}

type Answers = AsyncGenerator<StreamAnswer, void>;

async function wholeText(
  first: IteratorResult<StreamAnswer, void>,
  answers: Answers,
  events: EventWriter,
): Promise<string> {
  let text = first.value ? events.textOf(first.value) : '';
  // More than one megabyte is read by the next connection.
  if (first.value?.isUpToDate) for await (const answer of answers) text += events.textOf(answer);
  else await answers.return();
  return text;
}

/** The answers as a body that holds none of them: the next one is asked for when the connection has taken the last. */
function bodyOf(
  first: IteratorResult<StreamAnswer, void>,
  answers: Answers,
  events: EventWriter,
): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder();
  let begun: IteratorResult<StreamAnswer, void> | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value } = begun ?? (await answers.next());
          begun = undefined;
          if (value) controller.enqueue(utf8.encode(events.textOf(value)));
          else controller.close();
        } catch (error) {
          if (!(error instanceof PushError)) throw error;
          // Its client is told what is wrong when it comes again.
          controller.close();
        }
      },
      async cancel() {
        await answers.return().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * GET /v1/stream/{path}?live=sse: server-sent events (WHATWG HTML, 9.2), as the Durable Streams protocol fills them: one `data` event for each batch,
 * then a `control` event that says where the reader is.
 */

import type { Context } from 'hono';
import { PushError } from '../../errors.ts';
import type { StreamReadPorts } from '../../streams/ports.ts';
import type { StreamAnswer } from '../../streams/read.ts';
import type { Variables } from '../middleware/authenticate.ts';
import {
  CHUNKED,
  type EventStreamRequest,
  type EventStreamSpan,
  type EventWriter,
  openEvents,
} from './event-texts.ts';

export interface EventStreamOptions extends EventStreamSpan {
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

export async function streamEvents(
  c: Context<{ Variables: Variables }>,
  ports: StreamReadPorts,
  request: EventStreamRequest,
  options: EventStreamOptions,
): Promise<Response> {
  const { caller, checkAgain } = c.var;
  const opened = await openEvents(ports, caller, request, options, c.req.raw.signal, checkAgain);
  const { first, answers, events, headers } = opened;
  c.header('Cache-Control', headers['Cache-Control']);
  if (!options.isStreamed) return c.body(await wholeText(first, answers, events), 200, headers);
  // The Node adapter then does not read ahead to find a length.
  return c.body(bodyOf(first, answers, events), 200, { ...headers, ...CHUNKED });
}

type Answers = AsyncGenerator<StreamAnswer, void>;

async function wholeText(
  first: IteratorResult<StreamAnswer, void>,
  answers: Answers,
  events: EventWriter,
): Promise<string> {
  let text = first.value ? events.next(first.value).text : '';
  // More than one megabyte is read by the next connection.
  if (first.value?.isUpToDate) for await (const answer of answers) text += events.next(answer).text;
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
          if (value) controller.enqueue(utf8.encode(events.next(value).text));
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

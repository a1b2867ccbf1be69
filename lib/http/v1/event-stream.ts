/**
 * GET …/events as server-sent events (WHATWG HTML, 9.2), for servers that can write an answer bit by bit: `Accept: text/event-stream`. Each event's id is
 * its vid, so a browser that comes back with `Last-Event-ID` goes on where it was.
 */

import { PushError } from '../../errors.ts';
import type { PollPorts, PollRequest } from '../../poll/poll.ts';
import { follow } from '../../poll/poll-loop.ts';
import { narrowFor } from '../../poll/wish.ts';
import type { PollAnswer } from '../../protocol/doorbell.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { pollRequest } from './poll-params.ts';

const EVENT_STREAM = 'text/event-stream';

/** What a stream's head says besides what every answer's does. */
export const STREAM_HEAD = {
  'Content-Type': EVENT_STREAM,
  // What goes on for minutes must not be gathered by a proxy (nginx).
  'X-Accel-Buffering': 'no',
  // The Node adapter then does not read ahead to find a length. Over HTTP/2, which forbids the header, nobody sees it.
  'Transfer-Encoding': 'chunked',
};

/** Whether a stream is what the client would like best. */
export function asksForStream(accept: string | undefined): boolean {
  return accept?.split(/[,;]/, 1)[0]?.trim().toLowerCase() === EVENT_STREAM;
}

/** As a poll's, but that a reader who comes again says with `Last-Event-ID` where it was. */
export function streamRequest(
  channel: string,
  query: URLSearchParams,
  lastEventId: string | undefined,
): PollRequest {
  const asked = new URLSearchParams(query);
  if (lastEventId) asked.set('maxvid', lastEventId);
  return pollRequest(channel, asked);
}

/** Mount it before the polls, which answer who does not ask for a stream. */
export function streamRoutes(ports: PollPorts): Mount {
  return (app) => {
    app.get(ROUTES.poll.path, async (c, next) => {
      if (!asksForStream(c.req.header('accept'))) return next();
      const { signal } = c.req.raw;
      const { caller, checkAgain } = c.var;
      const request = streamRequest(c.req.param('channel'), c.var.query, c.req.header('last-event-id'));
      const answers = follow(ports, caller, request, signal, checkAgain);
      // What is wrong is found by the first look, and told as a problem while that is possible.
      const first = await answers.next();
      const narrow = first.value && narrowFor(caller, first.value.channel, request.narrow);
      return c.body(bodyOf(first, answers, narrow !== undefined), 200, STREAM_HEAD);
    });
  };
}

/** The answers as a body that holds none of them: the next one is asked for when the connection has taken the last. Whoever reads slowly is asked for slowly. */
function bodyOf(
  first: IteratorResult<PollAnswer, void>,
  answers: AsyncGenerator<PollAnswer, void>,
  isNarrow: boolean,
): ReadableStream<Uint8Array> {
  let begun: IteratorResult<PollAnswer, void> | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value } = begun ?? (await answers.next());
          begun = undefined;
          if (value) controller.enqueue(textOf(value, isNarrow));
          else controller.close();
        } catch (error) {
          if (!(error instanceof PushError)) throw error;
          const last = lastMessage(error);
          if (last !== undefined) controller.enqueue(UTF8.encode(last));
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

const UTF8 = new TextEncoder();
const texts = new WeakMap<PollAnswer, Uint8Array>();

/** The answer as messages, written once for all readers that share it. */
function textOf(answer: PollAnswer, isNarrow: boolean): Uint8Array {
  let text = texts.get(answer);
  if (!text) {
    text = UTF8.encode(messagesOf(answer, isNarrow));
    texts.set(answer, text);
  }
  return text;
}

/**
 * The answer as messages: a comment where it is empty. A narrow reader is told instead where it stands, which is behind what it did not want: an id without
 * data is no event to an `EventSource`, but is what it sends when it comes again.
 */
export function messagesOf({ events, maxvid, missed, closed }: PollAnswer, isNarrow = false): string {
  const id = events[0] ? events[0].vid - 1 : maxvid;
  const gap = missed > 0 ? `event: missed\ndata: ${missed}\nid: ${id}\n\n` : '';
  const messages = events.map((event) => `id: ${event.vid}\ndata: ${JSON.stringify(event)}\n\n`);
  if (isNarrow && !closed && events.at(-1)?.vid !== maxvid) messages.push(`id: ${maxvid}\n\n`);
  // A comment keeps proxies from taking a quiet connection for a dead one.
  return gap + (messages.join('') || ':\n\n');
}

/** What a stream that ends with an error says of it. Whatever is no reset, the client is told when it comes again. */
export function lastMessage({ code, message: detail, details }: PushError): string | undefined {
  return code === 'reset'
    ? `event: reset\ndata: ${JSON.stringify({ code, detail, ...details })}\n\n`
    : undefined;
}

/**
 * GET …/events as server-sent events (WHATWG HTML, 9.2), for servers that can write an answer bit by bit: `Accept: text/event-stream`. Each event's id is
 * its vid, so a browser that comes back with `Last-Event-ID` goes on where it was.
 */

import type { Context } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { PushError } from '../errors.ts';
import { follow } from '../follow.ts';
import type { PollPorts } from '../poll.ts';
import type { PollAnswer } from '../protocol.ts';
import type { Mount } from './app.ts';
import { pollRequest } from './query.ts';
import { ROUTES } from './routes.ts';

const EVENT_STREAM = 'text/event-stream';

/** Whether a stream is what the client would like best. */
export function asksForStream(accept: string | undefined): boolean {
  return accept?.split(/[,;]/, 1)[0]?.trim().toLowerCase() === EVENT_STREAM;
}

/** Mount it before the polls, which answer who does not ask for a stream. */
export function streamRoutes(ports: PollPorts): Mount {
  return (app) => {
    app.get(ROUTES.poll, async (c, next) => {
      if (!asksForStream(c.req.header('accept'))) return next();
      const query = new URLSearchParams(c.var.query);
      const last = c.req.header('last-event-id');
      if (last) query.set('maxvid', last);
      const { signal } = c.req.raw;
      const { caller, checkAgain } = c.var;
      const request = pollRequest(c.req.param('channel'), query);
      const answers = follow(ports, caller, request, signal, checkAgain);
      // What is wrong is found by the first look, and told as a problem while that is possible.
      const first = await answers.next();
      const response = streamSSE(c, async (stream) => {
        if (first.value) await write(stream, first.value);
        try {
          for await (const answer of answers) await write(stream, answer);
        } catch (error) {
          if (!(error instanceof PushError)) throw error;
          // Whatever else it is, the client is told when it comes again.
          if (error.code !== 'reset') return;
          const { code, message: detail, details } = error;
          await stream.writeSSE({ event: 'reset', data: JSON.stringify({ code, detail, ...details }) });
        }
      });
      return goingOn(c, response);
    });
  };
}

/** As every answer: nobody may keep it. What goes on for minutes must not be gathered by a proxy (nginx), and how a connection is kept is the server's matter; HTTP/2 forbids these two. */
function goingOn(c: Context, { body, headers }: Response): Response {
  for (const name of ['Connection', 'Transfer-Encoding']) {
    c.header(name, undefined);
    headers.delete(name);
  }
  c.header('Cache-Control', 'no-store');
  headers.set('Cache-Control', 'no-store');
  headers.set('X-Accel-Buffering', 'no');
  return new Response(body, { headers });
}

/** Returns when the client's connection has taken it: whoever reads slowly is asked for slowly. */
async function write(stream: SSEStreamingApi, { events, maxvid, missed }: PollAnswer): Promise<void> {
  if (missed > 0) {
    const id = String(events[0] ? events[0].vid - 1 : maxvid);
    await stream.writeSSE({ event: 'missed', id, data: String(missed) });
  }
  const lines = events.map((event) => `id: ${event.vid}\ndata: ${JSON.stringify(event)}\n\n`);
  // A comment keeps proxies from taking a quiet connection for a dead one.
  await stream.write(lines.join('') || ':\n\n');
}

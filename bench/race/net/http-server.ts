/** A `Running` for any server that is published to and polled over HTTP: an adapter says only what the requests and the answers look like. */

import type { Answer, Cursor, EventJson, Held, Running } from '../peer.ts';
import { type Process, stopAll } from '../processes.ts';
import { Connections, type RequestText } from './connections.ts';
import { numbersReader, openStream } from './event-stream.ts';
import type { Reply } from './reply.ts';

export interface Speech {
  readonly processes: readonly Process[];
  readonly port: number;
  /** Where to publish, when not at `port`. */
  readonly publishPort?: number;
  publish(channel: string, event: EventJson): RequestText;
  /** Where a reader begins; absent: it says nothing. */
  begin?(): Cursor;
  poll(channel: string, cursor: Cursor): RequestText;
  /** The channel from its beginning as server-sent events, and what the data of one says. */
  readonly stream?: { ask(channel: string): RequestText; numbersIn(data: unknown): readonly number[] };
  /** What a 2xx or 304 reply to a poll says. May throw. */
  read(reply: Reply, cursor: Cursor): Answer;
}

export function httpServer(speech: Speech): Running {
  const readers = new Connections(speech.port);
  const { stream } = speech;
  const numbersOf = numbersReader((data) => stream?.numbersIn(data) ?? []);
  const publishers = new Connections(speech.publishPort ?? speech.port);
  return {
    pids: speech.processes.map(({ pid }) => pid),
    async publish(channel, event) {
      const { status, body } = await publishers.send(speech.publish(channel, event)).reply;
      if (status < 200 || status > 299) throw new Error(`publish: HTTP ${status} ${brief(body)}`);
    },
    poll(channel, from): Held {
      const cursor = from ?? speech.begin?.();
      const { reply, drop } = readers.send(speech.poll(channel, cursor));
      const answer = reply.then((got) => {
        if (got.status > 299 && got.status !== 304)
          throw new Error(`poll: HTTP ${got.status} ${brief(got.body)}`);
        return speech.read(got, cursor);
      });
      return { answer, hangUp: drop };
    },
    ...(stream && {
      stream: (channel, onNumber) => openStream(speech.port, stream.ask(channel), numbersOf, onNumber),
    }),
    async stop() {
      readers.close();
      publishers.close();
      await stopAll(speech.processes);
    },
  };
}

function brief(body: Buffer): string {
  return body.toString('utf8', 0, 120).replaceAll(/\s+/g, ' ');
}

/**
 * Reads JSON bodies. A thousand readers are sent the same bytes: they are compared with those of the poll before, which is far cheaper than
 * parsing them again.
 */
export function jsonReader<T>(read: (body: unknown) => T): (body: Buffer) => T {
  let last: { readonly body: Buffer; readonly read: T } | undefined;
  return (body) => {
    if (last?.body.equals(body)) return last.read;
    last = { body, read: read(JSON.parse(body.toString())) };
    return last.read;
  };
}

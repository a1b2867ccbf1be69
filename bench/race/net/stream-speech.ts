/** How a server of the Durable Streams protocol is written to and read: the reference server and Doorbell are asked the same. */

import type { Running } from '../peer.ts';
import type { Process } from '../processes.ts';
import { Connections, requestText } from './connections.ts';
import { httpServer, jsonReader } from './http-server.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Both come in the headers of each answer, and go back in the next request. */
interface Place {
  readonly offset: string;
  readonly cursor: string | undefined;
}

/** `headers` go with each request. */
export function streamServer(
  processes: readonly Process[],
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Running {
  const writing = { ...headers, ...JSON_TYPE };
  const made = new Map<string, Promise<void>>();
  const running = httpServer({
    processes,
    port,
    publish: (channel, event) => requestText('POST', path(channel), writing, event),
    poll: (channel, cursor) =>
      requestText('GET', `${path(channel)}?live=long-poll&${placeQuery(cursor)}`, headers),
    stream: {
      ask: (channel) =>
        requestText('GET', `${path(channel)}?live=sse&offset=-1`, {
          ...headers,
          Accept: 'text/event-stream',
        }),
      // Its control events are objects; data come as arrays of messages.
      numbersIn: (data) => (Array.isArray(data) ? data.map(({ n }: { readonly n: number }) => n) : []),
    },
    read: (reply) => ({
      numbers: reply.status === 200 && reply.body.length > 0 ? numbersIn(reply.body) : [],
      cursor: {
        offset: reply.headers.get('stream-next-offset'),
        cursor: reply.headers.get('stream-cursor'),
      },
    }),
  });
  return withStreams(running, (channel) => {
    const making = made.get(channel) ?? make(port, channel, writing);
    made.set(channel, making);
    return making;
  });
}

/** A stream must be made before it is written or read. */
function withStreams(running: Running, made: (channel: string) => Promise<void>): Running {
  return {
    ...running,
    publish: async (channel, event) => {
      await made(channel);
      await running.publish(channel, event);
    },
    stream: (channel, onNumber) => {
      const opened = made(channel).then(() => running.stream?.(channel, onNumber));
      return {
        ended: opened.then((stream) => stream?.ended ?? new Error('there are no streams')),
        hangUp: () => void opened.then((stream) => stream?.hangUp()),
      };
    },
    poll: (channel, cursor) => {
      if (cursor !== undefined) return running.poll(channel, cursor);
      const held = made(channel).then(() => running.poll(channel, cursor));
      // A reader that leaves before its stream is there has nobody to hang up on.
      return {
        answer: held.then(({ answer }) => answer),
        hangUp: () => void held.then((one) => one.hangUp()),
      };
    },
  };
}

async function make(port: number, channel: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const connections = new Connections(port);
  const { status } = await connections.send(requestText('PUT', path(channel), headers, '')).reply;
  connections.close();
  if (status !== 201) throw new Error(`making the stream: HTTP ${status}`);
}

function path(channel: string): string {
  return `/v1/stream/${channel}`;
}

function placeQuery(place: unknown): string {
  if (place === undefined) return 'offset=-1';
  const { offset, cursor } = place as Place;
  return cursor === undefined ? `offset=${offset}` : `offset=${offset}&cursor=${cursor}`;
}

const numbersIn = jsonReader((body) => (body as readonly { readonly n: number }[]).map(({ n }) => n));

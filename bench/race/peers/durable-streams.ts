/** The reference server of the Durable Streams protocol, from npm: the same idea (a log, an offset, a long poll) in one Node process. */

import { join } from 'node:path';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { NPM_PEERS, npmVersion } from '../installed.ts';
import { Connections, requestText } from '../net/connections.ts';
import { httpServer, jsonReader } from '../net/http-server.ts';
import type { Peer, Running } from '../peer.ts';
import { start, up } from '../processes.ts';

const PACKAGE = '@durable-streams/server';
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Both come in the headers of each answer, and go back in the next request. */
interface Place {
  readonly offset: string;
  readonly cursor: string | undefined;
}

export const durableStreams: Peer = {
  name: 'durable-streams',
  about: 'the reference server of the Durable Streams protocol, on Node; in memory',
  reaches: 'all',
  streams: true,
  missing: () =>
    npmVersion(NPM_PEERS, PACKAGE) ? undefined : `${PACKAGE} is not installed: npm run bench:setup`,
  version: () => `${PACKAGE} ${npmVersion(NPM_PEERS, PACKAGE)}, Node ${process.version}`,
  async start({ folder }) {
    const port = await freePort();
    const script = join(import.meta.dirname, '../servers/durable-streams.ts');
    const server = start({ folder, command: process.execPath, args: [script, String(port)] });
    await up(port, server);
    const made = new Map<string, Promise<void>>();
    const running = httpServer({
      processes: [server],
      port,
      publish: (channel, event) => requestText('POST', path(channel), JSON_TYPE, event),
      poll: (channel, cursor) => requestText('GET', `${path(channel)}?live=long-poll&${placeQuery(cursor)}`),
      stream: {
        ask: (channel) =>
          requestText('GET', `${path(channel)}?live=sse&offset=-1`, { Accept: 'text/event-stream' }),
        // Its control events are objects; data come as arrays of messages.
        numbersIn: (data) => (Array.isArray(data) ? data.map(({ n }: { readonly n: number }) => n) : []),
      },
      read: ({ status, headers, body }) => ({
        numbers: status === 200 && body.length > 0 ? numbersIn(body) : [],
        cursor: { offset: headers.get('stream-next-offset'), cursor: headers.get('stream-cursor') },
      }),
    });
    return withStreams(running, (channel) => {
      const making = made.get(channel) ?? make(port, channel);
      made.set(channel, making);
      return making;
    });
  },
};

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

async function make(port: number, channel: string): Promise<void> {
  const connections = new Connections(port);
  const { status } = await connections.send(requestText('PUT', path(channel), JSON_TYPE, '')).reply;
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

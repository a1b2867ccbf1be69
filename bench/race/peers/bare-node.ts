/** The least that any Node server must do, without durability, checks or bounds: what this machine and the load generator allow. */

import { join } from 'node:path';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { requestText } from '../net/connections.ts';
import { httpServer, jsonReader } from '../net/http-server.ts';
import type { Answer, Peer } from '../peer.ts';
import { start, up } from '../processes.ts';

export const bareNode: Peer = {
  name: 'bare-node',
  about: 'the smallest long-poll server on node:http; memory only, the floor for any Node server here',
  reaches: 'all',
  streams: true,
  missing: () => undefined,
  version: () => `Node ${process.version}`,
  async start({ folder }) {
    const port = await freePort();
    const server = start({
      folder,
      command: process.execPath,
      args: [join(import.meta.dirname, '../servers/bare-node.ts'), String(port)],
    });
    await up(port, server);
    return httpServer({
      processes: [server],
      port,
      publish: (channel, event) => requestText('POST', `/${channel}`, {}, event),
      poll: (channel, cursor) => requestText('GET', `/${channel}?after=${cursor ?? 0}`),
      stream: {
        ask: (channel) => requestText('GET', `/${channel}?stream`),
        numbersIn: (event) => [(event as { readonly n: number }).n],
      },
      read: ({ body }) => readLog(body),
    });
  },
};

/** What bare-node.ts and the other small servers of the race answer: `{"next": cursor, "events": [event, …]}`. */
export const readLog: (body: Buffer) => Answer = jsonReader((body) => {
  const { next, events } = body as {
    readonly next: number;
    readonly events: readonly { readonly n: number }[];
  };
  return { cursor: next, numbers: events.map(({ n }) => n) };
});

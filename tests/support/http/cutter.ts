/** A proxy between a page and its server that, when told to, cuts the connection in the middle of an answer with a body. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What still goes through of an answer with this body. */
export type Cut = (body: string) => string;

/** Told apart by where a browser is when the connection ends. */
export const CUTS = {
  'before its first byte': () => '',
  'in its head': () => 'HTTP/1.1 200 OK\r\nContent-Ty',
  'after its head': (body) => head(body),
  'in the middle': (body) => head(body) + body.slice(0, body.length / 2),
  'before its last byte': (body) => head(body) + body.slice(0, -1),
  // Without a length, half an answer looks like a whole one.
  'in the middle, unnoticed': (body) => head() + body.slice(0, body.length / 2),
} satisfies Readonly<Record<string, Cut>>;

export interface Cutter {
  readonly url: string;
  /** Cuts the next answer that has a body; one after the other when called more than once. Resolves when it is done. */
  cutNext(cut: Cut): Promise<void>;
  /** How many cuts are still to be made. */
  readonly left: number;
  stop(): Promise<void>;
}

/** Only what asks for `path` is ever cut. */
export async function startCutter(target: string, path: string): Promise<Cutter> {
  const cuts: Array<{ readonly cut: Cut; readonly done: () => void }> = [];
  const server = createServer(async ({ url = '', socket }, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const answer = await fetch(`${target}${url}`, { signal: gone.signal });
      const body = await answer.text();
      const next = url.startsWith(path) && answer.ok && body !== '' ? cuts.shift() : undefined;
      if (next) {
        socket.write(next.cut(body), () => {
          socket.destroy();
          next.done();
        });
        return;
      }
      const type = answer.headers.get('content-type') ?? 'text/plain';
      response.writeHead(answer.status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
    } catch {
      socket.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutNext: (cut) => new Promise((done) => cuts.push({ cut, done })),
    get left() {
      return cuts.length;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function head(body?: string): string {
  const length = body === undefined ? 'Connection: close' : `Content-Length: ${Buffer.byteLength(body)}`;
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n${length}\r\n\r\n`;
}

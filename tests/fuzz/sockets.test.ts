/**
 * What a socket may bring that no HTTP client would send: a request spoiled in its bytes. The server answers or hangs up, never with a fault of its
 * own; nobody is let in without a token, nothing is written, and the next request is answered as ever.
 */

import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listen } from '../support/http/http.ts';
import { BORN, memoryApp } from '../support/memory/memory-app.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const GUARDED = [
  `/v1/channels/${BORN}/events?maxvid=0&wait=0`,
  `/v1/events?cursor=${BORN}:0&wait=0`,
  '/backend.php?maxvid=0',
  `/v1/channels/${BORN}`,
  `/v1/channels/${BORN}/clients`,
  `/v1/channels/${BORN}/clients/wall`,
];
/** Ways to write an address, a host, a length, a token: in disguise, twice, at odds with each other. */
const TARGETS = [
  (path: string) => path,
  (path: string) => `http://other.example${path}`,
  (path: string) => `/${path}`,
  (path: string) => `/healthz/..${path}`,
  (path: string) => `/healthz/%2e%2e${path}`,
  (path: string) => path.replace('/v1', '/%76%31'),
  (path: string) => path.replace('/v1', '/V1'),
  (path: string) => path.replaceAll('/', '\\'),
  (path: string) => path.replace('?', '%3f'),
  (path: string) => path.replace('?', '/?'),
  (path: string) => path.replace('?', ';a=b?'),
  (path: string) => path.replace(BORN, `${BORN}%00`),
  (path: string) => `${path}#fragment`,
];
const LINES = [
  'Content-Length: 10',
  'Content-Length: 99999999999',
  'Content-Length: -1',
  'Content-Length: 0x10',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding : chunked',
  'Content-Type: application/json',
  'Content-Type: application/x-ndjson',
  'Content-Encoding: gzip',
  'Expect: 100-continue',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Authorization: Bearer',
  'Authorization: Bearer a.b.c',
  'Authorization: Basic Og==',
  'X-Original-URL: /healthz',
  'X-HTTP-Method-Override: DELETE',
  'X-Forwarded-For: 127.0.0.1',
  'Cookie: ;;;=;a=b=c',
  ' folded',
  `X: ${'x'.repeat(20_000)}`,
];
const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PUT',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'G\0T',
];
const BODIES = [
  '',
  '{"data":1}',
  'a\r\n{"data":1}\r\n0\r\n\r\n',
  `GET ${GUARDED[0]} HTTP/1.1\r\nHost: x\r\n\r\n`,
];

/** Mostly the first, so that what is odd elsewhere is looked at, too. */
const mostly = <T>(usual: T, ...odd: readonly T[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const bytes = fc.record({ at: fc.nat(), cut: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) });
const request = fc
  .record({
    method: fc.constantFrom(...METHODS),
    path: fc.constantFrom(...GUARDED),
    disguise: fc.constantFrom(...TARGETS),
    version: mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 x', ''),
    host: mostly('Host: x', 'Host: [::1', 'Host: a b<>/?#', 'Host:', 'Host: x\r\nHost: y', 'X: y'),
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 3 }),
    end: mostly('\r\n', '\n', '\r'),
    body: fc.constantFrom(...BODIES),
  })
  .map(({ method, path, disguise, version, host, lines, end, body }) =>
    Buffer.from([`${method} ${disguise(path)} ${version}`, host, ...lines, '', body].join(end), 'latin1'),
  );
const spoils = fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(bytes, { maxLength: 3 }));
const spoiled = fc.tuple(request, spoils).map(([text, all]) =>
  all.reduce((before, { at, cut, put }) => {
    const from = at % (before.length + 1);
    return Buffer.concat([before.subarray(0, from), put, before.subarray(from + cut)]);
  }, text),
);

/** All that comes back until the server hangs up. */
function exchange(port: number, text: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer: Buffer[] = [];
    socket.on('data', (piece) => void answer.push(piece));
    // A reset is an answer too.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(answer).toString('latin1')));
    socket.end(text);
  });
}

test(
  'whatever bytes come, nobody is let in without a token, and the server goes on',
  async () => {
    const { app, token, written } = await memoryApp();
    const { url, served, stop } = await listen(app);
    const port = Number(new URL(url).port);
    const seen = new Set<string>();
    try {
      await fc.assert(
        fc.asyncProperty(spoiled, async (text) => {
          const answer = await exchange(port, text);
          const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status);
          for (const status of statuses) seen.add(status);

          expect(statuses.filter((status) => status.startsWith('5'))).toEqual([]);
          // What the channel holds, and what is known of it.
          expect(answer).not.toMatch(/"events":|"head":|"clients":|"vid":/);
          expect(written()).toEqual([]);
        }),
        runs(400),
      );

      const headers = { authorization: `Bearer ${token}` };
      expect((await served.request(GUARDED[0] ?? '', { headers })).status).toBe(200);
      expect([...seen]).toEqual(expect.arrayContaining(['400', '401', '404']));
    } finally {
      await stop();
    }
  },
  TIMEOUT_MS,
);

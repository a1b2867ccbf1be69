/**
 * The hub answers most requests by its fast path, without the router. Whoever may do what must not differ by that: every route with every kind of token,
 * over a socket, and requests spoiled in their bytes.
 */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import type { Problem } from '../../lib/protocol/doorbell.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/protocol/problems.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import {
  byFastPath,
  byRouter,
  eventsPath,
  over,
  posting,
  publish,
  type Served,
} from '../support/http/http.ts';
import { grant, PUBLIC, REVOKED, ROWS, SECRET, TOKENS } from '../support/http/token-table.ts';
import { testHub, wireTo } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: LocalStack;
let hub: Hub;
let served: Served;
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, {
    secret: SECRET,
    settings: { maxPublishes: 2, maxConnections: 100 },
    env: {
      DOORBELL_REVOKED: REVOKED,
      BACKEND_CHANNEL: 'doors.3',
      SHARED_CHANNELS: 'doors.*',
      PUBLIC_CHANNELS: PUBLIC,
      DIRECT_WAIT: 'true',
      CHANNEL_SCHEMAS: '{"doors.3":true}',
      // Every row asks as the same client from the same place.
      REPEATS_PER_SECOND: '1000',
      CORS_ORIGINS: 'https://dashboards.example',
      CORS_HEADERS: 'X-Request-Id',
    },
  });
  served = over(`http://127.0.0.1:${hub.port}`);
  const owner = over(`http://127.0.0.1:${hub.port}`, await grant(['*'], ['*']));
  // Of a key that every token of keys may read: a poll would else wait to its end.
  const events = ['door-1', 'a.1'].map((key) => ({ key, data: 1 }));
  for (const channel of ['doors.3', 'alerts']) await publish(owner, channel, events);
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

test('a page of another origin may send to a hub the headers that are configured', async () => {
  const answer = await served.request('/v1/events', {
    method: 'OPTIONS',
    headers: {
      origin: 'https://dashboards.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-request-id',
    },
  });

  expect(answer.status).toBe(204);
  expect(answer.headers.get('access-control-allow-headers')).toContain('X-Request-Id');
});

/** Streams have no fast path, and some rows close or delete the channel; tests/integration/tokens.test.ts has them. */
const EVENT_ROWS = ROWS.filter(({ path }) => !/^\/v1\/(?:stream|shared)\//.test(path));
/** Nor have shared polls, and with an escape in them they are refused. */
const SHARED_ROWS = ROWS.filter(({ path }) => path.startsWith('/v1/shared/'));

describe.each(EVENT_ROWS)('$method $path', ({ method, path, init = {}, answers }) => {
  test.each(
    Object.keys(TOKENS).flatMap((kind) => [
      [kind, 'by the fast path', byFastPath] as const,
      [kind, 'by the router', byRouter] as const,
    ]),
  )('%s, %s', async (kind, _, by) => {
    const token = await TOKENS[kind]?.();
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const response = await served.request(by(path), { ...init, method, headers });
    const expected = answers[kind];

    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    if (typeof expected === 'number') {
      expect(Math.floor(response.status / 100)).toBe(Math.floor(expected / 100));
      return;
    }
    expect(response.status).toBe(PROBLEMS[expected as ProblemCode].status);
    expect(((await response.json()) as Problem).type).toBe(`urn:doorbell:problem:${expected}`);
  });
});

describe.each(SHARED_ROWS)('$method $path', ({ path, answers }) => {
  test.each(Object.keys(TOKENS))('%s, over a socket', async (kind) => {
    const token = await TOKENS[kind]?.();
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await served.request(path, { headers });
    const expected = answers[kind];

    const isServed = typeof expected === 'number';
    expect(response.status).toBe(isServed ? expected : PROBLEMS[expected as ProblemCode].status);
    expect(response.headers.get('cache-control')).toMatch(isServed ? /^public/ : /^no-store$/);
    expect(response.headers.get('vary')).toBe('Origin');
  });
});

test('no more bodies are read at once than may be, by the fast path and by the router', async () => {
  // One token may not have both places.
  const tokens = [await grant([], ['slow']), await grant(['alerts'], ['slow'])];
  const slow = [byFastPath, byRouter].map((by, i) => {
    const token = tokens[i];
    const headers = { ...posting('').headers, authorization: `Bearer ${token}` };
    const ending = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('{"data":'));
        await ending.promise;
        controller.enqueue(new TextEncoder().encode('1}'));
        controller.close();
      },
    });
    const init = { method: 'POST', headers, body, duplex: 'half' as const };
    return { by, headers, end: ending.resolve, answer: served.request(by(eventsPath('slow')), init) };
  });

  const third = await grant(['*'], ['slow']);
  for (const { by, headers } of slow) {
    const init = {
      method: 'POST',
      body: '{"data":1}',
      headers: { ...headers, authorization: `Bearer ${third}` },
    };
    await vi.waitUntil(async () => (await served.request(by(eventsPath('slow')), init)).status === 503, {
      timeout: WAIT_MS,
    });
  }
  for (const { end } of slow) end();

  expect((await Promise.all(slow.map(({ answer }) => answer))).map(({ status }) => status)).toEqual([
    201, 201,
  ]);
});

test('a writer without an end is cut off, by the fast path and by the router', async () => {
  const token = await grant([], ['doors.3']);
  for (const by of [byFastPath, byRouter]) {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024).fill(32));
      },
    });
    const headers = { ...posting('').headers, authorization: `Bearer ${token}` };
    const init = { method: 'POST', headers, body, duplex: 'half' as const };
    const outcome = await Promise.resolve(served.request(by(eventsPath('doors.3')), init)).then(
      ({ status }) => status,
      // Cut off while it still writes.
      () => 'cut off',
    );

    expect([413, 'cut off']).toContain(outcome);
    expect(sent).toBeLessThan(20 * 1024 * 1024);
  }
});

describe('by the fast path and by the router', () => {
  test.each([byFastPath, byRouter])('two tokens are none, whichever is good (%o)', async (by) => {
    const good = await grant(['*'], ['*']);
    for (const [first, second] of [
      [good, 'Bearer x'],
      ['x', `Bearer ${good}`],
    ]) {
      const wire = await wireTo(hub);
      const head = `GET ${by(eventsPath('doors.3', { maxvid: 0, wait: 0 }))} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n`;
      wire.socket.write(`${head}Authorization: Bearer ${first}\r\nAuthorization: ${second}\r\n\r\n`);
      await wire.closed;

      expect(wire.received()).toMatch(/^HTTP\/1\.1 401 .*urn:doorbell:problem:bad-token/s);
    }
  });

  test.each([byFastPath, byRouter])('a packed body is refused unread (%o)', async (by) => {
    const token = await grant([], ['doors.3']);
    const headers = {
      ...posting('').headers,
      authorization: `Bearer ${token}`,
      'content-encoding': 'gzip',
    };
    const answer = await served.request(by(eventsPath('doors.3')), {
      method: 'POST',
      body: '{"data":1}',
      headers,
    });

    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ field: 'content-encoding' });
  });
});

test.each([
  ['by the fast path', byFastPath],
  ['by the router', byRouter],
])('a client that still writes its body is told why it is refused, and may ask again, %s', async (_, by) => {
  const token = await grant(['*'], ['*']);
  const head = (line: string, ...more: readonly string[]) =>
    [`${line} HTTP/1.1`, 'Host: hub', ...more, '', ''].join('\r\n');
  const bytes = 1_000_000;
  const wire = await wireTo(hub);
  const of = ['Content-Type: application/json', `Content-Length: ${bytes}`];
  wire.socket.write(head(`POST ${by(eventsPath('doors.3'))}`, 'Authorization: Bearer x', ...of));
  await vi.waitUntil(() => /^HTTP\/1\.1 401 /.test(wire.received()), { timeout: WAIT_MS });

  wire.socket.write('x'.repeat(bytes));
  const again = eventsPath('doors.3', { maxvid: 0, wait: 0 });
  wire.socket.write(head(`GET ${again}`, `Authorization: Bearer ${token}`));
  await vi.waitUntil(() => wire.received().includes('HTTP/1.1 200 '), { timeout: WAIT_MS });
  wire.socket.destroy();
});

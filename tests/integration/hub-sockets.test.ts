/** The hub's sockets: clients that write slowly, read slowly or not at all, and ask before they send; and the headers of what it answers. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { COUNTERS, MEASURES } from '../../lib/telemetry/metric-names.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import {
  byFastPath,
  byRouter,
  eventsPath,
  poll,
  publish,
  publishLines,
  range,
  type Served,
} from '../support/http/http.ts';
import { figuresOf, hubToken, ownerOf, testHub, wireTo } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const WAYS = [
  ['by the fast path', byFastPath],
  ['by the router', byRouter],
] as const;

let stack: LocalStack;
let hub: Hub;
let owner: Served;
let token: string;
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, {
    timeouts: { headersMs: 300, requestMs: 400, readMs: 300, checkMs: 50 },
  });
  owner = await ownerOf(hub);
  token = await hubToken();
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

/** The head of a request with the token; the last line is empty. */
function head(line: string, ...more: readonly string[]): string {
  return [`${line} HTTP/1.1`, 'Host: h', `Authorization: Bearer ${token}`, ...more, '', ''].join('\r\n');
}
const json = (bytes: number) => ['Content-Type: application/json', `Content-Length: ${bytes}`];

describe('a client that is slow', () => {
  test('to write its head is sent away', async () => {
    const wire = await wireTo(hub);
    wire.socket.write('GET / HTT');
    await wire.closed;

    expect(wire.received()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test.each(WAYS)('to write its body is sent away, %s', async (_, by) => {
    const wire = await wireTo(hub);
    wire.socket.write(`${head(`POST ${by(eventsPath('slow'))}`, ...json(12))}{"data"`);
    await wire.closed;

    expect(wire.received()).toMatch(/^HTTP\/1\.1 (408|400) /);
    expect(await owner.request(eventsPath('slow', { maxvid: 0, wait: 0 }))).toMatchObject({ status: 200 });
  });

  test('to be told anything is waited for: a held poll is no slow request', async () => {
    const answer = await poll(owner, 'quiet', { maxvid: 0, wait: 1 });

    expect(answer.events).toEqual([]);
  });

  test.each([
    ...WAYS.map(([way, by]) => [way, by, []] as const),
    ...WAYS.map(([way, by]) => [`in a stream ${way}`, by, ['Accept: text/event-stream']] as const),
  ])('to read its answer is cut off, %s', async (_, by, more) => {
    await fill('unread');
    const wire = await wireTo(hub);
    wire.socket.pause();
    const before = await connections();
    // Together more than fits into the buffers of both ends.
    wire.socket.write(head(`GET ${by(eventsPath('unread', { maxvid: 0 }))}`, ...more).repeat(12));

    await expect.poll(connections, { timeout: WAIT_MS, interval: 20 }).toBe(before - 1);
    wire.socket.destroy();
  });
});

/** Twelve megabytes, unless they are there. */
async function fill(channel: string): Promise<void> {
  if ((await poll(owner, channel, { maxvid: 0, wait: 0 })).maxvid > 0) return;
  const line = JSON.stringify('x'.repeat(250_000));
  for (const _ of range(1, 3)) await publishLines(owner, channel, Array(16).fill(line));
}

async function connections(): Promise<number> {
  return (await figuresOf(hub)).get('doorbell_connections') ?? 0;
}

describe('a client that asks before it sends (Expect: 100-continue)', () => {
  const asking = (path: string, bytes: number) =>
    head(`POST ${path}`, 'Expect: 100-continue', ...json(bytes));

  test.each(WAYS)('is told to go on when it may publish, %s', async (_, by) => {
    const wire = await wireTo(hub);
    wire.socket.write(asking(by(eventsPath('asked')), 10));
    await vi.waitUntil(() => wire.received() === 'HTTP/1.1 100 Continue\r\n\r\n', { timeout: WAIT_MS });
    wire.socket.write('{"data":1}');
    await vi.waitUntil(() => wire.received().includes('HTTP/1.1 201 '), { timeout: WAIT_MS });
    wire.socket.write(head(`GET ${eventsPath('asked', { maxvid: 0 })}`));
    await vi.waitUntil(() => wire.received().includes('HTTP/1.1 200 '), { timeout: WAIT_MS });
    wire.socket.destroy();
  });

  test.each([
    ['without a good token', 401, 10, 'Authorization: Bearer nonsense'],
    ['with more than may be', 413, LIMITS.bodyBytes + 1, `Authorization: Bearer `],
  ])('%s is refused before, and its connection closed', async (_, status, bytes, authorization) => {
    for (const [, by] of WAYS) {
      const wire = await wireTo(hub);
      const request = asking(by(eventsPath('asked')), bytes);
      wire.socket.write(status === 401 ? request.replace(/Authorization: .*/, authorization) : request);
      await wire.closed;

      expect(wire.received()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(wire.received()).toContain('Connection: close');
    }
  });
});

test.each([
  ['events', eventsPath('refused'), 413],
  ['a stream that is not there', '/v1/stream/refused', 404],
])(
  'a body that is longer than may be is answered while its client still writes it: of %s',
  async (_, path, status) => {
    for (const bytes of [LIMITS.bodyBytes + 1, 2 * LIMITS.bodyBytes]) {
      const answered = await owner.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new Uint8Array(bytes),
      });
      expect(answered.status).toBe(status);
    }
  },
);

test('no more connections are taken than may be', async () => {
  const small = await testHub(stack, { settings: { maxConnections: 2 } });
  const taken = [await wireTo(small), await wireTo(small)];
  const refused = await wireTo(small);
  await refused.closed;

  expect(refused.received()).toBe('');
  expect((await figuresOf(small)).get('doorbell_connections')).toBe(2);
  for (const { socket } of taken) socket.destroy();
  await small.stop();
});

test('/metrics has every count, and what the counts are of', async () => {
  const before = await figuresOf(hub);
  await publish(owner, 'counted', { data: 1 });
  await poll(owner, 'counted', { maxvid: 0 });
  await owner.request(eventsPath('counted', { maxvid: -1 }));
  const after = await figuresOf(hub);
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);

  for (const { name } of Object.values(COUNTERS)) expect(after.get(`doorbell_${name}`), name).toBeDefined();
  for (const { name } of Object.values(MEASURES))
    expect(after.get(`doorbell_${name}_count`), name).toBeDefined();
  expect(grown('doorbell_events_published_total')).toBe(1);
  expect(grown('doorbell_events_delivered_total')).toBe(1);
  expect(grown('doorbell_polls_answered_total')).toBe(1);
  expect(grown('doorbell_append_seconds_count')).toBe(1);
  expect(grown('doorbell_hold_seconds_count')).toBe(1);
  expect(grown('doorbell_reader_lag_events_sum')).toBe(1);
  expect(grown('doorbell_http_responses_total{status="400"}')).toBe(1);
  expect(grown('doorbell_refusals_total{code="bad-parameter"}')).toBe(1);
  expect(after.get('nodejs_heap_size_used_bytes')).toBeGreaterThan(0);
  expect(after.get('doorbell_polls_held')).toBe(0);
});

/** What holds for every answer: headers, other sites' pages, addresses that are too long, and a server that is full. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { eventsPath, poll, problem, publish } from '../support/http/http.ts';
import { expectProblemDocument } from '../support/http/problems.ts';
import { startProcess } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const ORIGIN = 'https://dashboards.example';
const SECRET = 'the-secret-of-these-tests-0123456789';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack();
  await publish(startProcess(stack).app, 'doors', { data: 1 });
});
afterAll(() => stack.stop());

const headersOf = (response: Response) => Object.fromEntries(response.headers);

test.each([
  ['/', 200],
  ['/client.js', 200],
  [eventsPath('doors', { maxvid: 0 }), 200],
  [eventsPath('doors', { maxvid: -1 }), 400],
  ['/v1/channels/unborn', 404],
  [eventsPath('doors', { maxvid: 99 }), 409],
  ['/nowhere', 404],
])('%s (%i) is not cached, not sniffed, not framed', async (path, status) => {
  const response = await startProcess(stack).app.request(path);

  expect(response.status).toBe(status);
  expect(headersOf(response)).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/),
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
  });
});

test('the page says no address to others and shares its window with none; data says none of that', async () => {
  const { app } = startProcess(stack);
  const page = {
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'x-permitted-cross-domain-policies': 'none',
  };

  expect(headersOf(await app.request('/'))).toMatchObject(page);
  const data = headersOf(await app.request(eventsPath('doors', { maxvid: 0 })));
  expect(Object.keys(page).filter((name) => name in data)).toEqual([]);
});

describe("another site's page", () => {
  const preflight = {
    method: 'OPTIONS',
    headers: {
      origin: ORIGIN,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  };

  test('may not call the API unless its origin is configured', async () => {
    for (const env of [{}, { CORS_ORIGINS: 'https://other.example' }]) {
      const { app } = startProcess(stack, { secret: SECRET, env });
      const answers = [
        await app.request(eventsPath('doors'), preflight),
        await app.request(eventsPath('doors'), { headers: { origin: ORIGIN } }),
      ];

      for (const answer of answers) expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test.each([
    ['its own', `https://other.example ${ORIGIN}`, ORIGIN],
    ['any', '*', '*'],
  ])('may where %s origin is configured; the preflight needs no token', async (_, origins, allowed) => {
    const { app } = startProcess(stack, { secret: SECRET, env: { CORS_ORIGINS: origins } });
    const answer = await app.request(eventsPath('doors'), preflight);

    expect(answer.status).toBe(204);
    expect(headersOf(answer)).toMatchObject({
      'access-control-allow-origin': allowed,
      'access-control-allow-methods': 'GET,HEAD,PUT,POST,DELETE',
      'access-control-allow-headers': expect.stringMatching(/^Authorization,Content-Type,Doorbell-Key,/),
    });
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('may send headers of its own where they are configured', async () => {
    const env = { CORS_ORIGINS: ORIGIN, CORS_HEADERS: 'X-Request-Id traceparent' };
    const { app } = startProcess(stack, { secret: SECRET, env });
    const answer = await app.request(eventsPath('doors'), preflight);

    expect(answer.headers.get('access-control-allow-headers')).toMatch(
      /^Authorization,Content-Type,Doorbell-Key,.*,X-Request-Id,traceparent$/,
    );
  });

  test('may read why it was refused', async () => {
    const { app } = startProcess(stack, { secret: SECRET, env: { CORS_ORIGINS: ORIGIN } });
    const answer = await app.request(eventsPath('doors'), { headers: { origin: ORIGIN } });

    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });
});

test('an address of more than 8,192 characters is refused before anybody reads it', async () => {
  const { app } = startProcess(stack, { secret: SECRET });
  const response = await app.request(`${eventsPath('doors')}?client=${'c'.repeat(8_192)}`);

  await expectProblemDocument(response, 414, 'uri-too-long', 'query');
});

test('a server that holds as many polls as it may tells the next to come later, and holds it then', async () => {
  const reader = startProcess(stack, { env: { MAX_HELD_POLLS: '2' } });
  const publisher = startProcess(stack);
  const { head } = (await (await publisher.app.request('/v1/channels/doors')).json()) as { head: number };
  const held = ['a', 'b'].map((client) => poll(reader.app, 'doors', { maxvid: head, client }));
  const waiting = async () =>
    ((await (await publisher.app.request('/v1/channels/doors')).json()) as { clients: { waiting: number } })
      .clients;
  await vi.waitUntil(async () => (await waiting()).waiting === 2, { timeout: WAIT_MS });

  const refused = await reader.app.request(eventsPath('doors', { maxvid: head, client: 'c' }));
  await expectProblemDocument(refused, 503, 'unavailable');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

  await publish(publisher.app, 'doors', { data: 2 });
  expect((await Promise.all(held)).map(({ maxvid }) => maxvid)).toEqual([head + 1, head + 1]);
  expect((await poll(reader.app, 'doors', { maxvid: head, client: 'c' })).maxvid).toBe(head + 1);
});

test('a client in a hot loop is slowed, and told when to come again; its events wait', async () => {
  const { app } = startProcess(stack, { env: { REPEATS_PER_SECOND: '1' } });
  const ask = () => app.request(eventsPath('doors', { maxvid: 0, client: 'loop' }));
  const answers: Response[] = [];
  for (let i = 0; i < 20; i++) answers.push(await ask());

  const served = answers.filter(({ status }) => status === 200).length;
  expect(served).toBeGreaterThanOrEqual(10);
  expect(served).toBeLessThan(20);
  const refused = answers.find(({ status }) => status !== 200);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  if (refused) await expectProblemDocument(refused, 429, 'too-many-requests', 'client');
  expect((await poll(app, 'doors', { maxvid: 1, client: 'loop', wait: 0 })).events).toHaveLength(1);
});

test("a hot loop under a client id does not slow another token's client of that name", async () => {
  const { app } = startProcess(stack, { secret: SECRET, env: { REPEATS_PER_SECOND: '1' } });
  const asks = async (channel: string) => {
    const token = await mint(SECRET, { read: [channel], write: [], ttlS: 60, now: Date.now() });
    const path = eventsPath(channel, { maxvid: 0, client: 'victim', wait: 0 });
    return async () => (await app.request(path, { headers: { authorization: `Bearer ${token}` } })).status;
  };
  const stranger = await asks('junk');
  const victim = await asks('doors');

  while ((await stranger()) !== 429);

  expect(await victim()).toBe(200);
});

test('a token that holds as many polls as one may leaves room for the others', async () => {
  const { app, poll: ports } = startProcess(stack, {
    secret: SECRET,
    env: { MAX_HELD_POLLS: '4', MAX_HELD_POLLS_PER_TOKEN: '2' },
  });
  const publisher = startProcess(stack);
  const { head } = (await (await publisher.app.request('/v1/channels/doors')).json()) as { head: number };
  const hold = vi.spyOn(ports.held, 'hold');
  const asks = async (more: object) => {
    const grants = { read: ['doors'], write: [], ttlS: 60, now: Date.now() };
    const authorization = `Bearer ${await mint(SECRET, { ...grants, ...more })}`;
    return () => app.request(eventsPath('doors', { maxvid: head }), { headers: { authorization } });
  };
  const greedy = await asks({});
  const modest = await asks({ write: ['doors'] });
  const polls = [greedy(), greedy()];
  await vi.waitUntil(() => hold.mock.results.length === 2, { timeout: WAIT_MS });

  const refused = await greedy();
  await expectProblemDocument(refused, 429, 'too-many-requests');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

  polls.push(modest(), modest());
  await vi.waitUntil(() => hold.mock.results.length === 5, { timeout: WAIT_MS });

  await publish(publisher.app, 'doors', { data: 3 });
  expect((await Promise.all(polls)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await greedy()).status).toBe(200);
});

test('a token that nobody has set a bound for takes half of the places of a small server, and another finds room', async () => {
  const { app, poll: ports } = startProcess(stack, { secret: SECRET, env: { MAX_HELD_POLLS: '8' } });
  const publisher = startProcess(stack);
  const { last: head } = await publish(publisher.app, 'lobby', { data: 1 });
  const asks = async (id: string) => {
    const grants = { read: ['lobby'], write: [], ttlS: 60, now: Date.now(), id };
    const authorization = `Bearer ${await mint(SECRET, grants)}`;
    return () => app.request(eventsPath('lobby', { maxvid: head }), { headers: { authorization } });
  };
  const greedy = await asks('greedy');
  const modest = await asks('modest');
  const polls = Array.from({ length: 4 }, greedy);
  await vi.waitUntil(() => ports.held.size === 4, { timeout: WAIT_MS });
  const held = vi.spyOn(ports.held, 'hold');

  const fifth = greedy();
  await vi.waitUntil(() => held.mock.results.length === 1, { timeout: WAIT_MS });
  polls.push(modest());
  await vi.waitUntil(() => held.mock.results.length === 2, { timeout: WAIT_MS });
  await publish(publisher.app, 'lobby', { data: 2 });

  const refused = await fifth;
  await expectProblemDocument(refused.clone(), 429, 'too-many-requests');
  expect((await problem(refused)).detail).toMatch(/holds 4 polls of 8 .*MAX_HELD_POLLS_PER_TOKEN/);
  expect((await Promise.all(polls)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
});

test('a token that nobody has set a bound for holds more than 1,000 polls while as many places are free', async () => {
  const { app, poll: ports } = startProcess(stack, { secret: SECRET, env: { MAX_HELD_POLLS: '2100' } });
  const publisher = startProcess(stack);
  const { last: head } = await publish(publisher.app, 'wall', { data: 1 });
  const asks = async (jti: string) => {
    const grants = { read: ['wall'], write: [], ttlS: 60, now: Date.now(), id: jti };
    const authorization = `Bearer ${await mint(SECRET, grants)}`;
    return () => app.request(eventsPath('wall', { maxvid: head }), { headers: { authorization } });
  };
  const wall = await asks('wall');
  const other = await asks('other');
  const polls = Array.from({ length: 1_050 }, wall);
  await vi.waitUntil(() => ports.held.size === 1_050, { timeout: WAIT_MS });

  const refused = await wall();
  polls.push(...Array.from({ length: 20 }, other));
  await vi.waitUntil(() => ports.held.size === 1_070, { timeout: WAIT_MS });

  await expectProblemDocument(refused.clone(), 429, 'too-many-requests');
  expect((await problem(refused)).detail).toMatch(/1050 polls of 2100 .*MAX_HELD_POLLS_PER_TOKEN/);
  await publish(publisher.app, 'wall', { data: 2 });
  expect(new Set((await Promise.all(polls)).map(({ status }) => status))).toEqual(new Set([200]));
});

/**
 * Every route with every kind of token. The table says what each route answers to whom; a route that is added without a row fails the first
 * test. Real router, real operations, real emulators.
 */

import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { METHODS } from '../../lib/http/routes.ts';
import type { Problem } from '../../lib/protocol.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { posting } from '../support/http.ts';
import { startProcess, type TestProcess } from '../support/process.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';

let stack: LocalStack;
let server: TestProcess;
beforeAll(async () => {
  stack = await startLocalStack();
  server = startProcess(stack, { secret: SECRET, env: { BACKEND_CHANNEL: 'doors.3' } });
  for (const channel of ['doors.3', 'alerts'])
    await asOwner('POST', `/v1/channels/${channel}/events`, posting({ data: 1 }));
});
afterAll(() => stack.stop());

const now = () => Date.now();
const grant = (read: readonly string[], write: readonly string[], client?: string) =>
  mint(SECRET, { read, write, ttlS: 60, now: now(), ...(client === undefined ? {} : { client }) });
const claims = () => ({ read: ['*'], write: ['*'], exp: Math.floor(now() / 1000) + 60 });
const sign = (secret: string, alg: string) =>
  new SignJWT(claims()).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));

async function asOwner(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${await grant(['*'], ['*'])}`);
  return server.app.request(path, { ...init, method, headers });
}

/** A token of every kind. Routes touch channel `doors.3`, and client `wall`. */
const TOKENS: Readonly<Record<string, () => Promise<string> | undefined>> = {
  none: () => undefined,
  'not a token': async () => 'nonsense',
  expired: () => mint(SECRET, { read: ['*'], write: ['*'], ttlS: -60, now: now() }),
  'wrong key': () => sign(`${SECRET}!`, 'HS256'),
  'wrong algorithm': () => sign(SECRET.repeat(2), 'HS512'),
  "algorithm 'none'": async () => new UnsecuredJWT(claims()).encode(),
  'no grants': () => grant([], []),
  'other channel': () => grant(['alerts'], ['alerts']),
  'prefix of another': () => grant(['doors.33.*', 'door.*'], ['doors.33.*', 'door.*']),
  'prefix below it': () => grant(['doors.3.*'], ['doors.3.*']),
  'its prefix': () => grant(['doors.*'], ['doors.*']),
  'read only': () => grant(['doors.3'], []),
  'write only': () => grant([], ['doors.3']),
  "another client's": () => grant(['*'], ['*'], 'desk'),
  "this client's": () => grant(['*'], ['*'], 'wall'),
  everything: () => grant(['*'], ['*']),
};

const UNKNOWN = 'no-token';
const BAD = 'bad-token';
const FORBIDDEN = 'forbidden';
/** What is the same on every route that serves events. */
const REFUSED_EVERYWHERE = {
  none: UNKNOWN,
  'not a token': BAD,
  expired: 'expired-token',
  'wrong key': BAD,
  'wrong algorithm': BAD,
  "algorithm 'none'": BAD,
  'no grants': FORBIDDEN,
  'other channel': FORBIDDEN,
  'prefix of another': FORBIDDEN,
  'prefix below it': FORBIDDEN,
  'its prefix': 200,
  everything: 200,
};
const READING = { ...REFUSED_EVERYWHERE, 'read only': 200, 'write only': FORBIDDEN };
const AS_CLIENT = { ...READING, "another client's": FORBIDDEN, "this client's": 200 };
const AS_NOBODY = { ...READING, "another client's": 200, "this client's": 200 };
const WRITING = {
  ...REFUSED_EVERYWHERE,
  'read only': FORBIDDEN,
  'write only': 200,
  "another client's": 200,
  "this client's": 200,
};
const OPEN = Object.fromEntries(Object.keys(TOKENS).map((name) => [name, 200]));

interface Row {
  readonly method: string;
  readonly pattern: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly answers: Readonly<Record<string, number | string>>;
}

const CHANNEL = '/v1/channels/doors.3';
const ROWS: readonly Row[] = [
  { method: 'GET', pattern: '/', path: '/', answers: OPEN },
  { method: 'GET', pattern: '/client.js', path: '/client.js', answers: OPEN },
  { method: 'GET', pattern: '/healthz', path: '/healthz', answers: OPEN },
  {
    method: 'GET',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events?maxvid=0&wait=0`,
    answers: AS_NOBODY,
  },
  {
    method: 'GET',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events?maxvid=0&wait=0&client=wall`,
    answers: AS_CLIENT,
  },
  {
    method: 'GET',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events?maxvid=0&client=wall`,
    answers: AS_CLIENT,
  },
  {
    method: 'GET',
    pattern: '/v1/events',
    path: '/v1/events?cursor=doors.3:0&wait=0',
    answers: AS_NOBODY,
  },
  {
    method: 'GET',
    pattern: '/v1/events',
    path: '/v1/events?cursor=doors.3:0&client=wall&wait=0',
    answers: AS_CLIENT,
  },
  {
    method: 'GET',
    pattern: '/v1/events',
    // One channel that may not be read spoils the poll.
    path: '/v1/events?cursor=doors.3:0&cursor=alerts:0&wait=0',
    answers: { ...AS_NOBODY, 'its prefix': FORBIDDEN, 'read only': FORBIDDEN },
  },
  { method: 'GET', pattern: '/backend.php', path: '/backend.php?maxvid=0', answers: AS_NOBODY },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events`,
    init: posting({ data: 2 }),
    answers: WRITING,
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events`,
    init: posting('3\n4', 'application/x-ndjson'),
    answers: WRITING,
  },
  { method: 'GET', pattern: '/v1/channels/:channel', path: CHANNEL, answers: AS_NOBODY },
  { method: 'GET', pattern: '/v1/channels/:channel/clients', path: `${CHANNEL}/clients`, answers: AS_NOBODY },
  {
    method: 'DELETE',
    pattern: '/v1/channels/:channel/clients/:client',
    path: `${CHANNEL}/clients/wall`,
    answers: AS_CLIENT,
  },
];

async function answerTo({ method, path, init = {} }: Row, kind: string): Promise<Response> {
  const token = await TOKENS[kind]?.();
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return server.app.request(path, { ...init, method, headers });
}

test('there is a row for every route and method, and every row says what every kind of token gets', () => {
  const routes = METHODS.flatMap(([pattern, methods]) => methods.map((method) => `${method} ${pattern}`));

  expect([...new Set(ROWS.map(({ method, pattern }) => `${method} ${pattern}`))].sort()).toEqual(
    routes.sort(),
  );
  for (const { answers } of ROWS) expect(Object.keys(answers).sort()).toEqual(Object.keys(TOKENS).sort());
});

describe.each(ROWS)('$method $path', (row) => {
  test.each(Object.keys(TOKENS))('%s', async (kind) => {
    const before = await headOfChannel();
    const response = await answerTo(row, kind);
    const expected = row.answers[kind];

    if (typeof expected === 'number') {
      expect(Math.floor(response.status / 100)).toBe(Math.floor(expected / 100));
      return;
    }
    const problem = (await response.json()) as Problem;
    expect(problem.type).toBe(`urn:doorbell:problem:${expected}`);
    expect(response.status).toBe(expected === FORBIDDEN ? 403 : 401);
    expect(await headOfChannel()).toBe(before);
  });
});

async function headOfChannel(): Promise<number> {
  return ((await (await asOwner('GET', CHANNEL)).json()) as { head: number }).head;
}

test('what is refused tells nobody whether a channel exists', async () => {
  const token = await grant(['other'], ['other']);
  const ask = async (channel: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await server.app.request(`/v1/channels/${channel}`, { headers });
    return [response.status, (await response.text()).replaceAll(channel, '…')];
  };

  expect(await ask('doors.3')).toEqual(await ask('nowhere'));
});

test('a token that is bound to a client sees its own cursor only', async () => {
  const poll = async (client: string) =>
    asOwner('GET', `/v1/channels/alerts/events?maxvid=0&wait=0&client=${client}`);
  await Promise.all(['wall', 'desk'].map(poll));
  const seen = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await server.app.request('/v1/channels/alerts/clients', { headers });
    return ((await response.json()) as { clients: Array<{ client: string }> }).clients.map(
      ({ client }) => client,
    );
  };

  expect(await seen(await grant(['alerts'], []))).toEqual(['desk', 'wall']);
  expect(await seen(await grant(['alerts'], [], 'wall'))).toEqual(['wall']);
});

test('a poll that is held when its token expires ends as any other; the next is told to get a new token', async () => {
  const token = await mint(SECRET, { read: ['alerts'], write: [], ttlS: -29, now: now() });
  const headers = { authorization: `Bearer ${token}` };
  const head = ((await (await asOwner('GET', '/v1/channels/alerts')).json()) as { head: number }).head;
  const held = server.app.request(`/v1/channels/alerts/events?maxvid=${head}&wait=3`, { headers });

  const response = await held;
  const next = await server.app.request(`/v1/channels/alerts/events?maxvid=${head}&wait=3`, { headers });

  expect([response.status, next.status]).toEqual([200, 401]);
  expect(((await next.json()) as Problem).type).toBe('urn:doorbell:problem:expired-token');
});

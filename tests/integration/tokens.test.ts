/**
 * Every route with every kind of token. The table (tests/support/http/token-table.ts) says what each route answers to whom; a route that is added without a row fails the first
 * test. Real router, real operations, real emulators.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { channelSchemas } from '../../lib/compose/channel-schemas.ts';
import type { Problem } from '../../lib/protocol/doorbell.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/protocol/problems.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { posting } from '../support/http/http.ts';
import { REQUESTS } from '../support/http/requests.ts';
import { tokenMatrix } from '../support/http/token-matrix.ts';
import {
  CHANNEL,
  grant,
  PUBLIC,
  REVOKED,
  ROWS,
  type Row,
  SECRET,
  TOKENS,
} from '../support/http/token-table.ts';
import { sectionOf } from '../support/repo/documents.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';

let stack: LocalStack;
let server: TestProcess;
beforeAll(async () => {
  stack = await startLocalStack();
  server = startProcess(stack, {
    secret: SECRET,
    env: {
      BACKEND_CHANNEL: 'doors.3',
      SHARED_CHANNELS: 'doors.*',
      PUBLIC_CHANNELS: PUBLIC,
      DIRECT_WAIT: 'true',
      DOORBELL_REVOKED: REVOKED,
    },
    schemas: await channelSchemas({ CHANNEL_SCHEMAS: '{"doors.3":true}' }),
  });
  // Of keys that every token of keys may read: a poll would else wait to its end.
  const events = ['door-1', 'a.1'].map((key) => ({ key, data: 1 }));
  for (const channel of ['doors.3', 'alerts'])
    await asOwner('POST', `/v1/channels/${channel}/events`, posting(events));
});
afterAll(() => stack.stop());

const now = () => Date.now();
/** For the whole file, which may take minutes beside other work. */
const owner = mint(SECRET, { read: ['*'], write: ['*'], ttlS: 3_600, now: now() });

async function asOwner(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${await owner}`);
  return server.app.request(path, { ...init, method, headers });
}

async function answerTo({ method, path, init = {} }: Row, kind: string): Promise<Response> {
  const token = await TOKENS[kind]?.();
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return server.app.request(path, { ...init, method, headers });
}

test('there is a row for every route and method, and every row says what every kind of token gets', () => {
  expect([...new Set(ROWS.map(({ method, pattern }) => `${method} ${pattern}`))].sort()).toEqual(
    [...REQUESTS].sort(),
  );
  for (const { answers } of ROWS) expect(Object.keys(answers).sort()).toEqual(Object.keys(TOKENS).sort());
});

test('docs/operations/security.md shows the table (npm run docs)', () => {
  expect(sectionOf('docs/operations/security.md', 'tokens')).toBe(tokenMatrix(ROWS));
});

/** Of the channel, since the last request that was served. */
let head: number | undefined;

describe.each(ROWS)('$method $path', (row) => {
  test.each(Object.keys(TOKENS))('%s', async (kind) => {
    const expected = row.answers[kind];
    if (typeof expected !== 'number') head ??= await headOfChannel();

    const response = await answerTo(row, kind);

    if (typeof expected === 'number') {
      head = undefined;
      expect(Math.floor(response.status / 100)).toBe(Math.floor(expected / 100));
      return;
    }
    const { status } = PROBLEMS[expected as ProblemCode];
    expect(response.status).toBe(status);
    // An answer to HEAD has no body that could say more.
    if (row.method !== 'HEAD')
      expect(await response.json()).toMatchObject({ type: `urn:doorbell:problem:${expected}` });
    expect(await headOfChannel()).toBe(head);
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

test('a token lists the channels that it may read, and no others', async () => {
  const listed = async (read: readonly string[]) => {
    const headers = { authorization: `Bearer ${await grant(read, ['*'])}` };
    const response = await server.app.request('/v1/channels', { headers });
    return response.json();
  };

  // Rows of the table have deleted the channel that they are about.
  await asOwner('POST', '/v1/channels/doors.4/events', posting({ data: 1 }));
  expect(await listed(['*'])).toEqual({
    channels: [{ channel: 'alerts' }, { channel: 'doors.4' }],
    next: null,
  });
  expect(await listed(['doors.*', 'nowhere'])).toEqual({ channels: [{ channel: 'doors.4' }], next: null });
  expect(await listed([])).toEqual({ channels: [], next: null });
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

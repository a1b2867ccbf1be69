/**
 * Which web origins are let in is said by CORS_ORIGINS, what headers their pages may send by CORS_HEADERS, and both are the same on the hub, `npm start` and the functions, in every kind of answer. API
 * Gateway adds nothing: serverless.yml gives its HTTP API no CORS of its own.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import type { ChannelInfo } from '../../lib/protocol/doorbell.ts';
import { loadService, SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { eventsPath, numbered, over, posting, publish, type Served } from '../support/http/http.ts';
import { functionFront } from '../support/stack/function-front.ts';
import { testHub } from '../support/stack/hub.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { environmentOf } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const NAMED = 'https://named.example';
const ORIGINS = [NAMED, 'https://evil.example', 'https://named.example.evil.example', 'null'];
const SECRET = randomBytes(32).toString('base64');
const [owner, second, third, elsewhere] = await Promise.all(
  [['*'], ['*', 'b'], ['*', 'c'], ['other']].map((read) =>
    mint(SECRET, { read, write: read, ttlS: 600, now: Date.now() }),
  ),
);
const bearing = (token = '') => ({ headers: { authorization: `Bearer ${token}` } });
const preflight = {
  method: 'OPTIONS',
  headers: {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,x-trace-id',
  },
};

type Kind = readonly [status: number, path: string, init?: RequestInit];

/** Kinds of answer, and how each is had. */
const KINDS: readonly Kind[] = [
  [200, eventsPath('doors', { maxvid: 0 })],
  [200, '/v1/events?cursor=doors:0'],
  [201, eventsPath('doors'), posting({ id: 'once', data: 1 })],
  [400, eventsPath('doors', { maxvid: -1 })],
  [401, eventsPath('doors', { maxvid: 0 }), bearing('no.token.here')],
  [403, eventsPath('doors', { maxvid: 0 }), bearing(elsewhere)],
  [404, '/v1/channels/unborn'],
  [404, '/nothing'],
  [405, eventsPath('doors'), { method: 'PUT' }],
  [409, eventsPath('doors', { maxvid: 99 })],
  [413, eventsPath('doors'), posting(numbered(1, 101))],
  [415, eventsPath('doors'), posting('hello', 'text/plain')],
  [200, '/'],
  [200, '/client.js'],
  [200, '/healthz'],
  [200, '/openapi.json'],
];
/** Those that are had while the owner and another one hold a poll each, all that may be held. */
const WHILE_FULL: readonly Kind[] = [
  [429, eventsPath('held', { maxvid: 1 })],
  [503, eventsPath('held', { maxvid: 1 }), bearing(third)],
];

/** What a browser goes by. */
function permissionIn({ status, headers }: Response): Readonly<Record<string, unknown>> {
  const names = [...headers.keys()].filter((name) => name.startsWith('access-control-')).sort();
  const varies = (headers.get('vary') ?? '').toLowerCase().split(/, */).includes('origin');
  return { status, varies, ...Object.fromEntries(names.map((name) => [name, headers.get(name)])) };
}

async function ask(served: Served, path: string, init: RequestInit = {}, origin = '') {
  const response = await served.request(path, {
    ...init,
    headers: { ...Object.fromEntries(new Headers(init.headers)), origin },
  });
  // What is not read would keep its connection.
  await response.arrayBuffer();
  return permissionIn(response);
}

type Permissions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Of each kind of answer to each origin, by what was asked. */
async function permissionsOf(served: Served): Promise<Permissions> {
  await publish(served, 'doors', { id: 'once', data: 1 });
  await publish(served, 'held', { data: 1 });
  const free = await askedFor(served, KINDS);
  const held = [owner, second].map((token, i) =>
    served.request(eventsPath('held', { maxvid: 1, client: `reader-${i}` }), bearing(token)),
  );
  const waiting = async () => {
    const response = await served.request('/v1/channels/held');
    return ((await response.json()) as ChannelInfo).clients.waiting === 2;
  };
  await vi.waitUntil(waiting, { timeout: WAIT_MS });
  const full = await askedFor(served, WHILE_FULL);
  await publish(served, 'held', { data: 2 });
  await Promise.all(held);
  return { ...free, ...full };
}

async function askedFor(served: Served, kinds: readonly Kind[]): Promise<Permissions> {
  const permissions: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const origin of ORIGINS) {
    for (const [status, path, init] of kinds) {
      const what = `${status} ${init?.method ?? 'GET'} ${path} from ${origin}`;
      permissions[what] = await ask(served, path, init, origin);
    }
    for (const path of ['/', eventsPath('doors')])
      permissions[`preflight ${path} from ${origin}`] = await ask(served, path, preflight, origin);
  }
  return permissions;
}

test('the HTTP API of serverless.yml adds no CORS of its own', async () => {
  expect((await loadService()).provider).not.toHaveProperty('httpApi');
});

describe.each([
  ['nobody', ''],
  ['one origin', NAMED],
  ['everybody', '*'],
])('CORS_ORIGINS that names %s', (_, origins) => {
  const env = {
    CORS_ORIGINS: origins,
    CORS_HEADERS: 'X-Trace-Id',
    DOORBELL_SECRET: SECRET,
    MAX_HELD_POLLS: '2',
    MAX_HELD_POLLS_PER_TOKEN: '1',
    REPEATS_PER_SECOND: '1000',
  };
  let dataDir: string;
  let stacks: readonly LocalStack[];
  let hub: Hub;
  let offline: Offline;
  let stopFunctions: () => Promise<void>;
  let permissions: Readonly<Record<'hub' | 'start' | 'functions', Permissions>>;
  beforeAll(async () => {
    dataDir = await newDataDir();
    stacks = await Promise.all([startLocalStack(), startLocalStack()]);
    const [ofHub, ofFunctions] = stacks as readonly [LocalStack, LocalStack];
    const built = (name: string) => readFileSync(join(SERVICE_DIR, 'dist', name), 'utf8');
    offline = await startOffline(dataDir, await freePort(), {}, env);
    const assets = {
      dashboard: built('dashboard.html'),
      client: built('client.js'),
      more: built('client-more.js'),
      openapi: built('openapi.json'),
    };
    hub = await testHub(ofHub, { secret: SECRET, env, assets });
    ofFunctions.lead(process.env);
    Object.assign(process.env, environmentOf(ofFunctions), env, { POWERTOOLS_LOG_LEVEL: 'SILENT' });
    const functions = await functionFront(owner ?? '');
    stopFunctions = functions.stop;
    permissions = {
      hub: await permissionsOf(over(`http://127.0.0.1:${hub.port}`, owner)),
      start: await permissionsOf(over(offline.url, owner)),
      functions: await permissionsOf(functions.served),
    };
  }, 120_000);
  afterAll(async () => {
    await offline?.end('SIGKILL');
    await hub?.stop();
    await stopFunctions?.();
    await Promise.all((stacks ?? []).map((stack) => stack.stop()));
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  test('the hub lets in who was named and nobody else, and every answer is of its kind', () => {
    for (const [what, permission] of Object.entries(permissions.hub)) {
      const [asked = '', origin] = what.split(' from ');
      const [first] = asked.split(' ');
      // Where nobody is let in, a preflight is a method that no route takes.
      const status = first !== 'preflight' ? Number(first) : origins === '' ? 405 : 204;
      const allowed = origins === '*' ? '*' : origin === origins ? origin : undefined;

      expect(permission.status, what).toBe(status);
      expect(permission['access-control-allow-origin'], what).toBe(allowed);
      expect(permission, what).not.toHaveProperty('access-control-allow-credentials');
      if (first !== 'preflight' || allowed === undefined) continue;
      const headers = String(permission['access-control-allow-headers']).toLowerCase().split(/, */);
      expect(headers, what).toEqual(expect.arrayContaining(['authorization', 'x-trace-id']));
    }
  });

  test('npm start and the functions answer as the hub does', () => {
    expect(permissions.start).toEqual(permissions.hub);
    expect(permissions.functions).toEqual(permissions.hub);
  });
});

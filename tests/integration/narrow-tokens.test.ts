/**
 * Tokens that are narrowed to keys, on every way to events: each answer holds the events that the token may read, and nothing of any other. By the
 * functions' router and by a hub.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { over, publish, type Served } from '../support/http/http.ts';
import { grant, SECRET } from '../support/http/token-table.ts';
import { testHub } from '../support/stack/hub.ts';
import { startProcess } from '../support/stack/process.ts';

const KEYS = ['door-1', 'a.1', 'a.2', 'b.1', 'c', undefined];
/** It stands in the data of the key's event and nowhere else. */
const secretOf = (key: string | undefined) => `<<secret of ${key ?? 'nobody'}>>`;

const KINDS: Readonly<
  Record<string, { readonly grants: readonly string[]; readonly keys: readonly string[] }>
> = {
  'one key': { grants: ['site#door-1'], keys: ['door-1'] },
  'a key that is not there': { grants: ['site#none'], keys: [] },
  'a prefix': { grants: ['site#a.*'], keys: ['a.1', 'a.2'] },
  'keys and prefixes': {
    grants: ['site#door-1', 'site#a.*', 'site#b.*'],
    keys: ['door-1', 'a.1', 'a.2', 'b.1'],
  },
  'every key': { grants: ['s*', 'site#*'], keys: ['door-1', 'a.1', 'a.2', 'b.1', 'c'] },
};

interface Way {
  readonly path: string;
  readonly method?: string;
  /** Which keys are asked for; by default all. */
  readonly asks?: (key: string) => boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

const EVENTS = '/v1/channels/site/events?maxvid=0&wait=0';
const WAYS: readonly Way[] = [
  { path: EVENTS },
  { path: `${EVENTS}&latest=true` },
  { path: `${EVENTS}&key=a.1&key=c`, asks: (key) => ['a.1', 'c'].includes(key) },
  { path: `${EVENTS}&prefix=a`, asks: (key) => key.startsWith('a') },
  { path: '/v1/channels/site/events?last=100&wait=0' },
  { path: '/v1/channels/site/events?since=2020-01-01T00:00:00Z&wait=0' },
  { path: '/v1/events?cursor=site:0&wait=0' },
  { path: '/v1/events?cursor=site:0&cursor=free:0&wait=0' },
  { path: '/v1/channels/site/waits?maxvid=0', method: 'POST' },
  { path: '/v1/channels/site/waits?maxvid=0&prefix=a', method: 'POST', asks: (key) => key.startsWith('a') },
  { path: '/v1/waits?cursor=site:0&cursor=free:0', method: 'POST' },
  { path: '/v1/channels/site/state' },
];

let stack: LocalStack;
let hub: Hub;
const owners: Record<string, Served> = {};
const env = { DIRECT_WAIT: 'true' };
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { secret: SECRET, env });
  const functions = startProcess(stack, { secret: SECRET, env });
  const base = over(`http://127.0.0.1:${hub.port}`);
  owners.hub = base;
  owners.functions = functions.app;
  const token = await grant(['*'], ['*']);
  const owner = over(`http://127.0.0.1:${hub.port}`, token);
  await publish(
    owner,
    'site',
    KEYS.map((key) => ({ ...(key === undefined ? {} : { key }), data: secretOf(key) })),
  );
  await publish(owner, 'free', [{ data: 'free' }]);
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

async function answerTo(
  name: string,
  { path, method = 'GET', headers = {} }: Way,
  grants: readonly string[],
) {
  const token = await grant([...grants, 'free'], grants);
  const asked = { method, headers: { ...headers, authorization: `Bearer ${token}` } };
  return owners[name]?.request(path, asked) ?? Promise.reject(new Error(`no ${name}`));
}

describe.each(['functions', 'hub'])('on %s', (name) => {
  describe.each(Object.entries(KINDS))('a token for %s', (_, { grants, keys }) => {
    test.each(WAYS)('$method $path', async (way) => {
      const response = await answerTo(name, way, grants);
      const body = await response.text();

      expect(response.status).toBe(200);
      const told = KEYS.filter((key) => body.includes(secretOf(key)));
      expect(told).toEqual(keys.filter((key) => way.asks?.(key) ?? true));
    });
  });
});

test.each(Object.entries(KINDS))('a stream of a hub to a token for %s', async (_, { grants, keys }) => {
  const way = { path: EVENTS.replace('wait=0', 'wait=1'), headers: { accept: 'text/event-stream' } };
  const response = await answerTo('hub', way, grants);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let body = '';
  // Its first wait is over when a line of `:` comes, or the position behind what it may not have.
  while (reader && !/^(:|id: 6\n(?!data))/m.test(body)) body += (await reader.read()).value ?? '';
  await reader?.cancel();

  expect(KEYS.filter((key) => body.includes(secretOf(key)))).toEqual(keys);
});

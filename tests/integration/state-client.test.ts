/** `subscribeState` against a hub on one file: whole, by key, and with a token that is narrowed to keys. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { type StateOptions, subscribeState } from '../../packages/client/src/subscribe-state.ts';
import { publish, type Served } from '../support/http/http.ts';
import { fileHub, HUB_SECRET, ownerOf } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let opened: Awaited<ReturnType<typeof fileHub>>;
let owner: Served;
let base: string;
beforeAll(async () => {
  opened = await fileHub(':memory:');
  owner = await ownerOf(opened.hub);
  base = `http://127.0.0.1:${opened.hub.port}`;
});
afterAll(async () => {
  await opened?.hub.stop();
  opened?.opened.close();
});

function follow(options: StateOptions, read: string) {
  const token = () => mint(HUB_SECRET, { read: [read], write: [], ttlS: 60, now: Date.now() });
  const state = subscribeState('site', { base, token, ...options });
  const told: number[] = [];
  state.on('change', ({ changed }) => void told.push(changed.length));
  const held = () => [...state.entries].map(([key, { data }]) => `${key}=${data}`).sort();
  return { state, told, held };
}

test('a reader of all, of a key, of a prefix, and one with a narrowed token each have their state', async () => {
  await publish(owner, 'site', [{ key: 'a.1', data: 1 }, { key: 'b', data: 1 }, { data: 'of no key' }]);
  const readers = [
    follow({}, 'site'),
    follow({ key: 'b' }, 'site'),
    follow({ prefix: 'a.' }, 'site'),
    follow({ prefix: 'a.' }, 'site#a.*'),
    follow({}, 'site#a.*'),
  ];
  await vi.waitUntil(() => readers.every(({ told }) => told.length === 1), { timeout: WAIT_MS });
  expect(readers.map(({ held }) => held())).toEqual([
    ['a.1=1', 'b=1'],
    ['b=1'],
    ['a.1=1'],
    ['a.1=1'],
    ['a.1=1'],
  ]);

  for (let i = 2; i <= 4; i++) await publish(owner, 'site', [{ key: 'b', data: i }, { data: 'of no key' }]);
  await publish(owner, 'site', [
    { key: 'a.1', data: null },
    { key: 'a.2', data: 2 },
  ]);

  const expected = [['a.2=2', 'b=4'], ['b=4'], ['a.2=2'], ['a.2=2'], ['a.2=2']];
  await vi.waitFor(() => expect(readers.map(({ held }) => held())).toEqual(expected), { timeout: WAIT_MS });
  for (const { state } of readers) {
    expect(state.status.state).toBe('live');
    state.close();
  }
});

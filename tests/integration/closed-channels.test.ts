/** Subscriptions to a channel that is closed: they get what came before its end, and go on without haste. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { directFetch } from '../../packages/client/src/direct.ts';
import { subscribe } from '../../packages/client/src/index.ts';
import { subscribeState } from '../../packages/client/src/subscribe-state.ts';
import { posting, publish, type Served } from '../support/http/http.ts';
import { fileHub, HUB_SECRET, managerOf } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let opened: Awaited<ReturnType<typeof fileHub>>;
let owner: Served;
beforeAll(async () => {
  opened = await fileHub(':memory:', { env: { DIRECT_WAIT: 'true' } });
  owner = await managerOf(opened.hub);
});
afterAll(async () => {
  await opened?.hub.stop();
  opened?.opened.close();
});

/** Requests of a subscription are counted. */
function connection(fetch: typeof globalThis.fetch = globalThis.fetch) {
  const asked: string[] = [];
  const counted: typeof globalThis.fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  const token = () => mint(HUB_SECRET, { read: ['*'], write: [], ttlS: 60, now: Date.now() });
  const base = `http://127.0.0.1:${opened.hub.port}`;
  return { asked, options: { base, token, platform: { fetch: counted } } };
}

async function make(name: string): Promise<void> {
  await publish(owner, name, [
    { key: 'a', data: 1 },
    { key: 'b', data: 1 },
  ]);
}

/** With a last event, or without. */
async function close(name: string, last: readonly unknown[]): Promise<void> {
  const init = last.length > 0 ? posting(last) : { method: 'POST' };
  const headers = { ...init.headers, 'stream-closed': 'true' };
  const closed = await owner.request(`/v1/stream/${name}`, { ...init, headers });
  expect(closed.ok).toBe(true);
}

test.each([
  ['by polls', 'with a last event', ['end'], undefined],
  ['by polls', 'without one', [], undefined],
  ['by direct waits', 'with a last event', ['end'], directFetch()],
  ['by direct waits', 'without one', [], directFetch()],
])(
  'a subscription %s hears everything of a channel that is closed %s, also one that comes later',
  async (way, how, last, fetch) => {
    const name = `${way}-${how}`.replaceAll(' ', '-');
    await make(name);
    const follow = () => {
      const { asked, options } = connection(fetch);
      const subscription = subscribe(name, { ...options, from: 'start' });
      const told: unknown[] = [];
      subscription.on('event', ({ data }) => void told.push(data));
      subscription.on('missed', (missed) => void told.push(missed));
      subscription.on('reset', (reset) => void told.push(reset));
      return { subscription, told, asked };
    };
    const early = follow();
    await vi.waitUntil(() => early.told.length === 2, { timeout: WAIT_MS });

    await close(name, last);
    const late = follow();
    const readers = [early, late];
    await vi.waitUntil(() => readers.every(({ told }) => told.length >= 2 + last.length), {
      timeout: WAIT_MS,
    });
    // A poll from behind the mark is held.
    await vi.waitUntil(() => readers.every(({ subscription }) => subscription.status.state === 'live'), {
      timeout: WAIT_MS,
    });

    for (const { subscription, told, asked } of readers) {
      expect(told).toEqual([1, 1, ...last]);
      expect(asked.length).toBeLessThan(10);
      subscription.close();
    }
  },
);

test.each([
  ['whole', {}, ['a', 'b']],
  ['of one key', { key: 'a' }, ['a']],
])(
  'a state that is followed, %s, is that of a channel which is closed meanwhile, and before',
  async (what, keys, expected) => {
    const name = `state-${what.replaceAll(' ', '-')}`;
    await make(name);
    const follow = () => {
      const { asked, options } = connection();
      const subscription = subscribeState<number>(name, { ...options, ...keys });
      subscription.on('change', () => undefined);
      const map = () => [...subscription.entries].map(([key, { data }]) => `${key}=${data}`).sort();
      return { subscription, asked, map };
    };
    const early = follow();
    await vi.waitUntil(() => early.map().length === expected.length, { timeout: WAIT_MS });
    await publish(owner, name, [{ key: 'a', data: 2 }]);

    await close(name, []);
    const late = follow();
    const whole = expected.map((key) => (key === 'a' ? 'a=2' : `${key}=1`));
    for (const { subscription, map, asked } of [early, late]) {
      await vi.waitUntil(() => map().join() === whole.join(), { timeout: WAIT_MS });
      expect(asked.filter((path) => path.includes('/state')).length).toBe(1);
      expect(asked.length).toBeLessThan(10);
      subscription.close();
    }
  },
);

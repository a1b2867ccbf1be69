/** A token that is narrowed to keys, in the hands of readers that know nothing of keys: they get its events, miss nothing, and go on behind those of others. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import type { PollAnswer } from '../../lib/protocol/doorbell.ts';
import { directFetch } from '../../packages/client/src/direct.ts';
import type { PollOptions } from '../../packages/client/src/poller.ts';
import { subscribe } from '../../packages/client/src/subscribe.ts';
import { poll, publish, type Served } from '../support/http/http.ts';
import { fileHub, HUB_SECRET, ownerOf } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let opened: Awaited<ReturnType<typeof fileHub>>;
let owner: Served;
let base: string;
beforeAll(async () => {
  opened = await fileHub(':memory:', { env: { DIRECT_WAIT: 'true' } });
  owner = await ownerOf(opened.hub);
  base = `http://127.0.0.1:${opened.hub.port}`;
});
afterAll(async () => {
  await opened?.hub.stop();
  opened?.opened.close();
});

const token = () => mint(HUB_SECRET, { read: ['site#a.*', 'yard'], write: [], ttlS: 60, now: Date.now() });
const others = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `b.${i}`, data: i }));

/** What a subscription from the start is told, and how often it asks. */
function follow(channels: readonly string[], options: PollOptions = {}) {
  const asked: string[] = [];
  const { fetch = globalThis.fetch } = options.platform ?? {};
  const counted: typeof globalThis.fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  const platform = { ...options.platform, fetch: counted };
  const subscription = subscribe(channels, { base, token, from: 'start', ...options, platform });
  const told: string[] = [];
  subscription.on('event', ({ channel, key, vid }) => void told.push(`${channel} ${key ?? ''} ${vid}`));
  subscription.on('missed', ({ count, after }) => void told.push(`missed ${count} after ${after}`));
  subscription.on('reset', () => void told.push('reset'));
  return { subscription, asked, told };
}

test.each([
  ['by polls', {}],
  ['by direct waits', { platform: { fetch: directFetch() } }],
])('a subscription gets its own events, between and behind those of others: %s', async (name, options) => {
  const channel = 'site';
  const { maxvid: before } = await poll(owner, channel, { wait: 0 }).catch(() => ({ maxvid: 0 }));
  await publish(owner, channel, [...others(30), { key: 'a.1', data: 1 }, ...others(5)]);
  const own = before + 31;
  const { subscription, told, asked } = follow([channel, 'yard'], options);
  const mine = (): readonly string[] => told.filter((one) => Number(one.split(' ').at(-1)) >= own);

  await vi.waitFor(() => expect(mine()).toEqual([`site a.1 ${own}`]), { timeout: WAIT_MS });
  for (let i = 0; i < 3; i++) await publish(owner, channel, others(3));
  await publish(owner, channel, [...others(40), { key: 'a.2', data: 2 }, { key: 'a.1', data: null }]);
  const last = own + 5 + 9 + 41;

  const expected = [`site a.1 ${own}`, `site a.2 ${last}`, `site a.1 ${last + 1}`];
  await vi.waitFor(() => expect(mine()).toEqual(expected), { timeout: WAIT_MS });
  expect(told.filter((one) => /missed|reset/.test(one))).toEqual([]);
  expect(subscription.status.state, name).toBe('live');
  // Where it begins, and then once or twice for each of its events: none for those of others.
  expect(asked.length).toBeLessThan(14);
  subscription.close();
});

test('every number of an answer is an event, missed or passed', async () => {
  const channel = 'counted';
  await publish(owner, channel, [...others(7), { key: 'a', data: 1 }, ...others(2), { key: 'a', data: 2 }]);
  const counts = ({ maxvid, missed, passed = 0, events }: PollAnswer, after: number) =>
    maxvid - after - missed - passed - events.length;
  const quiet = await poll(owner, channel, { maxvid: 0, wait: 0, key: 'none' });
  const newest = await poll(owner, channel, { maxvid: 0, wait: 0, key: 'a', latest: 'true' });
  const some = await poll(owner, channel, { maxvid: 0, wait: 0, key: 'a', limit: 1 });
  const whole = await poll(owner, channel, { maxvid: 0, wait: 0 });

  expect([quiet.passed, newest.passed, newest.skipped, some.passed]).toEqual([11, 10, 1, 9]);
  expect('passed' in whole).toBe(false);
  for (const answer of [quiet, newest, some, whole]) expect(counts(answer, 0)).toBe(0);
});

/** Subscriptions by shared polls, through something that joins equal requests, before a hub. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { subscribe } from '../../packages/client/src/index.ts';
import { sharedFetch } from '../../packages/client/src/shared.ts';
import { Collapser } from '../support/http/collapser.ts';
import { over, publish, range, type Served } from '../support/http/http.ts';
import { fileHub, ownerOf } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const READERS = 50;
const EVENTS = 5;

let opened: Awaited<ReturnType<typeof fileHub>>;
let owner: Served;
let base: string;
beforeAll(async () => {
  opened = await fileHub(':memory:', { env: { PUBLIC_CHANNELS: 'weather weather.*' } });
  owner = await ownerOf(opened.hub);
  base = `http://127.0.0.1:${opened.hub.port}`;
});
afterAll(async () => {
  await opened?.hub.stop();
  opened?.opened.close();
});

test('each of 50 subscriptions gets every event once, in order, and the hub holds one poll or two', async () => {
  const collapser = new Collapser(over(base), Date.now, 'documented');
  const joined: typeof globalThis.fetch = (input) => collapser.request(String(input).replace(base, ''));
  const { held } = opened.hub.ports.poll;
  await publish(owner, 'weather', { data: 0 });
  const subscriptions = range(1, READERS).map(() => {
    const seen: unknown[] = [];
    const platform = { fetch: sharedFetch({ fetch: joined }) };
    const subscription = subscribe('weather', { base, from: 'start', platform });
    subscription.on('event', ({ data }) => void seen.push(data));
    return { seen, subscription };
  });

  let most = 0;
  for (const event of range(1, EVENTS)) {
    const isThere = () => subscriptions.every(({ seen }) => seen.length === event) && held.size > 0;
    await vi.waitUntil(isThere, { timeout: WAIT_MS });
    most = Math.max(most, held.size);
    await publish(owner, 'weather', { data: event });
  }
  await vi.waitUntil(() => subscriptions.every(({ seen }) => seen.length === EVENTS + 1), {
    timeout: WAIT_MS,
  });
  for (const { subscription } of subscriptions) subscription.close();
  collapser.kill();

  expect(most).toBeLessThanOrEqual(2);
  for (const { seen } of subscriptions) expect(seen).toEqual(range(0, EVENTS));
});

test('a channel that is not shared is followed all the same', async () => {
  const came = Promise.withResolvers<unknown>();
  await publish(owner, 'doors', { data: 'knock' });
  const asOwner: typeof globalThis.fetch = (input, init) => {
    const { signal: hangUp } = init ?? {};
    return Promise.resolve(owner.request(String(input).replace(base, ''), hangUp ? { signal: hangUp } : {}));
  };
  const platform = { fetch: sharedFetch({ fetch: asOwner }) };
  const subscription = subscribe('doors', { base, from: 'start', platform });
  subscription.on('event', ({ data }) => came.resolve(data));

  expect(await came.promise).toBe('knock');
  subscription.close();
});

test('a subscription without any option takes shared polls behind what holds them, and no others', async () => {
  const collapser = new Collapser(over(base), Date.now, 'documented');
  const asked: string[] = [];
  const front: typeof globalThis.fetch = (input, { signal } = {}) => {
    const path = String(input).replace(base, '');
    if (!path.endsWith('wait=0')) asked.push(path.split('?')[0] ?? '');
    if (path.startsWith('/v1/shared/')) return collapser.request(path);
    const headers = { 'Doorbell-Front': 'shared' };
    return Promise.resolve(owner.request(path, signal ? { signal, headers } : { headers }));
  };
  const follow = (channel: string) => {
    const seen: unknown[] = [];
    const subscription = subscribe(channel, { base, platform: { fetch: front }, from: 'start' });
    subscription.on('event', ({ data }) => void seen.push(data));
    return { seen, subscription };
  };
  await publish(owner, 'weather.own', { data: 0 });
  await publish(owner, 'private', { data: 0 });
  const both = [follow('weather.own'), follow('private')];

  for (const event of range(1, EVENTS)) {
    await vi.waitUntil(() => both.every(({ seen }) => seen.length === event), { timeout: WAIT_MS });
    for (const channel of ['weather.own', 'private']) await publish(owner, channel, { data: event });
  }
  await vi.waitUntil(() => both.every(({ seen }) => seen.length === EVENTS + 1), { timeout: WAIT_MS });
  for (const { subscription } of both) subscription.close();
  collapser.kill();

  for (const { seen } of both) expect(seen).toEqual(range(0, EVENTS));
  expect(asked).toContain('/v1/shared/weather.own/events');
  expect(asked).not.toContain('/v1/shared/private/events');
});

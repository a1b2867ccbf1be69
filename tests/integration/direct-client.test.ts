/** Subscriptions that wait directly: before a hub, and before functions whose readers have mailboxes of their own. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { directFetch } from '../../packages/client/src/direct.ts';
import { subscribe } from '../../packages/client/src/index.ts';
import { publish, range, type Served } from '../support/http/http.ts';
import { fileHub, ownerOf } from '../support/stack/hub.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const BASE = 'http://doorbell.test';
const EVENTS = 5;

const stopping: Array<() => unknown> = [];
let stack: Stack;
const grounds: Record<string, Served> = {};
beforeAll(async () => {
  stack = await startStack();
  const { hub, opened } = await fileHub(':memory:', { env: { DIRECT_WAIT: 'true' } });
  stopping.push(
    () => hub.stop(),
    () => opened.close(),
    () => stack.stop(),
  );
  grounds.hub = await ownerOf(hub);
  grounds.functions = startProcess(stack, { env: { DIRECT_WAIT: 'true' } }).app;
});
afterAll(async () => {
  for (const stop of stopping) await stop();
});

describe.each(['hub', 'functions'])('before %s', (ground) => {
  test('each of 10 subscriptions gets every event once, in order, and no poll goes the usual way', async () => {
    const served = grounds[ground];
    if (!served) throw new Error('it was not started');
    const usual: string[] = [];
    const counted: typeof globalThis.fetch = (input, { signal, ...init } = {}) => {
      const path = String(input).replace(BASE, '');
      if (path.startsWith('/v1/events')) usual.push(path);
      return Promise.resolve(served.request(path, { ...init, ...(signal ? { signal } : {}) }));
    };
    await publish(served, 'weather', { data: 0 });
    const subscriptions = range(1, 10).map(() => {
      const seen: unknown[] = [];
      const platform = { fetch: directFetch({ fetch: counted }) };
      const subscription = subscribe('weather', { base: BASE, from: 'start', platform });
      subscription.on('event', ({ data }) => void seen.push(data));
      return { seen, subscription };
    });

    for (const event of range(1, EVENTS)) {
      await vi.waitUntil(() => subscriptions.every(({ seen }) => seen.length === event), {
        timeout: WAIT_MS,
      });
      await publish(served, 'weather', { data: event });
    }
    await vi.waitUntil(() => subscriptions.every(({ seen }) => seen.length === EVENTS + 1), {
      timeout: WAIT_MS,
    });
    for (const { subscription } of subscriptions) subscription.close();

    for (const { seen } of subscriptions) expect(seen).toEqual(range(0, EVENTS));
    expect(usual).toEqual([]);
  });

  test('a subscription without any option waits in the way that costs this server less', async () => {
    const served = grounds[ground];
    if (!served) throw new Error('it was not started');
    const held: string[] = [];
    const counted: typeof globalThis.fetch = (input, { signal, ...init } = {}) => {
      const path = String(input).replace(BASE, '');
      if (!path.endsWith('wait=0')) held.push(path.replace(/\?.*/, ''));
      return Promise.resolve(served.request(path, { ...init, ...(signal ? { signal } : {}) }));
    };
    const seen: unknown[] = [];
    const channel = `choice-${ground}`;
    await publish(served, channel, { data: 0 });
    const subscription = subscribe(channel, { base: BASE, from: 'start', platform: { fetch: counted } });
    subscription.on('event', ({ data }) => void seen.push(data));

    // Its first poll may have been on its way before the other way was loaded.
    for (const event of range(1, EVENTS)) {
      await vi.waitUntil(() => seen.length === event, { timeout: WAIT_MS });
      await publish(served, channel, { data: event });
    }
    await vi.waitUntil(() => seen.length === EVENTS + 1, { timeout: WAIT_MS });
    subscription.close();

    expect(seen).toEqual(range(0, EVENTS));
    expect(held.includes('/v1/wait')).toBe(ground !== 'hub');
  });
});

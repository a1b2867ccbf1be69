/** `@doorbell/client/tanstack`: collections of TanStack DB over the states of channels. */

import { readFileSync } from 'node:fs';
import { createCollection, createLiveQueryCollection, eq } from '@tanstack/db';
import { afterEach, describe, expect, test } from 'vitest';
import { publish } from '../../../packages/client/src/index.ts';
import { stateCollection } from '../../../packages/client/src/tanstack.ts';
import { headers, server } from './server.mjs';

const { CONFORMANCE_TOKEN: token = '' } = process.env;
const base = server;
const WAIT = { timeout: 30_000 };
const connection = { base, token: () => token };
const fresh = () => `tanstack-${crypto.randomUUID()}`;
const set = (channel, key, data) => publish(channel, data, { ...connection, key });
const rows = (collection) => collection.toArray.map(({ key, data }) => [key, data]).sort();
const open = [];

/** The protocol's own server and the double of API Gateway have streams, and no channels. */
const { ok: hasChannels } = await fetch(`${server}/v1/events?cursor=probe&wait=0`, { headers });

/** A collection over a channel's state, that ends with its test. */
function collect(channel, options = {}) {
  const collection = createCollection(stateCollection(channel, { ...connection, ...options }));
  open.push(collection);
  return collection;
}

/** Notes what changes from now on. */
function watch(collection, changes) {
  const note = (seen) => changes.push(...seen.map(({ type, key }) => `${type} ${key}`));
  // Or else a row that it was not told of is new to it.
  collection.subscribeChanges(note, { includeInitialState: true });
  changes.length = 0;
}

/** A network that can be taken away, and an answer put in the place of another. */
function network() {
  const net = { answer: undefined, asked: [] };
  net.fetch = (input, init) => {
    net.asked.push(String(input));
    return net.answer ? net.answer(String(input)) : fetch(input, init);
  };
  return net;
}
const cut = () => Promise.reject(new TypeError('Failed to fetch'));

afterEach(async () => {
  // Those that look at others stand behind them.
  for (const collection of open.splice(0).reverse()) await collection.cleanup();
});

describe.skipIf(!hasChannels)('a collection over a state', () => {
  test('has the whole state at first, then its changes and deletions, and live queries follow', async () => {
    const channel = fresh();
    await set(channel, 'a', { isOpen: true });
    await set(channel, 'b', { isOpen: false });
    const doors = collect(channel);
    const isOpen = createLiveQueryCollection((q) =>
      q.from({ door: doors }).where(({ door }) => eq(door.data.isOpen, true)),
    );
    open.push(isOpen);
    await isOpen.preload();
    expect(isOpen.toArray.map(({ key }) => key)).toEqual(['a']);

    await set(channel, 'b', { isOpen: true });
    await set(channel, 'a', null);
    await set(channel, 'c', { isOpen: true });

    await expect.poll(() => isOpen.toArray.map(({ key }) => key).sort(), WAIT).toEqual(['b', 'c']);
    expect(rows(doors)).toEqual([
      ['b', { isOpen: true }],
      ['c', { isOpen: true }],
    ]);
  });

  test('of a channel without events is ready and empty, and begins with the first', async () => {
    const channel = fresh();
    const doors = collect(channel);
    await doors.preload();
    expect([doors.status, doors.size]).toEqual(['ready', 0]);

    await set(channel, 'a', 1);

    await expect.poll(() => rows(doors), WAIT).toEqual([['a', 1]]);
  });

  test('is there after a reload without a network, and goes on with one, without a row that goes and comes', async () => {
    const channel = fresh();
    const store = new Map();
    await set(channel, 'a', 1);
    await set(channel, 'b', 2);
    const before = collect(channel, { store });
    await before.preload();
    await before.cleanup();

    const net = network();
    net.answer = cut;
    const after = collect(channel, { store, platform: { fetch: net.fetch } });
    const changes = [];
    await after.preload();
    expect(rows(after)).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    watch(after, changes);
    await set(channel, 'b', 3);
    net.answer = undefined;

    await expect
      .poll(() => rows(after), WAIT)
      .toEqual([
        ['a', 1],
        ['b', 3],
      ]);
    expect(changes).toEqual(['update b']);
    expect(net.asked.filter((url) => url.includes('/state'))).toEqual([]);
  });

  test('of a channel that is numbered anew changes by the differences', async () => {
    const [old, anew] = [fresh(), fresh()];
    for (const key of ['a', 'b']) await set(old, key, key);
    const net = network();
    // The one channel takes the other one's place.
    const swapped = async (input) => {
      const response = await fetch(input.replaceAll(old, anew), {
        headers: { authorization: `Bearer ${token}` },
      });
      const text = (await response.text()).replaceAll(anew, old);
      return new Response(text, { status: response.status });
    };
    const doors = collect(old, { platform: { fetch: net.fetch }, wait: 1 });
    await doors.preload();
    const changes = [];
    watch(doors, changes);
    await set(anew, 'b', 'another');
    await set(anew, 'c', 'c');
    net.answer = swapped;

    await expect
      .poll(() => rows(doors), WAIT)
      .toEqual([
        ['b', 'another'],
        ['c', 'c'],
      ]);
    expect(changes.sort()).toEqual(['delete a', 'insert c', 'update b']);
  });

  test('that is refused says so: the first error is its own, a later one is the status', async () => {
    const channel = fresh();
    const refuse = async () =>
      Response.json({ type: 'urn:doorbell:problem:forbidden', detail: 'No.' }, { status: 403 });
    const net = network();
    net.answer = refuse;
    const never = collect(channel, { platform: { fetch: net.fetch } });
    await expect(never.preload()).rejects.toMatchObject({ code: 'forbidden' });
    expect(never.status).toBe('error');

    net.answer = undefined;
    await set(channel, 'a', 1);
    const said = [];
    const later = collect(channel, {
      platform: { fetch: net.fetch },
      wait: 1,
      onStatus: ({ state, error }) => said.push(`${state} ${error?.code ?? ''}`),
    });
    await later.preload();
    net.answer = refuse;

    await expect.poll(() => said.at(-1), WAIT).toBe('stopped forbidden');
    expect(rows(later)).toEqual([['a', 1]]);
  });

  test('is made as README.md says', async () => {
    const readme = readFileSync(new URL('../../../packages/client/README.md', import.meta.url), 'utf8');
    const [, code = ''] = /```ts\n([^`]*@doorbell\/client\/tanstack[^`]*)```/.exec(readme) ?? [];
    const body = code.split('\n').filter((line) => !line.startsWith('import '));
    expect(body.filter(Boolean).length).toBeLessThanOrEqual(5);
    const channel = fresh();
    await set(channel, '7', { ynopen: 'N' });
    await set(channel, '8', { ynopen: 'Y' });
    const shown = [];
    const of = (_, options) => {
      const collection = createCollection(stateCollection(channel, { ...connection, ...options }));
      open.push(collection);
      return collection;
    };
    const run = new Function(
      'createCollection',
      'createLiveQueryCollection',
      'eq',
      'stateCollection',
      'webStore',
      'show',
      body.join('\n'),
    );

    const live = (...options) => {
      open.push(createLiveQueryCollection(...options));
      return open.at(-1);
    };

    run(
      (made) => made,
      live,
      eq,
      of,
      () => new Map(),
      (list) => shown.push(list.map(({ key }) => key)),
    );

    await expect.poll(() => shown.at(-1), WAIT).toEqual(['7']);
  });
});

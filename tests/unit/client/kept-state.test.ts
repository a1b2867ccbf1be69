/** `subscribeState` with a `store`: what is there after a reload, and that it becomes exact whatever happened meanwhile. */
import { describe, expect, test } from 'vitest';
import { MOST_CHARACTERS } from '../../../packages/client/src/kept-state.ts';
import type { Store } from '../../../packages/client/src/store.ts';
import { webStore } from '../../../packages/client/src/store.ts';
import { type StateOptions, subscribeState } from '../../../packages/client/src/subscribe-state.ts';
import { startScene } from '../../support/browser/client.ts';

/** A page that follows the state of `doors`, kept in `store`; opening it again is a reload. */
function startKept(store: Store = new Map<string, string>()) {
  const scene = startScene();
  const open = (options: StateOptions = {}) => {
    const { platform } = scene.browser.open(scene.server.fetch);
    const state = subscribeState('doors', { platform, store, ...options });
    const told: string[] = [];
    state.on('change', ({ changed, deleted }) => {
      told.push(
        [...changed.map(({ key, data }) => `${key}=${data}`), ...deleted.map((key) => `-${key}`)].join(' '),
      );
    });
    const held = () =>
      Object.fromEntries([...state.entries].map(([key, { id, data }]) => [key, `${id} ${data}`]));
    return { state, told, held };
  };
  const states = () => scene.server.asked.filter((path) => path.includes('/state')).length;
  return { ...scene, store, open, states };
}

/** A page that has a=1 and b=2, was left, and is without a network. */
async function leftOffline(store?: Store) {
  const scene = startKept(store);
  scene.server.set('doors', 'a', 1);
  scene.server.set('doors', 'b', 2);
  const { state, told } = scene.open();
  await scene.time.advance(1_000);
  expect(told).toEqual(['a=1 b=2']);
  state.close();
  scene.server.fault = () => 'cut';
  return scene;
}

describe('a state that is kept', () => {
  test('is told at once without a network, and goes on from its place when there is one', async () => {
    const { server, time, open, states } = await leftOffline();
    const { told, held } = open();
    await time.advance(5_000);
    expect(told).toEqual(['a=1 b=2']);

    server.set('doors', 'a', 3);
    server.set('doors', 'b', null);
    server.fault = () => undefined;
    await time.advance(60_000);

    expect(told).toEqual(['a=1 b=2', 'a=3 -b']);
    expect(held()).toEqual(server.state('doors'));
    expect(states()).toBe(1);
  });

  test.each([
    ['was numbered anew', 'anew'],
    ['keeps nothing of its place any more', 'expire'],
  ])('of a channel that %s is read again, and only the differences are told', async (_, how) => {
    const { server, time, open } = await leftOffline();
    if (how === 'anew') server.beginAnew('doors');
    server.set('doors', 'b', 5);
    server.set('doors', 'c', 6);
    if (how === 'expire') server.expire('doors', 3);
    server.fault = () => undefined;
    const { told, held } = open();
    await time.advance(60_000);

    expect(told).toEqual(['a=1 b=2', how === 'anew' ? 'b=5 c=6 -a' : 'b=5 c=6']);
    expect(held()).toEqual(server.state('doors'));
  });

  test('is kept again as it changes, without being closed: every five seconds at most, and when the page is hidden', async () => {
    const texts: string[] = [];
    const { server, time, open, browser } = startKept({
      get: () => undefined,
      set: (_, text) => void texts.push(text),
    });
    server.set('doors', 'a', 0);
    const tab = browser.open(server.fetch);
    open({ platform: tab.platform });
    await time.advance(1_000);
    for (let i = 1; i <= 100; i++) {
      server.set('doors', 'a', i);
      await time.advance(100);
    }
    expect(texts.length).toBe(2);

    tab.dispatch('visibilitychange');

    expect(texts.length).toBe(3);
    expect(JSON.parse(texts.at(-1) ?? '')).toMatchObject({
      position: '101:life-1',
      entries: [{ data: 100 }],
    });
    await time.advance(60_000);
    expect(texts.length).toBe(3);
  });

  test('is apart from that of other keys, and from the positions of a subscription', async () => {
    const { store, server, time, open } = await leftOffline(new Map([['doors', '7:other']]));
    const { told } = open({ prefix: 'a' });
    await time.advance(1_000);
    expect(told).toEqual([]);
    server.fault = () => undefined;
    await time.advance(60_000);

    expect(told).toEqual(['a=1']);
    expect(store.get('doors')).toBe('7:other');
  });
});

describe('what cannot be kept is done without', () => {
  const large = 'x'.repeat(100_000);

  test('a state of more than a million characters, whatever was kept before', async () => {
    const { store, server, time, open } = await leftOffline();
    server.fault = () => undefined;
    const { state, held } = open();
    await time.advance(60_000);
    for (let i = 0; i < 11; i++) server.set('doors', `k${i}`, large);
    await time.advance(10_000);

    expect(Object.keys(held()).length).toBe(13);
    expect(state.status.state).toBe('live');
    expect(store.get('state:doors?')).toBe('');
    for (let i = 0; i < 11; i++) server.set('doors', `k${i}`, null);
    await time.advance(10_000);
    expect(store.get('state:doors?')).toMatch(/^.{50,1000}$/);
    expect(MOST_CHARACTERS).toBe(1_000_000);
  });

  test.each([
    ['is no JSON', '{'],
    ['has no place', '{"entries":[]}'],
    ['has a place without a life', '{"position":"3","entries":[]}'],
    ['has entries that are none', '{"position":"3:life-1","entries":[{"key":"a","vid":"1"}]}'],
    ['is null', 'null'],
  ])('a text that %s', async (_, text) => {
    const { server, time, open } = startKept(new Map([['state:doors?', text]]));
    server.set('doors', 'a', 1);
    const { told } = open();
    await time.advance(1_000);

    expect(told).toEqual(['a=1']);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no storage');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('no storage');
      },
    ],
  ])('a store that %s', async (_, fail) => {
    const { server, time, open } = startKept({ get: fail, set: fail });
    server.set('doors', 'a', 1);
    const { state, told } = open();
    await time.advance(10_000);

    expect(told).toEqual(['a=1']);
    expect(state.status.state).toBe('live');
  });

  test('a storage that is full', async () => {
    const setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const { server, time, open } = startKept(webStore({ getItem: () => null, setItem }));
    server.set('doors', 'a', 1);
    const { told } = open();
    await time.advance(10_000);

    expect(told).toEqual(['a=1']);
  });
});

/** `subscribeState`: the map of a channel's keys, and when which changes of it are told. */
import { describe, expect, test } from 'vitest';
import {
  type StateChange,
  type StateOptions,
  subscribeState,
} from '../../../packages/client/src/subscribe-state.ts';
import { startScene } from '../../support/browser/client.ts';

/** Follows the state of `doors` in a tab of its own. */
function startState(options: StateOptions = {}) {
  const scene = startScene();
  const follow = (more: StateOptions = options) => {
    const tab = scene.browser.open(scene.server.fetch);
    const state = subscribeState('doors', { platform: tab.platform, ...more });
    const told: string[] = [];
    const statuses: string[] = [];
    state.on('status', (status) => void statuses.push(status.state));
    state.on('change', (change) => void told.push(print(change)));
    const held = () =>
      Object.fromEntries([...state.entries].map(([key, { id, data }]) => [key, `${id} ${data}`]));
    return { tab, state, told, statuses, held };
  };
  return { ...scene, follow };
}

/** `a=1 b=2 -c`. */
function print({ changed, deleted }: StateChange): string {
  return [...changed.map(({ key, data }) => `${key}=${data}`), ...deleted.map((key) => `-${key}`)].join(' ');
}

const paths = (asked: readonly string[]) => asked.map((path) => decodeURIComponent(path));

describe('a state', () => {
  test('is told whole, and then what changes in it', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 1);
    server.set('doors', 'b', 2);
    server.publish('doors', 3);
    const { told, held } = follow();
    await time.advance(1_000);

    server.set('doors', 'a', 3);
    await time.advance(1_000);
    server.set('doors', 'b', null);
    server.publish('doors');
    await time.advance(1_000);

    expect(told).toEqual(['a=1 b=2', 'a=3', '-b']);
    expect(held()).toEqual(server.state('doors'));
    expect(paths(server.asked).slice(0, 2)).toEqual([
      '/v1/channels/doors/state',
      '/v1/events?cursor=doors:5:life-1&wait=0',
    ]);
  });

  test('has pages without an entry, where many keys are deleted, that lead on', async () => {
    const answer = (entries: readonly object[], next: string | null) =>
      Response.json({ channel: 'doors', epoch: 'e', maxvid: 5, entries, next });
    const pages = [answer([], 'm'), answer([{ key: 'n', vid: 5, id: 'i', at: '', data: 1 }], null)];
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(String(input));
      return pages.shift() ?? new Promise<Response>(() => undefined);
    };
    const state = subscribeState('doors', { base: 'http://doorbell.test', platform: { fetch } });
    const held = await new Promise<string[]>((resolve) => {
      state.on('change', ({ entries }) => resolve([...entries.keys()]));
    });
    state.close();

    expect(held).toEqual(['n']);
    expect(asked[1]).toContain('?after=m');
  });

  test('of several pages is read page by page, and one that fails is asked for again', async () => {
    const { server, time, follow } = startState();
    for (const key of ['a', 'b', 'c & d', 'e']) server.set('doors', key, key);
    server.keys('doors').pageEntries = 2;
    let failures = 1;
    server.fault = ({ search }) => (search.includes('after') && failures-- > 0 ? 'busy' : undefined);
    const { told, statuses } = follow();
    await time.advance(10_000);

    expect(told).toEqual(['a=a b=b c & d=c & d e=e']);
    expect(paths(server.asked).slice(0, 4)).toEqual([
      '/v1/channels/doors/state',
      '/v1/channels/doors/state?after=b',
      '/v1/channels/doors/state?after=b',
      '/v1/events?cursor=doors:4:life-1&wait=0',
    ]);
    expect(statuses.slice(0, 3)).toEqual(['waiting', 'connecting', 'live']);
  });

  test('of a channel without an event is empty, and its first event is a change', async () => {
    const { server, time, follow } = startState();
    const { told } = follow();
    await time.advance(1_000);

    server.set('doors', 'a', 1);
    await time.advance(1_000);

    expect(told).toEqual(['', 'a=1']);
  });

  test('that a page has newer than where the polls begin is not set back', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 1);
    server.set('doors', 'z', 1);
    server.keys('doors').pageEntries = 1;
    server.fault = ({ search }) => {
      if (!search.includes('after') || server.head('doors') > 2) return undefined;
      server.set('doors', 'z', 2);
      server.set('doors', 'z', 3);
      return undefined;
    };
    const { told } = follow();
    await time.advance(1_000);

    expect(told).toEqual(['a=1 z=3']);
  });

  test.each([
    ['after events that are no longer kept', 'expire'],
    ['of another life', 'anew'],
  ])('%s is read again, and only the differences are told', async (_, how) => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 1);
    server.set('doors', 'b', 1);
    const { told, held, tab } = follow();
    await time.advance(1_000);

    server.fault = () => 'cut';
    await time.advance(30_000);
    if (how === 'anew') server.beginAnew('doors');
    server.set('doors', 'b', 2);
    server.set('doors', 'c', 1);
    if (how === 'expire') server.expire('doors', 3);
    server.fault = () => undefined;
    await time.advance(60_000);

    expect(told[1]).toBe(how === 'anew' ? 'b=2 c=1 -a' : 'b=2 c=1');
    expect(held()).toEqual(server.state('doors'));
    expect(tab).toBeDefined();
  });

  test('that the server does not keep is what its events say, until some are missed', async () => {
    const { server, time, follow } = startState();
    server.keepsStates = false;
    server.set('doors', 'a', 1);
    const whole = follow();
    await time.advance(1_000);
    server.expire('doors', 1);
    const cut = follow();
    await time.advance(5_000);

    expect(whole.told).toEqual(['', 'a=1']);
    expect(cut.state.status).toMatchObject({ state: 'stopped', error: { code: 'not-found' } });
  });

  test('ends with an error that does not pass', async () => {
    const { server, time, follow } = startState();
    server.refusal = { status: 403, code: 'forbidden' };
    const { state, told } = follow();
    await time.advance(1_000);

    expect(state.status).toMatchObject({ state: 'stopped', error: { code: 'forbidden' } });
    expect([told, server.asked.length]).toEqual([[], 1]);
  });

  test('is read slowly where it must be read again and again', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 1);
    server.fault = ({ pathname }) => {
      if (pathname.endsWith('/state')) return undefined;
      server.beginAnew('doors');
      server.set('doors', 'a', 1);
      return undefined;
    };
    follow();
    await time.advance(600_000);

    expect(server.asked.length).toBeLessThan(120);
  });
});

describe('some keys', () => {
  test.each([
    [{ key: ['a 1', 'b'] }, 'key=a%201&key=b', ['a 1=1', 'a 1=3']],
    [{ prefix: 'a ' }, 'prefix=a%20', ['a 1=1', 'a 1=3']],
    [{ key: 'c' }, 'key=c', ['c=2', 'c=4']],
  ] as const)('%j are asked for, of the state and in the polls', async (narrow, query, expected) => {
    const { server, time, follow } = startState();
    server.set('doors', 'a 1', 1);
    server.set('doors', 'c', 2);
    const { told, statuses } = follow(narrow);
    await time.advance(1_000);
    server.publish('doors', 3);
    server.set('doors', 'a 1', 3);
    server.publish('doors', 3);
    server.set('doors', 'c', 4);
    await time.advance(1_000);

    expect(told).toEqual(expected);
    expect(server.asked.every((path) => path.includes(query))).toBe(true);
    expect(statuses).toEqual(['live']);
  });

  test('are read again when something was missed', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 1);
    const { told } = follow({ key: 'a' });
    await time.advance(1_000);
    server.fault = () => 'cut';
    await time.advance(30_000);
    server.set('doors', 'b', 2);
    server.set('doors', 'a', null);
    server.expire('doors', 3);
    server.fault = () => undefined;
    await time.advance(60_000);

    expect(told).toEqual(['a=1', '-a']);
  });
});

describe('changes', () => {
  test('with `every` are told at most once in that time, with what is newest', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 0);
    const { told } = follow({ every: 1_000 });
    await time.advance(5_000);

    for (let i = 1; i <= 20; i++) {
      server.set('doors', 'a', i);
      server.set('doors', 'gone', i);
      server.set('doors', 'gone', null);
      await time.advance(200);
    }
    await time.advance(2_000);

    expect(told[0]).toBe('a=0');
    expect(told.at(-1)).toBe('a=20');
    expect(told.length).toBeGreaterThan(3);
    expect(told.length).toBeLessThan(8);
    expect(told.join()).not.toContain('gone');
  });

  test('wait for the handler, and are one when it is done', async () => {
    const { server, time, browser } = startState();
    server.set('doors', 'a', 0);
    const { platform } = browser.open(server.fetch);
    const state = subscribeState('doors', { platform });
    const told: string[] = [];
    const slow = Promise.withResolvers<void>();
    state.on('change', (change) => {
      told.push(print(change));
      return told.length === 1 ? slow.promise : undefined;
    });
    await time.advance(1_000);
    for (let i = 1; i <= 3; i++) {
      server.set('doors', 'a', i);
      await time.advance(1_000);
    }
    expect(told).toEqual(['a=0']);

    slow.resolve();
    await time.advance(1_000);

    expect(told).toEqual(['a=0', 'a=3']);
  });

  test('that a handler throws at end it', async () => {
    const { server, time, browser } = startState();
    server.set('doors', 'a', 0);
    const state = subscribeState('doors', browser.open(server.fetch));
    const cause = new Error('no');
    state.on('change', () => Promise.reject(cause));
    await time.advance(1_000);

    expect(state.status).toMatchObject({ state: 'stopped', error: { code: 'handler', cause } });
  });

  test('are not told after it was closed, and nothing is asked for', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 0);
    const aborting = new AbortController();
    const closed = follow();
    const aborted = follow({ signal: aborting.signal });
    await time.advance(1_000);
    server.set('doors', 'a', 1);
    closed.state.close();
    aborting.abort();
    await time.advance(30_000);
    const asked = server.asked.length;
    await time.advance(60_000);

    expect([closed.told, aborted.told, closed.state.status]).toEqual([
      ['a=0'],
      ['a=0'],
      { state: 'stopped' },
    ]);
    expect([server.asked.length, server.open.size]).toEqual([asked, 0]);
  });
});

test('tabs share the polls of a whole state', async () => {
  const { server, time, follow } = startState();
  server.set('doors', 'a', 0);
  const tabs = [follow(), follow(), follow()];
  await time.advance(1_000);
  server.set('doors', 'a', 1);
  await time.advance(1_000);

  expect(tabs.map(({ told }) => told.at(-1))).toEqual(['a=1', 'a=1', 'a=1']);
  expect(server.open.size).toBe(1);
});

test.each<[string, StateOptions]>([
  ['a b', {}],
  ['doors', { key: [] }],
  ['doors', { key: '' }],
  ['doors', { key: 'x'.repeat(257) }],
  ['doors', { key: 'a', prefix: 'b' }],
  ['doors', { key: Array.from({ length: 21 }, (_, i) => `${i}`) }],
  ['doors', { every: -1 }],
  ['doors', { every: Number.NaN }],
  ['doors', { every: 3_600_001 }],
])('%s with %j is refused at once', (channel, options) => {
  const { server, browser } = startState();
  const { platform } = browser.open(server.fetch);

  expect(() => subscribeState(channel, { platform, ...options })).toThrow(
    expect.objectContaining({ code: 'bad-request' }),
  );
});

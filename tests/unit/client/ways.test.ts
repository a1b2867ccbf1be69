/** `choose`: which way a poll goes of those that are offered, what follows where one does not work, and what a hidden page does. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { PollAnswer, Way } from '../../../lib/protocol/doorbell.ts';
import { HIDDEN_MS, REST_MS } from '../../../packages/client/src/hidden-rest.ts';
import { type Subscription, subscribe } from '../../../packages/client/src/index.ts';
import { request } from '../../../packages/client/src/request.ts';
import { choose } from '../../../packages/client/src/ways.ts';
import { VirtualBrowser } from '../../support/browser/virtual-browser.ts';
import { VirtualServer } from '../../support/browser/virtual-server.ts';
import { VirtualWays } from '../../support/browser/virtual-ways.ts';
import { WAIT_MS } from '../../support/time/limits.ts';
import { VirtualTime } from '../../support/time/virtual-time.ts';

const ANSWER = { channel: 'doors', epoch: 'e', events: [], maxvid: 3, missed: 0 };
const AT_3 = '/v1/events?cursor=doors:3:e&wait=20';
const PROBE = '/v1/events?cursor=doors:3:e&wait=0';

type Answered = Response | Error;

/** A server that answers by the beginning of a path, and notes the paths. */
function serve(
  answers: Readonly<Record<string, () => Answered>> = {},
  offered: readonly Way[] | unknown = [],
) {
  const asked: string[] = [];
  let now = 1_000_000;
  const usual = () => Response.json({ channels: [ANSWER], ways: offered });
  const all: Readonly<Record<string, () => Answered>> = {
    '/v1/events': usual,
    '/v1/shared': () => Response.json({ ...ANSWER, slot: 7 }),
    '/v1/waits': () =>
      Response.json({ channels: [ANSWER], wait: { ticket: 't.i.1', seconds: 20, life: 60 } }),
    '/v1/wait': () => new Response('nothing'),
    ...answers,
  };
  const fetch: typeof globalThis.fetch = async (input) => {
    const path = String(input).replace('https://doorbell.example', '');
    asked.push(path);
    const [name = ''] = /^\/v1\/\w+/.exec(path) ?? [];
    const answer = all[name]?.();
    if (!answer || answer instanceof Error) throw answer;
    return answer;
  };
  const connection = { base: 'https://doorbell.example', platform: { fetch, now: () => now } };
  const read = (value: unknown) => (value as { channels?: readonly PollAnswer[] } | undefined)?.channels;
  const send = choose(request, offered);
  const poll = (path: string) => send(connection, path, read, 30_000, new AbortController());
  return { asked, poll, pass: (ms: number) => (now += ms) };
}

const kinds = (asked: readonly string[]) => asked.map((path) => /^\/v1\/\w+/.exec(path)?.[0]);

describe('a held poll goes', () => {
  test.each([
    [['shared', 'direct'], ['/v1/shared']],
    [['direct'], ['/v1/waits', '/v1/wait']],
    [['shared'], ['/v1/shared']],
    [[], ['/v1/events']],
    [['a way of next year'], ['/v1/events']],
    ['direct', ['/v1/events']],
  ])('where %j is offered, by %j', async (offered, way) => {
    const { asked, poll } = serve({}, offered);

    expect(await poll(AT_3)).toMatchObject([{ channel: 'doors', maxvid: 3 }]);

    expect(kinds(asked)).toEqual(way);
  });

  test('of several channels by a direct wait', async () => {
    const { asked, poll } = serve({}, ['shared', 'direct']);

    await poll('/v1/events?cursor=doors:3:e&cursor=alerts:4&wait=20');

    expect(kinds(asked)[0]).toBe('/v1/waits');
  });

  test.each(['/v1/events?cursor=doors&wait=0', PROBE, '/v1/events?cursor=doors:3:e&cursor=alerts&wait=20'])(
    'the usual way as %s',
    async (path) => {
      const { asked, poll } = serve({}, ['shared', 'direct']);

      await poll(path);

      expect(asked).toEqual([path]);
    },
  );
});

test('each answer to a poll that is not held says anew what is offered', async () => {
  let offered: readonly Way[] | undefined = ['direct'];
  const { asked, poll } = serve({
    '/v1/events': () => Response.json({ channels: [ANSWER], ways: offered }),
  });

  await poll(AT_3);
  await poll(PROBE);
  await poll(AT_3);
  offered = undefined;
  await poll(PROBE);
  await poll(AT_3);

  expect(kinds(asked)).toEqual([
    '/v1/events',
    '/v1/events',
    '/v1/waits',
    '/v1/wait',
    '/v1/events',
    '/v1/events',
  ]);
});

describe('where a way does not work', () => {
  const refused = (status: number) => () => Response.json({ detail: 'no' }, { status });

  test('the next one is taken, and the first again after 5 minutes', async () => {
    const { asked, poll, pass } = serve({ '/v1/shared': refused(403) }, ['shared', 'direct']);

    await poll(AT_3);
    await poll(AT_3);
    pass(300_000);
    await poll(AT_3);

    expect(kinds(asked)).toEqual([
      '/v1/shared',
      '/v1/waits',
      '/v1/wait',
      '/v1/wait',
      '/v1/shared',
      '/v1/waits',
      '/v1/wait',
    ]);
  });

  test('the usual one is taken where none does', async () => {
    const { asked, poll } = serve({ '/v1/shared': refused(401), '/v1/waits': refused(404) }, [
      'shared',
      'direct',
    ]);

    expect(await poll(AT_3)).toMatchObject([{ maxvid: 3 }]);

    expect(kinds(asked)).toEqual(['/v1/shared', '/v1/waits', '/v1/events']);
  });

  test('what cannot be reached is left after a few failures, and gone back to after a minute', async () => {
    const { asked, poll, pass } = serve({ '/v1/shared': () => new TypeError('cut') }, ['shared']);

    for (let i = 0; i < 3; i++) await poll(AT_3).catch(() => undefined);
    pass(60_000);
    await poll(AT_3).catch(() => undefined);

    expect(kinds(asked)).toEqual(['/v1/shared', '/v1/shared', '/v1/events', '/v1/shared']);
  });
});

/** A subscription in a tab of a virtual browser, whose server offers direct waits; live, and with its first wait begun. */
async function followed(offered: readonly Way[] = ['direct'], share: boolean | string = true, hold?: number) {
  const time = new VirtualTime();
  const server = new VirtualServer(time);
  const ways = new VirtualWays(server, time);
  Object.assign(ways, { offered, hold });
  const browser = new VirtualBrowser(time, 1);
  const seen: number[] = [];
  const open = (): { tab: ReturnType<VirtualBrowser['open']>; subscription: Subscription } => {
    const tab = browser.open(ways.fetch);
    const subscription = subscribe('doors', { from: 'start', platform: tab.platform, share });
    subscription.on('event', ({ vid }) => void seen.push(vid));
    return { tab, subscription };
  };
  server.publish('doors');
  const first = open();
  // The module is loaded in real time.
  const isTaken = async () => {
    await time.advance(1_000);
    return ways.counts.waits + ways.counts.shared > 0;
  };
  await vi.waitUntil(isTaken, { timeout: WAIT_MS, interval: 1 });
  return { ...first, time, server, ways, seen, open };
}

describe('a subscription', () => {
  test('takes up what is offered, and nothing else is to be said for it', async () => {
    const { subscription, time, server, ways, seen } = await followed();
    const { usual } = ways.counts;

    server.publish('doors', 2);
    await time.advance(100);

    expect(seen).toEqual([1, 2, 3]);
    expect(ways.counts.usual).toBe(usual);
    expect(subscription.status.state).toBe('live');
  });

  test('asks once a minute and waits three times where nothing happens', async () => {
    const { time, ways } = await followed();
    const { asks, waits, usual } = ways.counts;

    await time.advance(600_000);

    expect(ways.counts.asks - asks).toBe(10);
    expect(ways.counts.waits - waits).toBe(30);
    expect(ways.counts.usual).toBe(usual);
  });
});

describe('a shared poll that may be held for longer', () => {
  const sixMinutes = 330_000;

  test('is asked for once in that time, and other tabs take its leader for alive', async () => {
    const scene = await followed(['shared'], true, 55);
    const { time, ways, open, server, seen } = scene;
    open();
    await time.advance(60_000);
    const { shared, usual } = ways.counts;

    await time.advance(sixMinutes);

    expect(ways.counts.shared - shared).toBe(6);
    expect(ways.counts.usual).toBe(usual);
    server.publish('doors');
    await time.advance(100);
    expect(seen.toSorted()).toEqual([1, 1, 2, 2]);
  });

  test('is held for 20 s after one was cut, and for longer again after 5 minutes', async () => {
    const { time, ways } = await followed(['shared'], true, 55);
    ways.cutMs = 30_000;
    await time.advance(120_000);
    const { shared } = ways.counts;

    await time.advance(100_000);
    expect(ways.counts.shared - shared).toBe(5);
    ways.cutMs = Number.POSITIVE_INFINITY;
    await time.advance(300_000);
    const before = ways.counts.shared;
    await time.advance(sixMinutes);

    expect(ways.counts.shared - before).toBe(6);
  });

  test('is held for 20 s where the server has come to allow no more', async () => {
    const { time, ways, subscription } = await followed(['shared'], true, 55);
    await time.advance(60_000);
    ways.hold = undefined;
    await time.advance(60_000);
    const { shared } = ways.counts;

    await time.advance(100_000);

    expect(ways.counts.shared - shared).toBe(5);
    expect(subscription.status.state).toBe('live');
  });
});

describe('a hidden page', () => {
  afterEach(() => vi.unstubAllGlobals());
  const hide = (visibilityState: string) => vi.stubGlobal('document', { visibilityState });

  test('asks once a minute after five, and waits for nothing', async () => {
    const { time, ways } = await followed();
    hide('hidden');
    await time.advance(HIDDEN_MS + 2 * REST_MS);
    const { asks, waits, usual } = ways.counts;

    await time.advance(10 * REST_MS);

    expect(ways.counts).toMatchObject({ asks, waits });
    expect(ways.counts.usual - usual).toBeGreaterThanOrEqual(9);
    expect(ways.counts.usual - usual).toBeLessThanOrEqual(10);
  });

  test('has every event, a minute later at most, and at once when it is seen again', async () => {
    const { tab, time, server, seen, subscription } = await followed();
    hide('hidden');
    await time.advance(HIDDEN_MS + 2 * REST_MS);

    server.publish('doors');
    await time.advance(REST_MS + 100);
    expect(seen).toEqual([1, 2]);
    server.publish('doors');
    await time.advance(100);
    expect(seen).toEqual([1, 2]);
    hide('visible');
    tab.dispatch('visibilitychange');
    await time.advance(100);

    expect(seen).toEqual([1, 2, 3]);
    expect(subscription.status.state).toBe('live');
  });

  test('does not rest while another tab shares its poll, and ends its rest when one comes', async () => {
    const { time, server, ways, seen, open } = await followed();
    hide('hidden');
    await time.advance(HIDDEN_MS + 2 * REST_MS);

    open();
    await time.advance(1_000);
    server.publish('doors');
    await time.advance(100);

    // Both have both.
    expect(seen.toSorted()).toEqual([1, 1, 2, 2]);
    const { waits } = ways.counts;
    await time.advance(600_000);
    expect(ways.counts.waits - waits).toBeGreaterThan(25);
  });

  test('that is closed while it rests asks nothing more', async () => {
    const { time, ways, subscription } = await followed();
    hide('hidden');
    await time.advance(HIDDEN_MS + 2 * REST_MS);
    const before = { ...ways.counts };

    subscription.close();
    await time.advance(600_000);

    expect(ways.counts).toEqual(before);
    expect(time.running).toBe(0);
  });

  test('whose server offers no other way waits as ever', async () => {
    const { asked, poll, pass } = serve({}, []);
    hide('hidden');

    await poll(AT_3);
    pass(HIDDEN_MS);
    await poll(AT_3);

    expect(asked).toEqual([AT_3, AT_3]);
  });
});

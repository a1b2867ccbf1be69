/** A subscription on its own, as its user sees it: what it hears, what is asked of the server, what is kept. Time is virtual. */
import { describe, expect, test, vi } from 'vitest';
import {
  type ChannelEvent,
  DoorbellError,
  type Store,
  subscribe,
  webStore,
} from '../../../packages/client/src/index.ts';
import { startScene, vids } from '../../support/browser/client.ts';
import { WAIT_MS } from '../../support/time/limits.ts';

const alone = { share: false, from: 'start' } as const;

describe('following', () => {
  test('asks once without being held, then holds each poll and sends what it has seen', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 2);
    const reader = read('doors', alone);
    await time.advance(1_000);
    server.publish('doors');
    await time.advance(1_000);

    expect(reader.seen).toEqual(vids('doors', 3));
    expect(server.asked).toEqual([
      '/v1/events?cursor=doors:0&wait=0',
      '/v1/events?cursor=doors:2:life-1&wait=20',
      '/v1/events?cursor=doors:3:life-1&wait=20',
    ]);
    expect(reader.states).toEqual(['live']);
  });

  test('learns where now is before it waits, and misses nothing from then on', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 5);
    const reader = read('doors', { share: false });
    await time.advance(100);
    server.publish('doors');
    await time.advance(100);

    expect(reader.seen).toEqual(['doors:6']);
    expect(server.asked.slice(0, 2)).toEqual([
      '/v1/events?cursor=doors&wait=0',
      '/v1/events?cursor=doors:5:life-1&wait=20',
    ]);
  });

  test('polls several channels in one request, and a busy one does not keep another from learning where now is', async () => {
    const { server, time, read } = startScene();
    server.publish('busy', 3);
    const reader = read(['busy'], alone);
    await time.advance(100);
    reader.subscription.add('quiet', 'now');
    server.publish('busy', 3);
    await time.advance(100);
    server.publish('quiet');
    await time.advance(100);

    expect(reader.seen).toEqual([...vids('busy', 6), 'quiet:1']);
    expect(server.asked).toContain('/v1/events?cursor=quiet&wait=0');
    expect(server.asked.at(-1)).toBe('/v1/events?cursor=busy:6:life-1&cursor=quiet:1:life-2&wait=20');
  });

  test('a channel that is added or removed disturbs no other', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 3);
    server.publish('alerts', 2);
    const reader = read('doors', alone);
    await time.advance(100);

    reader.subscription.add('alerts', 'start');
    await time.advance(100);
    reader.subscription.remove('alerts');
    server.publish('alerts');
    server.publish('doors');
    await time.advance(21_000);

    expect(reader.seen).toEqual([...vids('doors', 3), ...vids('alerts', 2), 'doors:4']);
    expect(reader.states).toEqual(['live']);
    expect(server.asked.at(-1)).not.toContain('alerts');
  });

  test('begins with the first handler of an event, so that none comes before it', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors', 2);
    const subscription = subscribe('doors', { ...alone, platform: browser.open(server.fetch).platform });
    subscription.on('status', () => {});
    await time.advance(1_000);
    expect(server.asked).toEqual([]);

    const seen: number[] = [];
    const off = subscription.on('event', ({ vid }) => seen.push(vid));
    await time.advance(1_000);
    off();
    server.publish('doors');
    await time.advance(1_000);

    expect(seen).toEqual([1, 2]);
  });

  test('keeps its name on the server, and takes a new one when another reader uses it', async () => {
    const { server, time, read } = startScene();
    const reader = read('doors', { ...alone, client: 'lobby' });
    await time.advance(100);
    expect(server.asked.every((path) => path.endsWith('&client=lobby'))).toBe(true);

    server.supersede();
    await time.advance(100);

    expect(server.asked.at(-1)).toMatch(/&client=[\d.]+$/);
    expect(reader.subscription.status).toMatchObject({
      state: 'live',
      client: expect.stringMatching(/^[\d.]+$/),
    });
  });

  test.each([[['a/b']], [['']], [['doors:5']], [Array.from({ length: 11 }, (_, i) => `c${i}`)]])(
    'refuses the channels %j before anything is sent',
    (channels) => {
      expect(() => subscribe(channels)).toThrow(expect.objectContaining({ code: 'bad-request' }));
    },
  );
});

describe('a base that is no address, outside of a page', () => {
  test.each([undefined, '', 'doorbell.example'])('is refused at once when it is %j', (base) => {
    expect(() => subscribe('doors', { base })).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  test('is taken where a `fetch` was given, which may know what to do with it', async () => {
    const { server, time, read } = startScene();
    server.publish('doors');
    const reader = read('doors', { ...alone, base: '/stage' });

    await time.advance(100);

    expect(server.asked[0]).toMatch(/^\/stage\/v1/);
    expect(reader.subscription.status.state).not.toBe('stopped');
  });
});

describe('a connection that fails', () => {
  test('is tried again after a random time up to 1 s, 2 s, 4 s …, and says so', async () => {
    const { server, time, read } = startScene();
    server.publish('doors');
    const reader = read('doors', alone);
    await time.advance(100);
    server.fault = () => 'cut';
    server.publish('doors');
    await time.advance(60_000);
    const tries = server.asked.length;
    expect(reader.subscription.status).toMatchObject({ state: 'waiting', error: { code: 'unreachable' } });
    server.fault = () => undefined;
    await time.advance(30_000);

    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(20);
    expect(reader.seen).toEqual(vids('doors', 2));
    expect(reader.states.slice(0, 5)).toEqual(['live', 'waiting', 'connecting', 'waiting', 'connecting']);
    expect(reader.subscription.status).toEqual({ state: 'live' });
  });

  test('says in its status why, with the cause', async () => {
    const { time, read, browser } = startScene();
    const cause = new TypeError('getaddrinfo ENOTFOUND doorbell.example');
    const reader = read(
      'doors',
      alone,
      browser.open(() => Promise.reject(cause)),
    );

    await time.advance(100);

    expect(reader.subscription.status).toMatchObject({
      state: 'waiting',
      error: { code: 'unreachable', message: 'No answer.', retryable: true },
    });
    const { status } = reader.subscription;
    expect(status.state === 'waiting' && status.error.cause).toBe(cause);
  });

  test('is waited for up to 1 s, 2 s, 4 s … 30 s, and from 1 s again after an answer', async () => {
    const { server, time, read, browser } = startScene();
    const { platform } = browser.open(server.fetch);
    const reader = read('doors', { ...alone, platform: { ...platform, random: () => 1 } });
    const waits: number[] = [];
    reader.subscription.on('status', (status) => {
      if (status.state === 'waiting') waits.push(status.retryAt - time.now());
    });
    server.fault = () => 'cut';
    await time.advance(200_000);
    server.fault = () => undefined;
    await time.advance(60_000);
    server.fault = () => 'cut';
    await time.advance(25_000);

    expect(waits.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(waits.filter((ms) => ms === 1_000)).toHaveLength(2);
  });

  test('is left alone for as long as the server asks', async () => {
    const { server, time, read } = startScene();
    server.fault = () => 'busy';
    const reader = read('doors', alone);

    await time.advance(2_000);

    expect(server.asked).toHaveLength(1);
    expect(reader.subscription.status).toMatchObject({
      state: 'waiting',
      error: { status: 503, retryAfterMs: 2_000 },
    });
  });

  test('is tried at once when the network is back or the page is seen', async () => {
    const { server, time, read } = startScene();
    server.fault = () => 'busy';
    const { tab, subscription } = read('doors', alone);
    await time.advance(100);
    for (const event of ['online', 'visibilitychange'] as const) {
      const before = server.asked.length;
      tab.dispatch(event);
      await time.advance(100);
      expect(server.asked).toHaveLength(before + 1);
    }
    server.fault = () => undefined;
    tab.dispatch('online');
    await time.advance(100);

    expect(subscription.status).toEqual({ state: 'live' });
  });

  test('is doubted, and probed, when the network goes while a poll is held', async () => {
    const { server, time, read } = startScene();
    const { tab, states } = read('doors', alone);
    await time.advance(100);
    server.fault = () => 'cut';

    tab.dispatch('offline');
    await time.advance(100);

    expect(states).toEqual(['live', 'connecting', 'waiting']);
  });

  test('is not touched when the page is hidden or seen while all is well', async () => {
    const { server, time, read } = startScene();
    const { tab } = read('doors', alone);
    await time.advance(100);
    const before = server.asked.length;

    tab.dispatch('visibilitychange');
    await time.advance(100);

    expect(server.asked).toHaveLength(before);
  });

  test('that died while a laptop slept is made anew within 5 s of waking', async () => {
    const { server, time, read } = startScene();
    const reader = read('doors', alone);
    await time.advance(100);
    server.fault = () => 'silence';
    server.publish('doors');
    await time.advance(100);
    server.fault = () => undefined;

    time.jump(3_600_000);
    await time.advance(6_000);

    expect(reader.seen).toEqual(['doors:1']);
  });

  test('a server that sends held polls away at once is not asked in a hot loop', async () => {
    const { server, time, read } = startScene();
    const reader = read('doors', alone);
    await time.advance(100);
    server.holds = false;
    server.supersede();

    await time.advance(60_000);

    expect(server.asked.length).toBeLessThan(20);
    expect(reader.states).toEqual(['live']);
  });

  test.each([
    [400, 'bad-parameter'],
    [403, 'forbidden'],
  ])('ends for good at status %i with the code %s', async (status, code) => {
    const { server, time, read } = startScene();
    server.refusal = { status, code };
    const reader = read('doors', alone);

    await time.advance(60_000);

    const error = expect.objectContaining({ code, status });
    expect(reader.subscription.status).toEqual({ state: 'stopped', error });
    expect(server.asked).toHaveLength(1);
    expect(time.running).toBe(0);
  });
});

describe('what a reader is told', () => {
  test('how many events are no longer kept, before those that are', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 10);
    server.expire('doors', 4);
    const reader = read('doors', { ...alone, from: 1 });
    const order: string[] = [];
    reader.subscription.on('missed', () => order.push('missed'));
    reader.subscription.on('event', ({ vid }) => order.push(String(vid)));

    await time.advance(100);

    expect(reader.missed).toEqual([{ channel: 'doors', count: 3, after: 1 }]);
    expect(order.slice(0, 2)).toEqual(['missed', '5']);
  });

  test('that a channel began anew, once, and then its events from the first on', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 3);
    const reader = read('doors', alone);
    await time.advance(100);

    server.beginAnew('doors');
    server.publish('doors', 2);
    await time.advance(1_000);

    expect(reader.seen).toEqual([...vids('doors', 3), ...vids('doors', 2)]);
    expect(reader.resets).toEqual([{ channel: 'doors', epoch: 'life-2', detail: 'Reset.' }]);
  });

  test('that it is ahead of the channel', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 3);
    const reader = read('doors', { ...alone, from: 99 });

    await time.advance(1_000);

    expect(reader.resets).toHaveLength(1);
    expect(reader.seen).toEqual(vids('doors', 3));
  });

  test('ten channels that all begin anew cost no waiting', async () => {
    const { server, time, read } = startScene();
    const names = Array.from({ length: 10 }, (_, i) => `c${i}`);
    for (const name of names) server.publish(name);
    const reader = read(names, alone);
    await time.advance(100);
    for (const name of names) {
      server.beginAnew(name);
      server.publish(name);
    }

    await time.advance(1_000);

    expect(reader.resets).toHaveLength(10);
    expect(reader.seen).toHaveLength(20);
    expect(reader.states).not.toContain('waiting');
  });

  test('a server that refuses the beginning of the life that it names is not asked in a hot loop', async () => {
    const { server, time, read } = startScene();
    server.publish('doors');
    server.refusal = { status: 409, code: 'reset', channel: 'doors', epoch: 'life-1', head: -1 };
    read('doors', alone);

    await time.advance(60_000);

    expect(server.asked.length).toBeLessThan(20);
  });
});

describe('handlers', () => {
  test('the next event waits for the promise of the one before, and the next poll for the last', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 2);
    const { subscription } = read('doors', alone);
    const log: string[] = [];
    subscription.on('event', async ({ vid }) => {
      log.push(`begin ${vid}`);
      await new Promise<void>((resolve) => time.setTimeout(resolve, 1_000));
      log.push(`end ${vid}`);
    });

    await time.advance(1_500);
    expect(server.asked).toHaveLength(1);
    await time.advance(1_500);

    expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect(server.asked).toHaveLength(2);
  });

  test('one that fails ends the subscription, and its event was not handled', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 3);
    const store = new Map<string, string>();
    const { subscription } = read('doors', { ...alone, store });
    const cause = new Error('the table is full');
    subscription.on('event', ({ vid }) => {
      if (vid === 2) throw cause;
    });

    await time.advance(60_000);

    expect(subscription.status).toEqual({
      state: 'stopped',
      error: expect.objectContaining({ code: 'handler', cause }),
    });
    expect(store.get('doors')).toBe('1:life-1');
    expect(time.running).toBe(0);
  });

  test('one that closes the subscription hears no more, and its event was handled', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 3);
    const store = new Map<string, string>();
    const reader = read('doors', { ...alone, store });
    reader.subscription.on('event', ({ vid }) => vid === 2 && reader.subscription.close());

    await time.advance(60_000);

    expect(reader.seen).toEqual(vids('doors', 2));
    expect(store.get('doors')).toBe('2:life-1');
    expect(reader.states.at(-1)).toBe('stopped');
    expect(time.running).toBe(0);
  });

  test('a status handler may close what has just begun', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 3);
    const reader = read('doors', alone);
    reader.subscription.on('status', ({ state }) => state === 'live' && reader.subscription.close());

    await time.advance(60_000);

    expect(reader.seen).toEqual([]);
    expect(server.asked).toHaveLength(1);
    expect(time.running).toBe(0);
  });
});

describe('parse', () => {
  test('makes of the data what the handlers are given, and passes over what it makes nothing of', async () => {
    const { server, time, browser } = startScene();
    const store = new Map<string, string>();
    server.publish('doors', 4);
    const { platform } = browser.open(server.fetch);
    const parse = async (data: unknown) => (data === 2 || data === 4 ? undefined : `door ${data}`);
    const subscription = subscribe('doors', { ...alone, platform, store, parse });
    const seen: string[] = [];
    subscription.on('event', ({ vid, data }) => void seen.push(`${vid}: ${data.toUpperCase()}`));

    await time.advance(1_000);

    expect(seen).toEqual(['1: DOOR 1', '3: DOOR 3']);
    expect(store.get('doors')).toBe('4:life-1');
  });

  test('may make null of it, which is a value', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors');
    const { platform } = browser.open(server.fetch);
    const subscription = subscribe('doors', { ...alone, platform, parse: () => null });
    const seen: unknown[] = [];
    subscription.on('event', ({ data }) => void seen.push(data));

    await time.advance(1_000);

    expect(seen).toEqual([null]);
  });

  test('ends the subscription when it throws, and its event was not handled', async () => {
    const { server, time, browser } = startScene();
    const store = new Map<string, string>();
    server.publish('doors', 3);
    const cause = new Error('not a door');
    const parse = (data: unknown) => {
      if (data === 2) throw cause;
      return data;
    };
    const { platform } = browser.open(server.fetch);
    const subscription = subscribe('doors', { ...alone, platform, store, parse });
    subscription.on('event', () => {});

    await time.advance(1_000);

    expect(subscription.status).toMatchObject({ state: 'stopped', error: { code: 'handler', cause } });
    expect(store.get('doors')).toBe('1:life-1');
  });

  test('does not touch what else is told', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 5);
    server.expire('doors', 2);
    const reader = read('doors', { ...alone, parse: () => undefined });
    await time.advance(100);
    server.beginAnew('doors');
    server.publish('doors');
    await time.advance(1_000);

    expect(reader.missed).toHaveLength(1);
    expect(reader.resets).toHaveLength(1);
    expect(reader.seen).toEqual([]);
  });
});

describe('the store', () => {
  test('has each place when its event was handled, so that the next subscription goes on there', async () => {
    const { server, time, read } = startScene();
    const store = new Map<string, string>();
    server.publish('doors', 3);
    const first = read('doors', { ...alone, store });
    await time.advance(100);
    first.subscription.close();
    server.publish('doors', 2);

    const second = read('doors', { ...alone, store });
    await time.advance(100);

    expect(second.seen).toEqual(vids('doors', 5, 4));
    expect(store.get('doors')).toBe('5:life-1');
  });

  test('has where now was before the first event', async () => {
    const { server, time, read } = startScene();
    const store = new Map<string, string>();
    server.publish('doors', 3);
    const first = read('doors', { share: false, store });
    await time.advance(100);
    first.subscription.close();
    server.publish('doors');

    const second = read('doors', { share: false, store });
    await time.advance(100);

    expect(second.seen).toEqual(['doors:4']);
  });

  test('may be asynchronous', async () => {
    const { server, time, read } = startScene();
    const kept = new Map([['doors', '1:life-1']]);
    const store: Store = {
      get: async (channel) => kept.get(channel),
      set: async (channel, position) => void kept.set(channel, position),
    };
    server.publish('doors', 3);

    const reader = read('doors', { ...alone, store });
    await time.advance(100);

    expect(reader.seen).toEqual(vids('doors', 3, 2));
    expect(kept.get('doors')).toBe('3:life-1');
  });

  test('one that fails ends the subscription', async () => {
    const { time, read } = startScene();
    const store: Store = { get: () => Promise.reject(new Error('no disk')), set: () => undefined };
    const { subscription } = read('doors', { ...alone, store });

    await time.advance(100);

    expect(subscription.status).toMatchObject({ state: 'stopped', error: { code: 'handler' } });
  });

  test('a web storage is looked for when it is used: where there is none, a reader goes on from memory', async () => {
    // Node.js has none, as a server that renders a page, and a worker.
    vi.stubGlobal('localStorage', undefined);
    const { server, time, read } = startScene();
    const store = webStore();
    server.publish('doors', 3);
    const first = read('doors', { ...alone, store });
    await time.advance(100);
    first.subscription.close();
    server.publish('doors', 2);

    const second = read('doors', { ...alone, store });
    await time.advance(100);

    expect(first.seen).toEqual(vids('doors', 3));
    expect(second.seen).toEqual(vids('doors', 5, 4));
    expect(second.subscription.status).toEqual({ state: 'live' });
    vi.unstubAllGlobals();
  });

  test.each([
    ['is null', () => null],
    [
      'is forbidden',
      () => {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      },
    ],
    [
      'throws at each call',
      () => ({
        getItem: () => {
          throw new Error('no');
        },
        setItem: () => {
          throw new Error('no');
        },
      }),
    ],
  ])('a web storage that %s stops nobody', async (_, get) => {
    vi.stubGlobal('localStorage', undefined);
    Object.defineProperty(globalThis, 'localStorage', { get, configurable: true });
    const { server, time, read } = startScene();
    server.publish('doors', 3);

    const store = webStore();
    const reader = read('doors', { ...alone, store });
    await time.advance(100);
    expect(reader.seen).toEqual(vids('doors', 3));
    expect(reader.subscription.status).toEqual({ state: 'live' });
    reader.subscription.close();
    server.publish('doors', 2);
    const next = read('doors', { ...alone, store });
    await time.advance(100);

    expect(next.seen, 'goes on from what is kept in memory').toEqual(vids('doors', 5, 4));
    vi.unstubAllGlobals();
  });

  test('a web storage that is full keeps the older place, and this page goes on from the newer', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => {
        if (kept.has(key)) throw new DOMException('full', 'QuotaExceededError');
        kept.set(key, value);
      },
    };
    const store = webStore(storage, 'mine:');

    store.set('doors', '1:e');
    store.set('doors', '2:e');

    expect([...kept]).toEqual([['mine:doors', '1:e']]);
    expect(store.get('doors')).toBe('2:e');
    kept.clear();
    store.set('doors', '3:e');
    expect([...kept]).toEqual([['mine:doors', '3:e']]);
    expect(store.get('doors')).toBe('3:e');
  });
});

describe('iterating', () => {
  /** Iterates until `until` says so; what came, and how it ended. */
  function iterate(subscription: AsyncIterable<ChannelEvent>, until: (vid: number) => boolean = () => false) {
    const came: number[] = [];
    const ended = (async () => {
      for await (const { vid } of subscription) {
        came.push(vid);
        if (until(vid)) break;
      }
      return 'done';
    })().catch((error: unknown) => error);
    return { came, ended };
  }
  /** The loop is loaded in real time; then virtual time may pass. */
  const begun = (server: { readonly asked: readonly string[] }) =>
    vi.waitUntil(() => server.asked.length > 0, WAIT_MS);

  test('gives each event once, and an event is handled when the next one is asked for', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors', 3);
    const store = new Map<string, string>();
    const { platform } = browser.open(server.fetch);
    const { came, ended } = iterate(subscribe('doors', { ...alone, platform, store }), (vid) => vid === 3);

    await begun(server);
    await time.advance(1_000);

    expect(await ended).toBe('done');
    expect(came).toEqual([1, 2, 3]);
    expect(store.get('doors')).toBe('2:life-1');
    expect(time.running).toBe(0);
  });

  test('ends without an error when the signal aborts, and gives nothing after that', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors', 3);
    const { platform } = browser.open(server.fetch);
    const controller = new AbortController();
    const subscription = subscribe('doors', { ...alone, platform, signal: controller.signal });
    const { came, ended } = iterate(subscription, (vid) => {
      if (vid === 2) controller.abort();
      return false;
    });

    await begun(server);
    await time.advance(1_000);

    expect(await ended).toBe('done');
    expect(came).toEqual([1, 2]);
  });

  test('a signal that has aborted before lets nothing begin', async () => {
    const { server, time, browser } = startScene();
    const { platform } = browser.open(server.fetch);
    const { came, ended } = iterate(subscribe('doors', { ...alone, platform, signal: AbortSignal.abort() }));

    await time.advance(1_000);

    expect(await ended).toBe('done');
    expect(came).toEqual([]);
    expect(server.asked).toEqual([]);
  });

  test('throws what ended the subscription', async () => {
    const { server, time, browser } = startScene();
    server.refusal = { status: 403, code: 'forbidden' };
    const { platform } = browser.open(server.fetch);
    const { ended } = iterate(subscribe('doors', { ...alone, platform }));

    await begun(server);
    await time.advance(1_000);

    expect(await ended).toBeInstanceOf(DoorbellError);
  });
});

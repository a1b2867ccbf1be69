/** Many tabs, one poll: who leads, what the others hear, and how the lead goes over. Time is virtual. */
import { describe, expect, test } from 'vitest';
import { type Reader, startScene, vids } from '../../support/browser/client.ts';

const start = { from: 'start' } as const;

/** As a browser forbids what a page may not have. */
function forbidden(): never {
  throw new DOMException('The operation is insecure.', 'SecurityError');
}

/** `count` tabs on one channel; the first one leads. */
async function tabs(count: number) {
  const scene = startScene();
  const readers: Reader[] = [];
  for (let i = 0; i < count; i++) {
    readers.push(scene.read('doors', start));
    await scene.time.advance(100);
  }
  const [leader, ...followers] = readers;
  if (!leader) throw new Error('no tab');
  return { ...scene, readers, leader, followers };
}

describe('one poll', () => {
  test('ten tabs hold one poll, and each of them sees every event', async () => {
    const { server, time, readers } = await tabs(10);

    for (let i = 0; i < 20; i++) {
      server.publish('doors', 3);
      await time.advance(300);
    }

    for (const { seen } of readers) expect(seen).toEqual(vids('doors', 60));
    expect(server.open.size).toBe(1);
  });

  test('an idle hour of ten tabs costs what it costs one', async () => {
    const ten = await tabs(10);
    const one = await tabs(1);
    ten.server.asked.length = 0;
    one.server.asked.length = 0;

    await ten.time.advance(3_600_000);
    await one.time.advance(3_600_000);

    expect(ten.server.asked).toHaveLength(one.server.asked.length);
  });

  test('two subscriptions in one tab share it too', async () => {
    const { server, time, read, leader } = await tabs(1);
    const other = read('alerts', start, leader.tab);
    await time.advance(100);
    server.publish('alerts');
    await time.advance(100);

    expect(other.seen).toEqual(['alerts:1']);
    expect(server.open.size).toBe(1);
    expect(server.asked.at(-1)).toContain('cursor=doors:0&cursor=alerts:1');
  });

  test('a tab that comes later gets the events from its own beginning, and the others get none twice', async () => {
    const { server, time, read, leader } = await tabs(1);
    server.publish('doors', 5);
    await time.advance(100);

    const late = read('doors', start);
    const now = read('doors');
    await time.advance(100);
    server.publish('doors');
    await time.advance(100);

    expect(leader.seen).toEqual(vids('doors', 6));
    expect(late.seen).toEqual(vids('doors', 6));
    expect(now.seen).toEqual(['doors:6']);
    expect(leader.missed).toEqual([]);
  });

  test('a follower shows the truth about the connection, with the reason', async () => {
    const { server, time, followers } = await tabs(2);
    server.fault = () => 'busy';
    server.publish('doors');
    await time.advance(20_100);
    const busy = followers[0]?.subscription.status;
    server.fault = () => undefined;
    await time.advance(20_000);

    expect(busy).toMatchObject({
      state: 'waiting',
      error: { code: 'http-503', message: 'Busy.', status: 503 },
    });
    expect(followers[0]?.subscription.status).toEqual({ state: 'live' });
  });

  test('a channel begins anew for all of them', async () => {
    const { server, time, readers } = await tabs(3);
    server.publish('doors', 3);
    await time.advance(100);
    server.beginAnew('doors');
    server.publish('doors', 2);
    await time.advance(1_000);

    for (const { seen, resets } of readers) {
      expect(seen).toEqual([...vids('doors', 3), ...vids('doors', 2)]);
      expect(resets).toHaveLength(1);
    }
  });

  test('a slow tab holds up no other, and catches up', async () => {
    const { server, time, leader, followers } = await tabs(3);
    for (const { subscription } of [leader, ...followers.slice(1)]) {
      subscription.on('event', () => new Promise<void>((resolve) => time.setTimeout(resolve, 100)));
    }
    for (let i = 0; i < 30; i++) {
      server.publish('doors', 100);
      await time.advance(100);
    }
    expect(followers[0]?.seen).toHaveLength(3_000);
    expect(leader.seen.length).toBeLessThan(100);

    await time.advance(400_000);

    for (const { seen } of [leader, ...followers]) expect(seen).toEqual(vids('doors', 3_000));
  });

  test('an eleventh channel is polled for alone', async () => {
    const { server, time, read } = await tabs(1);
    const nine = Array.from({ length: 9 }, (_, i) => `c${i}`);
    const full = read(nine, start);
    await time.advance(100);
    const eleventh = read('more', start);
    await time.advance(100);
    for (const name of ['doors', 'c0', 'more']) server.publish(name);
    await time.advance(100);

    expect(full.seen).toEqual(['c0:1']);
    expect(eleventh.seen).toEqual(['more:1']);
    expect(server.open.size).toBe(2);
  });

  test('what nobody wants any more is polled for no more', async () => {
    const { server, time, read } = await tabs(1);
    const other = read('alerts', start);
    await time.advance(100);

    other.subscription.close();
    await time.advance(45_000);

    expect(server.asked.at(-1)).not.toContain('alerts');
  });

  test.each([
    ['share is false', { share: false }],
    ['it has a place on the server', { client: 'lobby' }],
    ['it has another name for its group', { share: 'admins' }],
    ['it speaks to another server', { base: 'https://example.test' }],
  ])('a tab polls for itself when %s', async (_, options) => {
    const { server, time, read } = await tabs(1);

    read('doors', { ...start, ...options });
    await time.advance(100);

    expect(server.open.size).toBe(2);
  });

  test('a message that is lost on the way to a tab costs it nothing', async () => {
    const { server, time, browser, readers, followers } = await tabs(3);
    server.publish('doors', 2);
    await time.advance(100);
    const ears = [...browser.buses].map((bus) => [bus, bus.onmessage] as const);
    for (const [bus] of ears) if (bus.tab === followers[0]?.tab) bus.onmessage = null;
    server.publish('doors', 2);
    await time.advance(100);
    for (const [bus, ear] of ears) bus.onmessage = ear;
    server.publish('doors');
    await time.advance(100);

    for (const { seen } of readers) expect(seen).toEqual(vids('doors', 5));
  });
});

describe('the lead', () => {
  test.each(['close', 'crash', 'freeze'] as const)(
    'goes over at once when the leader is made to %s',
    async (how) => {
      const { server, time, leader, followers } = await tabs(3);
      server.publish('doors', 2);
      await time.advance(100);

      if (how === 'close') leader.subscription.close();
      else leader.tab[how]();
      server.publish('doors', 2);
      await time.advance(100);

      for (const { seen } of followers) expect(seen).toEqual(vids('doors', 4));
      expect(server.open.size).toBe(1);
    },
  );

  test('is taken from a leader that hangs, within a minute', async () => {
    const { server, time, leader, followers } = await tabs(3);
    server.publish('doors', 2);
    await time.advance(100);

    leader.tab.hang();
    server.publish('doors', 2);
    await time.advance(60_000);

    for (const { seen } of followers) expect(seen).toEqual(vids('doors', 4));
  });

  test('a leader that hung and comes back follows, and has missed nothing', async () => {
    const { server, time, leader, readers } = await tabs(3);
    leader.tab.hang();
    server.publish('doors', 2);
    await time.advance(60_000);
    server.publish('doors', 2);

    leader.tab.thaw();
    await time.advance(30_000);

    for (const { seen } of readers) expect(seen).toEqual(vids('doors', 4));
    expect(server.open.size).toBe(1);
  });

  test('is not taken from a leader that only waits as long as the server asked for', async () => {
    const { server, time, followers } = await tabs(3);
    server.refusal = { status: 503, code: 'unavailable' };
    server.retryAfter = '120';
    server.publish('doors');
    await time.advance(25_000);
    const before = server.asked.length;

    await time.advance(90_000);

    expect(server.asked).toHaveLength(before);
    expect(followers[0]?.subscription.status.state).toBe('waiting');
  });

  test.each([-86_400_000, 86_400_000])(
    'is taken from a leader that hangs within seven minutes, though the clock was set by %i ms while it waited',
    async (setMs) => {
      const { server, time, read, leader, followers } = await tabs(2);
      server.refusal = { status: 503, code: 'unavailable' };
      server.retryAfter = '120';
      server.publish('doors');
      await time.advance(25_000);
      time.set(setMs);
      // Another tab asks, so the leader says again that it waits, until a time of before.
      const asked = server.asked.length;
      read('doors', start);
      await time.advance(100);
      expect(followers[0]?.subscription.status.state).toBe('waiting');

      await time.advance(20_000);
      expect(server.asked).toHaveLength(asked);
      leader.tab.hang();
      server.refusal = undefined;
      server.publish('doors');
      await time.advance(420_000);

      expect(followers[0]?.seen).toEqual(vids('doors', 2));
    },
  );

  test('a frozen tab is not given it, and goes on where it was when it is thawed', async () => {
    const { server, time, leader, followers } = await tabs(3);
    followers[0]?.tab.freeze();
    await time.advance(100);
    leader.tab.crash();
    server.publish('doors', 2);
    await time.advance(100);
    expect(followers[1]?.seen).toEqual(vids('doors', 2));

    followers[0]?.tab.thaw();
    await time.advance(100);

    expect(followers[0]?.seen).toEqual(vids('doors', 2));
    expect(server.open.size).toBe(1);
  });

  test('a new leader polls for what the others follow', async () => {
    const { server, time, read, leader } = await tabs(1);
    const second = read('alerts', start);
    await time.advance(50);
    const third = read('lifts', start);
    await time.advance(100);

    leader.tab.crash();
    await time.advance(100);
    server.publish('lifts');
    server.publish('alerts');
    await time.advance(100);

    expect(second.seen).toEqual(['alerts:1']);
    expect(third.seen).toEqual(['lifts:1']);
  });

  test('a leader that is refused for what others want goes on alone', async () => {
    const { server, time, read, leader } = await tabs(1);
    server.forbidden.add('secret');
    const other = read('secret', start);
    await time.advance(1_000);
    server.publish('doors');
    await time.advance(100);

    expect(leader.seen).toEqual(['doors:1']);
    expect(leader.subscription.status).toEqual({ state: 'live' });
    expect(other.subscription.status).toMatchObject({ state: 'stopped', error: { code: 'forbidden' } });
  });

  test.each([
    ['a bus is forbidden', { BroadcastChannel: forbidden }],
    ['there is no bus', { BroadcastChannel: undefined }],
    ['locks may not even be asked for', { locks: { request: forbidden } }],
  ])('where %s each tab polls for itself', async (_, without) => {
    const { server, time, browser, read } = startScene();
    const tab = browser.open(server.fetch);
    const reader = read('doors', { ...start, platform: { ...tab.platform, ...(without as object) } }, tab);
    server.publish('doors');

    await time.advance(100);

    expect(reader.seen).toEqual(['doors:1']);
    expect(reader.subscription.status).toEqual({ state: 'live' });
  });

  test('a follower is told why the leader waits though the cause is nothing that can be told', async () => {
    const { server, time, leader, followers } = await tabs(2);
    server.fault = () => {
      throw Object.assign(new Error('no session'), { response: () => {} });
    };
    server.publish('doors');
    await time.advance(20_100);

    const [mine, theirs] = [leader, followers[0]].map((reader) => reader?.subscription.status);
    expect(mine).toMatchObject({ state: 'waiting', error: { cause: { message: 'no session' } } });
    expect(theirs).toMatchObject({ state: 'waiting', error: { code: 'unreachable', message: 'No answer.' } });
  });

  test('where locks are forbidden each tab polls for itself', async () => {
    const { server, time, browser, read } = startScene();
    const tab = browser.open(server.fetch);
    const locks = { request: () => Promise.reject(new DOMException('no', 'SecurityError')) } as never;
    const reader = read('doors', { ...start, platform: { ...tab.platform, locks } }, tab);
    server.publish('doors');

    await time.advance(100);

    expect(reader.seen).toEqual(['doors:1']);
  });
});

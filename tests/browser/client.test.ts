/** The built client in a real browser, over a real network stack, with real Web Locks, against the whole service. */
import { describe, expect, test, vi } from 'vitest';
import { WAIT_MS } from '../support/time/limits.ts';
import { handled, says, startTabs, type Tab, upTo } from './tabs.ts';

const { able, follow, say, restart, newChannel, open } = await startTabs();

/** Milliseconds from the first to the last byte, of the slowest answer of a page. */
function slowestBody(): number {
  const answers = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  return Math.max(...answers.map(({ responseStart, responseEnd }) => responseEnd - responseStart));
}

/** Tabs on one channel, all of them live; the first one leads, because it was there first. */
async function liveTabs(count: number, channel: string): Promise<[Tab, ...Tab[]]> {
  const first = await follow(channel);
  await says(first, 'live');
  const others = await Promise.all(Array.from({ length: count - 1 }, () => follow(channel)));
  await Promise.all(others.map((tab) => says(tab, 'live')));
  return [first, ...others];
}

describe.skipIf(!able)('the client in a browser', { timeout: 60_000 }, () => {
  test('follows from a plain module script, without any build step', async () => {
    const channel = newChannel();
    const tab = await follow(channel);
    await says(tab, 'live');

    await say(channel, 3);

    expect(await handled(tab, 3)).toEqual(upTo(3));
    expect(await tab.states()).toEqual(['live']);
  });

  test('shows 1,000 events that are published in one burst, in order', async () => {
    const channel = newChannel();
    const [leader, follower] = await liveTabs(2, channel);

    await say(channel, 1_000);

    expect(await handled(leader, 1_000)).toEqual(upTo(1_000));
    if (follower) expect(await handled(follower, 1_000)).toEqual(upTo(1_000));
  });

  test('goes on after the server was restarted', async () => {
    const channel = newChannel();
    const tab = await follow(channel);
    await say(channel, 2);
    await handled(tab, 2);

    // A tab that is between two polls would notice nothing of one that is soon over.
    await restart(() => says(tab, 'waiting'));
    await say(channel, 2);

    expect(await handled(tab, 4)).toEqual(upTo(4));
    await says(tab, 'live');
  });

  test('goes on at once when a network that was cut is back', async () => {
    const channel = newChannel();
    const tab = await follow(channel);
    await say(channel, 2);
    await handled(tab, 2);

    await tab.page.context().setOffline(true);
    await says(tab, 'waiting');
    await say(channel, 3);
    await tab.page.context().setOffline(false);

    expect(await handled(tab, 5)).toEqual(upTo(5));
    await says(tab, 'live');
  });

  test('gets a large answer over slow 3G', async () => {
    const channel = newChannel();
    const tab = await follow(channel);
    await says(tab, 'live');
    await tab.cdp.send('Network.enable');
    await tab.cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 400,
      downloadThroughput: 50_000,
      uploadThroughput: 50_000,
    });

    // The poll that is held already is not slowed down.
    await say(channel);
    await handled(tab, 1);

    await say(channel, 100, 'x'.repeat(2_000));

    expect(await handled(tab, 101)).toEqual(upTo(101));
    expect(await tab.states()).toEqual(['live']);
    // It was slow indeed: 200 kB at 50 kB/s.
    expect(await tab.page.evaluate(slowestBody)).toBeGreaterThan(1_000);
  });

  test('goes on after a reload where its handlers had come to', async () => {
    const channel = newChannel();
    const tab = await follow(channel, { store: true });
    await say(channel, 3);
    await handled(tab, 3);

    await tab.page.goto('about:blank');
    await say(channel, 2);
    await tab.page.goBack();

    expect(await handled(tab, 2)).toEqual([4, 5]);
  });

  test('ten tabs hold one poll, and each shows every event', async () => {
    const channel = newChannel();
    const tabs = await liveTabs(10, channel);

    for (let i = 0; i < 5; i++) await say(channel, 2);

    for (const tab of tabs) expect(await handled(tab, 10)).toEqual(upTo(10));
    await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
    expect(tabs.slice(1).map((tab) => tab.polls())).toEqual(Array(9).fill(0));
  });

  describe('hands over and loses nothing when the leading tab', () => {
    test('is closed', async () => {
      const channel = newChannel();
      const [leader, ...others] = await liveTabs(3, channel);

      await say(channel);
      await leader.page.close();
      await say(channel, 2);

      for (const tab of others) expect(await handled(tab, 3)).toEqual(upTo(3));
      await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
    });

    test('crashes', async () => {
      const channel = newChannel();
      const [leader, ...others] = await liveTabs(3, channel);

      await say(channel);
      const crashed = leader.page.waitForEvent('crash');
      leader.cdp.send('Page.crash').catch(() => {});
      await crashed;
      await say(channel, 2);

      for (const tab of others) expect(await handled(tab, 3)).toEqual(upTo(3));
    });

    test('is frozen; and it catches up when it is thawed', async () => {
      const channel = newChannel();
      const [leader, ...others] = await liveTabs(3, channel);
      await say(channel);
      await handled(leader, 1);

      await leader.cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
      await say(channel, 2);
      for (const tab of others) expect(await handled(tab, 3)).toEqual(upTo(3));
      await leader.cdp.send('Page.setWebLifecycleState', { state: 'active' });

      expect(await handled(leader, 3)).toEqual(upTo(3));
      await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
    });
  });

  test('goes on in a leading tab that is hidden', async () => {
    const channel = newChannel();
    const [leader, follower] = await liveTabs(2, channel);

    await leader.page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true });
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await say(channel, 2);

    expect(await handled(leader, 2)).toEqual(upTo(2));
    if (follower) expect(await handled(follower, 2)).toEqual(upTo(2));
    expect(follower?.polls()).toBe(0);
  });
});

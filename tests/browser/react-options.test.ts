/** useChannel in a real browser, with its options written and changed in every way that components do. */
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { WAIT_MS } from '../support/time/limits.ts';
import type { Props, Rendering } from './react-options-page.ts';
import { scriptPage } from './script-page.ts';
import { startTabs } from './tabs.ts';

const { able, follow, say, newChannel, open } = await startTabs();

const PAGE = await scriptPage('react-options-page.ts');

async function start(props: Props) {
  const { page } = await follow('', {}, PAGE);
  await draw(page, props);
  return page;
}

const draw = (page: Page, props: Props) => page.evaluate((given) => window.draw(given), props);
const renderings = (page: Page): Promise<Rendering[]> => page.evaluate(() => window.renderings);

/** Awaits a rendering that shows just these events. */
const shows = (page: Page, events: readonly string[], state = 'live') =>
  page.waitForFunction(
    ([wanted, end]) => {
      const last = window.renderings.at(-1);
      return last?.shown.join() === wanted && last?.state === end;
    },
    [events.join(), state] as const,
  );

/** What a rendering showed of channels that it did not ask for. */
const foreign = (all: readonly Rendering[]) =>
  all.filter(({ asked, shown }) =>
    shown.some((event) => !asked.split(',').includes(event.split(':')[0] ?? '')),
  );

describe.skipIf(!able)('useChannel', { timeout: 60_000 }, () => {
  test('shows at no rendering the events of a channel under the name of another', async () => {
    const [one, two] = [newChannel(), newChannel()];
    await say(one, 3);
    const page = await start({ channels: one });
    await shows(page, [`${one}:1`, `${one}:2`, `${one}:3`]);
    const before = (await renderings(page)).length;

    await draw(page, { channels: two });
    await say(two, 1);
    await shows(page, [`${two}:1`]);
    await draw(page, { channels: one });
    await shows(page, [`${one}:1`, `${one}:2`, `${one}:3`]);

    const after = (await renderings(page)).slice(before);
    expect(foreign(after)).toEqual([]);
    expect(after.map(({ state }) => state)).not.toContain('stopped');
    await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
  });

  test.each(['map', 'web'] as const)(
    'with a store written in place (%s) draws a few times and no more',
    async (store) => {
      const channel = newChannel();
      await say(channel, 2);
      const page = await start({ channels: [channel], store });
      await shows(page, [`${channel}:1`, `${channel}:2`]);

      await draw(page, { channels: [channel], store });
      await say(channel, 1);
      await shows(
        page,
        [1, 2, 3].map((vid) => `${channel}:${vid}`),
      );

      // Twice each, by StrictMode.
      expect((await renderings(page)).length).toBeLessThan(30);
      expect(await page.evaluate(() => window.handled)).toEqual(
        [1, 2, 3].map((vid) => `${channel}:${vid}:x`),
      );
    },
  );

  test('follows one channel where a name has a blank, and says that it cannot be', async () => {
    const page = await start({ channels: 'bad name' });

    await shows(page, [], 'stopped');

    expect((await renderings(page)).at(-1)).toMatchObject({ code: 'bad-request' });
    expect(open()).toBe(0);
  });

  test('follows nothing where there is no name, and begins when there is one', async () => {
    const channel = newChannel();
    await say(channel, 1);
    const page = await start({ channels: '' });
    await draw(page, { channels: [] });
    await draw(page, { channels: channel });

    await shows(page, [`${channel}:1`]);
  });

  test('follows several channels by their names, whatever array they stand in', async () => {
    const [one, two] = [newChannel(), newChannel()];
    await say(one, 1);
    const page = await start({ channels: [one, two] });
    await shows(page, [`${one}:1`]);

    await draw(page, { channels: [one, two] });
    await say(two, 1);

    await shows(page, [`${one}:1`, `${two}:1`]);
    expect(await page.evaluate(() => window.handled)).toEqual([`${one}:1:x`, `${two}:1:x`]);
  });

  test('holds fewer events as soon as fewer are to be kept, and goes on', async () => {
    const channel = newChannel();
    await say(channel, 5);
    const page = await start({ channels: channel, keep: 4 });
    await shows(
      page,
      [2, 3, 4, 5].map((vid) => `${channel}:${vid}`),
    );

    await draw(page, { channels: channel, keep: 2 });
    await shows(
      page,
      [4, 5].map((vid) => `${channel}:${vid}`),
    );
    await say(channel, 1);
    await shows(
      page,
      [5, 6].map((vid) => `${channel}:${vid}`),
    );
    await draw(page, { channels: channel, keep: 0 });

    await shows(page, []);
  });

  test('uses the newest parse and the newest handler without beginning anew', async () => {
    const channel = newChannel();
    await say(channel, 1);
    const page = await start({ channels: channel });
    await shows(page, [`${channel}:1`]);

    await draw(page, { channels: channel, parses: true });
    await say(channel, 1);
    await shows(
      page,
      [1, 2].map((vid) => `${channel}:${vid}`),
    );

    expect(await page.evaluate(() => window.handled)).toEqual([`${channel}:1:x`, `${channel}:2:parsed x`]);
  });

  test('goes on through a suspension as if there had been none', async () => {
    const channel = newChannel();
    await say(channel, 1);
    const page = await start({ channels: channel, loose: true });
    await shows(page, [`${channel}:1`]);

    await draw(page, { channels: channel, loose: true, suspended: true });
    await page.getByText('away').waitFor();
    await say(channel, 1);
    await draw(page, { channels: channel, loose: true });

    await shows(
      page,
      [1, 2].map((vid) => `${channel}:${vid}`),
    );
    await page.getByText('here').waitFor();
    expect(await page.evaluate(() => window.handled)).toEqual([1, 2].map((vid) => `${channel}:${vid}:x`));
    await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
  });

  test.each([false, true])(
    'sends the newest token with each request (by a function: %s)',
    async (byFunction) => {
      const page = await start({ channels: 'c', token: 'good', byFunction, letIn: 'good' });

      await shows(page, []);

      expect(new Set(await page.evaluate(() => window.authorizations))).toEqual(new Set(['Bearer good']));
    },
  );

  test('begins again with a token that comes after another was refused, or after none', async () => {
    const page = await start({ channels: 'c', letIn: 'good' });
    await shows(page, [], 'stopped');
    await draw(page, { channels: 'c', token: 'bad', letIn: 'good' });
    await shows(page, [], 'stopped');

    await draw(page, { channels: 'c', token: 'good', letIn: 'good' });

    await shows(page, []);
  });
});

/** useChannel in a real browser, under StrictMode, which mounts everything twice. */
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { WAIT_MS } from '../support/time/limits.ts';
import { scriptPage } from './script-page.ts';
import { startTabs } from './tabs.ts';

const { able, follow, say, newChannel, open } = await startTabs();

const PAGE = await scriptPage('react-page.ts');

const items = (page: Page) => page.locator('li').allInnerTexts();

describe.skipIf(!able)('useChannel', { timeout: 60_000 }, () => {
  test('shows each event once under StrictMode, and holds one poll', async () => {
    const channel = newChannel();
    await say(channel, 2);
    const { page } = await follow(channel, {}, PAGE);
    await page.locator('#state').getByText('live').waitFor();

    await say(channel, 2);

    await page.locator('#received').getByText('4', { exact: true }).waitFor();
    expect(await items(page)).toEqual([1, 2, 3, 4].map((vid) => `${channel}:${vid}`));
    expect(await page.locator('#handled').innerText()).toBe('1 2 3 4');
    await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
  });

  test('holds the last events, and a burst is few renderings', async () => {
    const channel = newChannel();
    const { page } = await follow(channel, {}, PAGE);
    await page.locator('#state').getByText('live').waitFor();

    await say(channel, 1_000);

    await page.locator('#received').getByText('1000', { exact: true }).waitFor();
    expect(await items(page)).toEqual(Array.from({ length: 50 }, (_, i) => `${channel}:${951 + i}`));
    expect(Number(await page.locator('#renderings').innerText())).toBeLessThan(100);
  });

  test('holds no event where none is to be kept, and handles each', async () => {
    const channel = newChannel();
    await say(channel, 3);
    const { page } = await follow(channel, { keep: '0' }, PAGE);

    await page.locator('#received').getByText('3', { exact: true }).waitFor();
    expect(await items(page)).toEqual([]);
    expect(await page.locator('#handled').innerText()).toBe('1 2 3');
  });

  test('lets go of a channel when it follows another, and of the poll when it is unmounted', async () => {
    const [channel, other] = [newChannel(), newChannel()];
    await say(channel, 2);
    await say(other, 1);
    const { page } = await follow(channel, { other }, PAGE);
    await page.locator('#received').getByText('2', { exact: true }).waitFor();

    await page.getByText('other').click();
    await page.locator('li').getByText(`${other}:1`).waitFor();
    expect(await items(page)).toEqual([`${other}:1`]);
    await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
    await page.getByText('unmount').click();

    await vi.waitFor(() => expect(open()).toBe(0), { timeout: WAIT_MS });
  });
});

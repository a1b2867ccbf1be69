/** A state that is kept in localStorage, in a real browser: a page that is loaded without a network shows it at once, and goes on when there is one. */
import type { Page, Request } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { publish } from '../../packages/client/src/publish.ts';
import { WAIT_MS } from '../support/time/limits.ts';
import { scriptPage } from './script-page.ts';
import { startTabs } from './tabs.ts';

declare global {
  interface Window {
    /** Every state that the page has shown since it was loaded. */
    shown: string[];
  }
}

const { able, follow, newChannel } = await startTabs();

const PAGE = await scriptPage('kept-state-page.ts');

const shown = (page: Page) => page.evaluate(() => window.shown);
const states = (page: Page) => page.evaluate(() => window.states);

/** Addresses that the page asks for from now on. */
function asked(page: Page): string[] {
  const urls: string[] = [];
  page.on('request', (request: Request) => void urls.push(request.url()));
  return urls;
}

describe.skipIf(!able)('a page with a kept state', { timeout: 60_000 }, () => {
  test('shows it when it is loaded offline, goes on when it is online, and is never empty in between', async () => {
    const channel = newChannel();
    const { page } = await follow(channel, {}, PAGE);
    const base = new URL(page.url()).origin;
    const set = (key: string, data: number | null) => publish(channel, data, { key, base });
    const now = (text: string) =>
      vi.waitFor(async () => expect((await shown(page)).at(-1)).toBe(text), { timeout: WAIT_MS });
    await set('a', 1);
    await set('b', 2);
    await now('a=1 b=2');

    await page.context().setOffline(true);
    await page.reload();
    await now('a=1 b=2');
    expect(await states(page)).not.toContain('live');
    await set('a', 3);
    await set('b', null);
    await set('c', 4);
    expect(await shown(page)).toEqual(['a=1 b=2']);

    const urls = asked(page);
    await page.context().setOffline(false);
    await now('a=3 c=4');
    expect(await shown(page)).toEqual(['a=1 b=2', 'a=3 c=4']);
    expect((await states(page)).at(-1)).toBe('live');
    // From its place, and not by reading the state again.
    expect(urls.filter((url) => url.includes('/state'))).toEqual([]);
  });

  test('shows it at once when it is loaded online, too, and then only what is newer', async () => {
    const channel = newChannel();
    const { page } = await follow(channel, {}, PAGE);
    const base = new URL(page.url()).origin;
    const set = (key: string, data: number | null) => publish(channel, data, { key, base });
    await set('a', 1);
    await vi.waitFor(async () => expect((await shown(page)).at(-1)).toBe('a=1'), { timeout: WAIT_MS });

    await page.reload();
    await vi.waitFor(async () => expect(await shown(page)).toEqual(['a=1']), { timeout: WAIT_MS });
    await set('b', 2);

    await vi.waitFor(async () => expect(await shown(page)).toEqual(['a=1', 'a=1 b=2']), { timeout: WAIT_MS });
  });
});

/** useLatest in a real browser, under StrictMode, which mounts everything twice. */
import { describe, expect, test, vi } from 'vitest';
import { publish } from '../../packages/client/src/publish.ts';
import { WAIT_MS } from '../support/time/limits.ts';
import { scriptPage } from './script-page.ts';
import { startTabs } from './tabs.ts';

const { able, follow, newChannel, open } = await startTabs();

const PAGE = await scriptPage('react-state-page.ts');

describe.skipIf(!able)('useLatest', { timeout: 60_000 }, () => {
  test('shows a state, what changes in it, and one key of it, and holds one poll', async () => {
    const channel = newChannel();
    const { page } = await follow(channel, {}, PAGE);
    const says = (text: string) => page.getByText(text, { exact: true }).waitFor();
    const base = new URL(page.url()).origin;
    const set = (key: string, data: number | null) => publish(channel, data, { key, base });
    await says('all:');
    await set('a', 1);
    await set('b', 2);
    await says('all: a=1 b=2');

    await set('a', 3);
    await set('b', null);
    await says('all: a=3');
    await page.getByRole('button', { name: 'only a' }).click();
    await says('a is 3');
    await set('b', 4);
    await set('a', 5);
    await says('a is 5');

    expect(await page.locator('#all').innerText()).toBe('all: a=5');
    await vi.waitFor(() => expect(open()).toBe(1), { timeout: WAIT_MS });
  });
});

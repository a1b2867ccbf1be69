/** Schemas in the hooks, in a real browser, under StrictMode, which mounts everything twice. */
import { describe, test } from 'vitest';
import { publish } from '../../packages/client/src/publish.ts';
import { scriptPage } from './script-page.ts';
import { startTabs } from './tabs.ts';

const { able, follow, newChannel } = await startTabs();

const PAGE = await scriptPage('react-schema-page.ts');

describe.skipIf(!able)('useChannel and useLatest with a schema', { timeout: 60_000 }, () => {
  test('show what it makes of the data, tell what does not fit, and use the newest one', async () => {
    const channel = newChannel();
    const { page } = await follow(channel, {}, PAGE);
    const says = (text: string) => page.getByText(text, { exact: true }).waitFor();
    const base = new URL(page.url()).origin;
    const set = (data: unknown) => publish(channel, data, { key: 'a', base });
    await says('state:');
    await set(1);
    await says('events: 1');
    await says('state: 1');

    await set(0);
    await says('misfits: 2 under 1');
    await says('state:');
    await page.getByRole('button', { name: 'from 10' }).click();
    await set(9);
    await says('misfits: 2 under 1, 3 under 10');
    await set(10);

    await says('events: 1 10');
    await says('state: 10');
  });
});

/**
 * The dashboard for everybody: axe-core finds nothing serious in any of its states, and the keyboard reaches
 * all of it.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { publish } from '../../packages/client/src/index.ts';
import { rows, startHarness, state } from './harness.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const harness = await startHarness();
const { open, newChannel } = harness;
const doors = newChannel();
const hosts = newChannel();
const meters = newChannel();
const DARK_PHONE: BrowserContextOptions = { colorScheme: 'dark', viewport: { width: 390, height: 844 } };
const base = () => ({ base: harness.base });

beforeAll(async () => {
  if (!harness.able) return;
  for (const [i, ynopen] of ['Y', 'N', 'ajar'].entries()) {
    await publish(doors, { doorno: i, rfsim: '04A2', optime: '08:00:00', ynopen }, base());
  }
  for (const host of ['a', 'b', 'a']) await publish(hosts, { host, cpuPercent: 12, load1: 1 }, base());
  for (const key of ['a', 'b']) await publish(meters, { kWh: 1, state: 'ok' }, { ...base(), key });
  await fetch(`${harness.base}/v1/channels/${doors}/events?client=behind&maxvid=1&wait=0`);
});

/**
 * What axe-core calls serious or critical, as far as it says where. Its own script may only run where the
 * page's policy is passed by.
 */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe.skipIf(!harness.able)('the dashboard', { timeout: 60_000 }, () => {
  test.each([
    ['doors', doors, '.door', {}],
    ['doors, dark and on a phone', doors, '.door', DARK_PHONE],
    ['charts', hosts, '.chart canvas', {}],
    ['charts, dark and on a phone', hosts, '.chart canvas', DARK_PHONE],
    ['a state', `${meters}&view=state`, '.keys tr', {}],
    ['a state, dark and on a phone', `${meters}&view=state`, '.keys tr', DARK_PHONE],
    ['a state without keys', `${doors}&view=state`, '.no-keys', {}],
    ['a channel without events', 'nothing', '#start', {}],
    ['a channel without events, dark and on a phone', 'nothing', '#start', DARK_PHONE],
    ['two channels side by side', `${doors}&channel=${hosts}`, '.pane-head', {}],
    ['two channels, dark and on a phone', `${doors}&channel=${hosts}`, '.pane-head', DARK_PHONE],
  ] as const)('has no serious fault: %s', async (_, channel, shown, options) => {
    const page = await open(`?channel=${channel}`, { bypassCSP: true, ...options });
    await state(page, 'live');
    await page.locator(shown).first().waitFor();

    expect(await faults(page)).toEqual([]);
  });

  test('has none while the connection is lost, paused, filtered, and with an event open', async () => {
    const page = await open(`?channel=${doors}`, { bypassCSP: true });
    await rows(page).nth(2).waitFor();
    await page.route('**/v1/**', (route) => route.abort());
    await publish(doors, { doorno: 9, ynopen: 'Y' }, base());
    await state(page, 'lost');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByLabel('Filter').fill('ynopen:n');
    await rows(page).getByRole('button', { name: '2' }).click();

    expect(await faults(page)).toEqual([]);
  });

  test.each([
    ['publishes', 'Publish…', '#publish-dialog', {}],
    ['chooses columns', 'Columns…', '#chooser', {}],
    ['chooses columns on a phone in the dark', 'Columns…', '#chooser', DARK_PHONE],
  ] as const)('has none in the dialog that %s', async (_, name, dialog, options) => {
    const page = await open(`?channel=${doors}`, { bypassCSP: true, ...options });
    await rows(page).nth(2).waitFor();
    await page.getByRole('button', { name }).click();
    await page.locator(dialog).waitFor();

    expect(await faults(page)).toEqual([]);
  });

  test('opens an event by the keyboard alone, and gives the place back', async () => {
    const page = await open(`?channel=${doors}&view=events`);
    await rows(page).nth(2).waitFor();
    const inspector = page.locator('#inspector');

    await page.locator('#panes .scroller').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');

    await inspector.getByText('"doorno"').waitFor();
    await page.keyboard.press('Escape');
    expect(await inspector.isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.closest('tr')?.ariaRowIndex)).toBe('3');
  });
});

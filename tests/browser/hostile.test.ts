/**
 * Data that means harm, or is merely strange, in every part of the page that shows it. That nothing of it
 * runs, the harness looks after.
 */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { publish } from '../../packages/client/src/index.ts';
import { rows, startHarness } from './harness.ts';

const harness = await startHarness();
const { openLive, newChannel } = harness;
const ATTACK = '</script><script>alert(1)</script><img src=x onerror=alert(2)>';

async function said(...data: unknown[]): Promise<string> {
  const channel = newChannel();
  for (const one of data) await publish(channel, one, { base: harness.base });
  return channel;
}

const cells = (page: Page, row: number) => rows(page).nth(row).locator('td.data').allInnerTexts();
const pageWidth = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

describe.skipIf(!harness.able)('the dashboard', { timeout: 60_000 }, () => {
  test('shows markup as text on the board, in the charts, and in an event that is shown whole', async () => {
    const door = { doorno: ATTACK, ynopen: 'Y', rfsim: ATTACK, optime: ATTACK };
    const hosts = ['a', ATTACK].map((host) => ({ host, cpuPercent: 1, load1: 1 }));
    const page = await openLive(await said(door, ...hosts));

    await page.locator('.door .name').getByText('</script>').waitFor();
    await page.getByRole('button', { name: 'Charts', exact: true }).click();
    await page.locator('#chart-lines').getByText('</script>').waitFor();
    await rows(page).getByRole('button').last().click();

    await page.locator('#inspector-text').getByText('onerror').waitFor();
    expect(await page.locator('main :is(script, img)').count()).toBe(0);
  });

  test('writes out what would turn the direction of a text', async () => {
    const page = await openLive(await said({ doorno: 3, ynopen: 'N', rfsim: 'allowed \u202edeined' }));

    await page.locator('.door .badge').getByText('allowed \\u202edeined').waitFor();
    expect(await cells(page, 0)).toEqual(['3', 'N', 'allowed \\u202edeined']);
  });

  test('holds its shape with thousands of keys, huge values and deep nesting', async () => {
    const keys = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`key${i}`, i]));
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(99)}1${'}'.repeat(99)}`);
    const page = await openLive(
      await said(keys, { key0: 'W'.repeat(200_000) }, deep, { ['k'.repeat(50_000)]: 1 }),
    );

    await page.locator('.kept').getByText('All 4').waitFor();

    expect(await page.locator('#panes th').count()).toBe(16);
    expect((await cells(page, 2))[0]?.length).toBeLessThan(400);
    for (const row of [0, 1, 2, 3]) {
      expect((await rows(page).nth(row).boundingBox())?.height).toBe(32);
      await rows(page).nth(row).getByRole('button').click();
    }
    await page.locator('#inspector-text').getByText('"key2999": 2999').waitFor();
    expect(await pageWidth(page)).toBe(0);
    await page.setViewportSize({ width: 390, height: 844 });
    await rows(page).locator('.pairs').nth(3).waitFor();
    expect(await pageWidth(page)).toBe(0);
  });

  test('shows numbers that no clock and no chart knows', async () => {
    const data = { cpuPercent: 1e300, load1: -1e300, memoryUsedMiB: 0 };
    const page = await openLive(await said(data, { ...data, cpuPercent: 1 }));

    await page.locator('.chart canvas').nth(2).waitFor();

    expect(await page.locator('#status-text').innerText()).toBe('Live');
  });
});

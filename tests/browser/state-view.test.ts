/**
 * What is true now, on the page: the view of a channel's state, and the board of doors that is made of it. How much of a large state is in the page, and
 * how often that changes, is counted and not timed.
 */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { publish } from '../../packages/client/src/index.ts';
import { cutOff } from '../support/http/meddling.ts';
import { WAIT_MS } from '../support/time/limits.ts';
import { rows, startHarness, state } from './harness.ts';
import { upTo } from './tabs.ts';

const harness = await startHarness();
const { newChannel } = harness;
const set = (channel: string, key: string, data: unknown) =>
  publish(channel, data, { base: harness.base, key });

/** Values of keys, in one request; the member `key` of each is its key. */
async function setMany(
  channel: string,
  data: ReadonlyArray<{ readonly key: string; readonly value?: number }>,
): Promise<void> {
  const body = data.map((one) => `${JSON.stringify(one)}\n`).join('');
  const headers = { 'content-type': 'application/x-ndjson' };
  const url = `${harness.base}/v1/channels/${channel}/events?keyFrom=key`;
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
}

/** Which keys' rows stand in the page, and with which values. */
const shown = (page: Page) =>
  page
    .locator('.keys tr')
    .evaluateAll((found) =>
      found.map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent)),
    );

const keyNamed = (page: Page, key: string) =>
  page.locator('.keys').getByRole('button', { name: key, exact: true });
const openState = (channel: string) => harness.openLive(channel, '&view=state');
const footer = (page: Page, text: string) =>
  page.locator('.keys-kept').getByText(text, { exact: true }).waitFor();

/** The page is told that the channel has so many keys: what stands in its log is beside them, and the polls are the server's. */
async function largeState(page: Page, channel: string, count: number): Promise<void> {
  const head = await (await fetch(`${harness.base}/v1/channels/${channel}`)).json();
  const { epoch, head: maxvid } = head as { epoch: string; head: number };
  const at = new Date().toISOString();
  const all = upTo(count).map((n) => ({ key: `sensor-${n}`, vid: 1, id: `${n}`, at, data: { value: n } }));
  const perPage = 10_000;
  await page.route(`**/v1/channels/${channel}/state*`, async (route) => {
    const after = Number(new URL(route.request().url()).searchParams.get('after') ?? 0);
    const entries = all.slice(after, after + perPage);
    const next = after + perPage < count ? `${after + perPage}` : null;
    await route.fulfill({ json: { channel, epoch, maxvid, entries, next } });
  });
}

/** Counts the changes below the table of keys, from now on. */
async function countChanges(page: Page): Promise<void> {
  await page.evaluate(() => {
    const counted = { rows: 0 };
    const observer = new MutationObserver((changes) => {
      for (const { addedNodes } of changes) counted.rows += addedNodes.length;
    });
    observer.observe(document.querySelector('.keys') as Element, { childList: true });
    Object.assign(window, { counted });
  });
}
const countedRows = (page: Page) =>
  page.evaluate(() => (window as unknown as { counted: { rows: number } }).counted.rows);

describe.skipIf(!harness.able)('the state on the page', { timeout: 60_000 }, () => {
  test('is there at once, and changes with what is published', async () => {
    const channel = newChannel();
    for (const key of ['door-10', 'door-2']) await set(channel, key, { open: false });
    await publish(channel, 'an event without a key', { base: harness.base });
    const page = await openState(channel);
    await footer(page, '2 keys');

    expect(await page.locator('#keys th').allInnerTexts()).toEqual(['Key', 'Value', 'When', 'Unchanged']);
    expect(await shown(page)).toEqual([
      ['door-2', 'open: false'],
      ['door-10', 'open: false'],
    ]);
    await set(channel, 'door-2', { open: true });
    await set(channel, 'door-3', 'new');
    await set(channel, 'door-10', null);
    await footer(page, '2 keys');

    await expect
      .poll(() => shown(page))
      .toEqual([
        ['door-2', 'open: true'],
        ['door-3', 'new'],
      ]);
  });

  test('says since when a value is unchanged, and when it was said last', async () => {
    const channel = newChannel();
    await set(channel, 'a', 'same');
    const page = await openState(channel);
    await footer(page, '1 key');
    const when = () => page.locator('.keys time').getAttribute('title');
    const since = () => page.locator('.keys .unchanged').getAttribute('title');
    const first = await when();
    expect(await since()).toBe(`Since ${first}`);

    await set(channel, 'a', 'same');
    await expect.poll(when).not.toBe(first);
    expect(await since()).toBe(`Since ${first}`);
    await set(channel, 'a', 'another');

    await page.locator('.keys').getByText('another').waitFor();
    expect(await since()).toBe(`Since ${await when()}`);
  });

  test('has a header of one line on a laptop, whatever the counts are', async () => {
    const channel = newChannel();
    await set(channel, 'sensor-1', 1);
    const page = await harness.open('');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${harness.base}/?channel=${channel}&view=state`);
    await page.locator('#publish-open').waitFor();
    const tops = await page.evaluate(() => {
      const cells = { 'count-received': '100,000', 'count-newest': '1,234,567', 'count-missed': '1,000' };
      for (const [id, text] of Object.entries(cells)) {
        const cell = document.getElementById(id);
        if (cell) cell.textContent = text;
      }
      const buttons = document.querySelectorAll('#follow button');
      return [...buttons].map((button) => button.getBoundingClientRect().top);
    });

    expect(new Set(tops).size).toBe(1);
  });

  test('of 50,000 keys has those in sight in the page, and changes nothing for the others', async () => {
    const channel = newChannel();
    await set(channel, 'sensor-1', 1);
    const page = await harness.open('');
    await largeState(page, channel, 50_000);
    await page.goto(`${harness.base}/?channel=${channel}&view=state`);
    await footer(page, '50,000 keys');
    await keyNamed(page, 'sensor-1').waitFor();

    const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
    expect(await page.locator('.keys tr').count()).toBeLessThan(60);
    expect(await elements()).toBeLessThan(2_000);
    await countChanges(page);
    // Far below what is in sight, and then within it: when the second is there, the first was taken, too.
    await setMany(
      channel,
      upTo(1_000).map((n) => ({ key: `sensor-${40_000 + n}`, value: -1 })),
    );
    await setMany(channel, [{ key: 'sensor-2', value: -1 }]);
    await expect
      .poll(() => shown(page), { timeout: WAIT_MS })
      .toContainEqual(['sensor-2', 'key: sensor-2 value: -1']);
    expect(await countedRows(page)).toBe(1);

    await page.locator('#keys .scroller').press('End');
    await keyNamed(page, 'sensor-50000').waitFor();
    expect(await page.locator('.keys tr').count()).toBeLessThan(60);
    await page.getByLabel('Filter').fill('sensor-40001');
    await footer(page, '1 of 50,000 keys');
    expect(await shown(page)).toEqual([['sensor-40001', 'key: sensor-40001 value: -1']]);
    expect(await elements()).toBeLessThan(2_000);
  });

  test('does not move what is read when keys come and go above it', async () => {
    const channel = newChannel();
    await setMany(
      channel,
      upTo(200).map((n) => ({ key: `k-${n * 10}` })),
    );
    const page = await openState(channel);
    await footer(page, '200 keys');
    await page.locator('#keys .scroller').evaluate((scroller) => scroller.scrollTo(0, 3_200));
    const read = page.locator('.keys tr', { hasText: 'k-1050' }).first();
    const before = await read.boundingBox();

    await setMany(channel, [{ key: 'k-5' }, { key: 'k-7' }]);
    await footer(page, '202 keys');

    expect(Math.abs(((await read.boundingBox())?.y ?? 0) - (before?.y ?? Number.NaN))).toBeLessThan(1);
    await page.getByLabel('Filter').fill('k-105');
    await footer(page, '1 of 202 keys');
  });

  test('is paused, copied and shown whole like events', async () => {
    const channel = newChannel();
    await set(channel, 'a', { n: 1 });
    const page = await openState(channel);
    await footer(page, '1 key');
    await page.getByRole('button', { name: 'Pause' }).click();
    await footer(page, 'Paused. 1 key');
    await set(channel, 'b', { n: 2 });
    await page.locator('#pause').getByText('1 new').waitFor();
    expect(await shown(page)).toEqual([['a', 'n: 1']]);

    await page.locator('#pause').click();
    await footer(page, '2 keys');
    await page.locator('.keys').getByRole('button', { name: 'b' }).press('Enter');

    await page.locator('#inspector-title').getByText('key b').waitFor();
    await page.locator('#inspector').getByText('"n": 2').waitFor();
  });

  test('says that there is none, when it was true, and is not asked for by who looks at events', async () => {
    const channel = newChannel();
    await publish(channel, 'no key', { base: harness.base });
    const page = await harness.open(`?channel=${channel}`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await state(page, 'live');
    await rows(page).first().waitFor();
    expect(asked.join()).not.toContain('/state');
    await page.getByRole('button', { name: 'State' }).click();
    await page.getByText('No event of this channel has a key.').waitFor();
    await set(channel, 'a', 1);
    await footer(page, '1 key');

    await cutOff(page);
    await set(channel, 'a', 2);
    await state(page, 'lost');

    await page.getByText(/^Not live\. This is the state at \d\d:\d\d:\d\d\.$/).waitFor();
  });

  test('shows markup in keys and values as text', async () => {
    const channel = newChannel();
    const attack = '<img src=x onerror=alert(1)>';
    await set(channel, attack, { [attack]: attack });
    const page = await openState(channel);
    await footer(page, '1 key');

    expect(await shown(page)).toEqual([[attack, `${attack}: ${attack}`]]);
    expect(await page.locator('#keys img').count()).toBe(0);
  });
});

describe.skipIf(!harness.able)('a page that is opened', { timeout: 60_000 }, () => {
  test('has its board of doors from the state, and replays no more events than it keeps', async () => {
    const channel = newChannel();
    await set(channel, '7', { doorno: 7, ynopen: 'N', optime: '08:00:00' });
    await harness.sayMany(channel, upTo(9));
    const page = await harness.open('');
    // As if there were 10,000 events, of which three are the last.
    const begun: string[] = [];
    await page.route(`**/v1/events?*${channel}&*last=*`, async (route) => {
      begun.push(route.request().url());
      await route.continue({ url: route.request().url().replace('last=10000', 'last=3') });
    });
    await page.goto(`${harness.base}/?channel=${channel}&view=doors`);

    await page.locator('.door[data-state="refused"]').getByText('Door 7').waitFor();
    await state(page, 'live');
    await rows(page).nth(2).waitFor();
    expect(begun.filter((url) => url.endsWith('&last=10000')).length).toBe(1);
    expect(await page.locator('#count-received').innerText()).toBe('3');
    expect(await page.locator('#count-missed').innerText()).toBe('0');
    await set(channel, '7', { doorno: 7, ynopen: 'Y' });
    await page.locator('.door[data-state="opened"]').waitFor();
    await set(channel, '7', null);

    await page.locator('.door').waitFor({ state: 'detached' });
  });
});

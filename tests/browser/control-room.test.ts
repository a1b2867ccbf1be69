/**
 * The dashboard as a control room uses it: a board, charts, lists beside them; what is done with a stream of
 * events; and what it says when something is wrong.
 */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { publish } from '../../packages/client/src/index.ts';
import { cutOff, letThrough, loseEvents, refuse, startOver } from '../support/http/meddling.ts';
import { rows, startHarness, state, vids } from './harness.ts';
import { upTo } from './tabs.ts';

const harness = await startHarness();
const { openLive, newChannel, sayMany } = harness;
const say = (channel: string, data: unknown) => publish(channel, data, { base: harness.base });

/** A page that has shown three events of the channel and cannot poll any more. */
async function lost(channel: string): Promise<Page> {
  const page = await openLive(channel);
  await cutOff(page);
  // They end the poll that is held; the next one cannot get through.
  await sayMany(channel, upTo(3));
  await state(page, 'lost');
  await rows(page).nth(2).waitFor();
  return page;
}

/** Where everything stands that must not move. */
const places = (page: Page) =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'header *, #toolbar *, #panes th, #panes .scroller, .foot *, aside section',
      ),
    ].map((one) => `${one.id || one.tagName} ${JSON.stringify(one.getBoundingClientRect())}`),
  );

describe.skipIf(!harness.able)('the dashboard', { timeout: 60_000 }, () => {
  test('shows what happened last at each door of a channel', async () => {
    const channel = newChannel();
    await say(channel, { doorno: 10, rfsim: '04A2', optime: '2026-01-01 08:00:00', ynopen: 'Y' });
    await say(channel, { doorno: 9, rfsim: '04B7', optime: '2026-01-01 08:00:05', ynopen: 'N' });
    const page = await openLive(channel);
    const tiles = page.locator('.door');
    await tiles.nth(1).waitFor();

    expect(await tiles.locator('.name').allInnerTexts()).toEqual(['Door 9', 'Door 10']);
    expect(await tiles.locator('.is').allInnerTexts()).toEqual(['Refused', 'Opened']);
    expect(await tiles.locator('.when').allInnerTexts()).toEqual(['08:00:05', '08:00:00']);
    await say(channel, { doorno: 9, ynopen: 'Y' });
    await tiles.first().getByText('Opened').waitFor();
    expect(await tiles.locator('.name').allInnerTexts()).toEqual(['Door 9', 'Door 10']);
  });

  test('draws the samples of hosts, and says their newest values', async () => {
    const channel = newChannel();
    await sayMany(
      channel,
      upTo(5).map((i) => ({ host: 'gate', cpuPercent: i * 10, memoryUsedMiB: 2_048, load1: 0.5 })),
    );
    const page = await openLive(channel);

    await page.locator('.chart .value').getByText('50 %').waitFor();
    expect(await page.locator('.chart canvas').count()).toBe(3);
    await say(channel, { host: 'gate', cpuPercent: 75, load1: 2 });
    await page.getByRole('img', { name: 'CPU: newest 75 %' }).waitFor();
  });

  test('lists the channels and goes to one of them, and the clients with how far each is behind', async () => {
    const [here, there] = [newChannel(), newChannel()];
    await say(there, 'there');
    await sayMany(here, upTo(7));
    for (const [client, maxvid] of [
      ['fast', 7],
      ['slow', 2],
    ] as const) {
      await fetch(`${harness.base}/v1/channels/${here}/events?client=${client}&maxvid=${maxvid}&wait=0`);
    }
    const page = await openLive(here);

    await page.locator('#clients tbody tr').nth(1).waitFor();
    const clients = await page.locator('#clients tbody tr').allInnerTexts();
    expect(clients.map((text) => text.split('\t').slice(0, 3))).toEqual([
      ['slow', '2', '5'],
      ['fast', '7', '0'],
    ]);
    await page.getByRole('link', { name: there }).click();
    await rows(page).getByText('"there"').waitFor();
    expect(await page.getByRole('link', { name: there }).getAttribute('aria-current')).toBe('page');
    expect(await page.title()).toBe(`${there} · Doorbell`);
  });

  test('does not say that it is live while it is thousands of events behind', async () => {
    const channel = newChannel();
    await sayMany(
      channel,
      upTo(3_000).map((n) => ({ doorno: n % 9, ynopen: 'Y' })),
    );
    // The first answer comes; the next ones wait until the test has looked.
    const looked = Promise.withResolvers<void>();
    const page = await harness.open('?channel=elsewhere');
    let polls = 0;
    await page.route('**/v1/events?*', async (route) => {
      if (route.request().url().includes(channel) && ++polls > 1) await looked.promise;
      await route.continue().catch(() => undefined);
    });
    await page.goto(`${harness.base}/?channel=${channel}`);

    await state(page, 'behind');
    await page.locator('#status-detail').getByText('2,500 events behind.').waitFor();
    expect(await page.locator('#status-text').innerText()).toBe('Catching up');
    expect(await page.locator('#doors').getAttribute('data-stale')).toBe('');
    looked.resolve();

    await state(page, 'live');
    await page.locator('#count-received').getByText('3,000', { exact: true }).waitFor();
    expect(await page.locator('#doors').getAttribute('data-stale')).toBeNull();
  });

  test('takes the colours from the board when the server is gone, and says when it was true', async () => {
    const channel = newChannel();
    await sayMany(channel, [{ doorno: 1, ynopen: 'Y' }]);
    const page = await openLive(channel);
    // Not its ground: that lights up with each event.
    const colour = () =>
      page.locator('.door').evaluate((tile) => getComputedStyle(tile).getPropertyValue('border-left-color'));
    await page.locator('.door').waitFor();
    const before = await colour();

    await cutOff(page);
    await sayMany(channel, [{ doorno: 1, ynopen: 'Y' }]);
    await state(page, 'lost');

    await page.getByText(/^Not live\. This is how the doors stood at \d\d:\d\d:\d\d\.$/).waitFor();
    expect(await colour()).not.toBe(before);
    expect(await page.locator('#rate-now').innerText()).toBe('–');
    await letThrough(page);
    await state(page, 'live');
    await page.getByText(/^Not live/).waitFor({ state: 'hidden' });
    await expect.poll(colour).toBe(before);
  });

  test('leaves no row blank when events have different shapes', async () => {
    const channel = newChannel();
    await sayMany(channel, [
      { order: 1, customer: 'c', total: 5, currency: 'EUR' },
      { order: 2, customer: 'd', total: 6, currency: 'EUR' },
      { type: 'heartbeat', node: 'n1', uptime: 7 },
      'a bare text',
    ]);
    const page = await openLive(channel);
    await rows(page).nth(3).waitFor();

    const texts = await rows(page).locator('td.data').allInnerTexts();
    expect(texts.slice(0, 2).map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
      '"a bare text"',
      'type: heartbeat node: n1 uptime: 7',
    ]);
    expect(texts.slice(2, 6)).toEqual(['2', 'd', '6', 'EUR']);
  });

  test('shows the columns that somebody chose, in their order, also after a reload, and raw data', async () => {
    const channel = newChannel();
    await sayMany(channel, [{ a: 1, b: 'x', c: 3 }]);
    const page = await openLive(channel);
    const headReader = async () => (await page.locator('#panes th.data').allInnerTexts()).join();
    await rows(page).first().waitFor();
    expect(await headReader()).toBe('a,b,c');

    await page.getByRole('button', { name: 'Columns…' }).click();
    await page.getByRole('checkbox', { name: 'b' }).uncheck();
    await page.getByRole('button', { name: 'Move c up' }).press('Enter');
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.poll(headReader).toBe('c,a');
    await page.reload();
    await rows(page).first().waitFor();
    await expect.poll(headReader).toBe('c,a');

    await page.getByRole('button', { name: 'Raw' }).click();
    await rows(page).getByText('{"a":1,"b":"x","c":3}').waitFor();
    await page.getByRole('button', { name: 'Raw' }).click();
    await page.getByRole('button', { name: 'Columns…' }).click();
    await page.getByRole('button', { name: 'Let the data decide' }).click();
    await expect.poll(headReader).toBe('a,b,c');
  });

  test('draws any number that somebody chooses, and a scale above 10,000 that is not cut off', async () => {
    const channel = newChannel();
    await sayMany(channel, [
      { bytes: 1_234_567, side: 'left', n: 1 },
      { bytes: 7_654_321, side: 'right', n: 2 },
    ]);
    const page = await openLive(channel);
    await page.getByRole('button', { name: 'Charts', exact: true }).click();
    await page.getByRole('img', { name: 'bytes: newest 7,654,321' }).waitFor();

    await page.getByRole('button', { name: 'Choose charts…' }).click();
    await page.getByRole('checkbox', { name: 'n', exact: true }).uncheck();
    await page.getByLabel('One line for each').selectOption('side');
    await page.getByRole('button', { name: 'Done' }).click();

    await page.getByRole('img', { name: 'bytes of 2 lines, the largest: newest 7,654,321' }).waitFor();
    expect(await page.locator('.chart canvas').count()).toBe(1);
    expect(await page.locator('#chart-lines li').allInnerTexts()).toEqual(['left', 'right']);
  });

  test('shows several channels side by side, each with its own events', async () => {
    const [here, there] = [newChannel(), newChannel()];
    await sayMany(here, [{ here: 1 }]);
    await sayMany(there, [{ there: 1 }, { there: 2 }]);
    const page = await openLive(here);
    await rows(page).first().waitFor();

    await page.getByLabel('Search channels').fill(there);
    await page.getByRole('button', { name: `Show ${there} beside` }).click();

    const panes = page.locator('.pane');
    await panes.nth(1).locator('.rows tr').nth(1).waitFor();
    expect(await panes.locator('.pane-title').allInnerTexts()).toEqual([here, there]);
    expect(await panes.nth(0).locator('.rows tr').count()).toBe(1);
    const [left, right] = [await panes.nth(0).boundingBox(), await panes.nth(1).boundingBox()];
    expect(left?.y).toBe(right?.y);
    expect(new URL(page.url()).searchParams.getAll('channel')).toEqual([here, there]);
    await sayMany(here, [{ here: 2 }]);
    await panes.nth(0).locator('.rows tr').nth(1).waitFor();
    await page.getByRole('button', { name: `Close ${here}` }).click();
    await page.locator('.pane-head').first().waitFor({ state: 'hidden' });
    expect(new URL(page.url()).searchParams.getAll('channel')).toEqual([there]);
  });

  test('finds one of 300 channels', async () => {
    const channel = newChannel();
    const page = await openLive(channel);
    const channels = upTo(300).map((i) => ({ channel: `plant-${i}` }));
    await page.route('**/v1/channels?*', (route) => route.fulfill({ json: { channels, next: null } }));
    await page.reload();
    await page.locator('#channels-note').getByText('The first 100 of 300').waitFor();

    await page.getByLabel('Search channels').fill('PLANT-277');

    await page.locator('#channels-note').getByText('1 of 300').waitFor();
    await page.getByLabel('Search channels').press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('channel')).toBe('plant-277');
  });

  test('holds still in a pause, and has what came meanwhile afterwards', async () => {
    const channel = newChannel();
    const page = await openLive(channel);
    await sayMany(channel, upTo(3));
    await rows(page).nth(2).waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    await sayMany(channel, upTo(2));
    await page.getByRole('button', { name: 'Resume (2 new)' }).waitFor();
    expect(await vids(page)).toEqual(['3', '2', '1']);
    await page.getByRole('button', { name: 'Resume' }).click();

    await rows(page).nth(4).waitFor();
    expect(await vids(page)).toEqual(['5', '4', '3', '2', '1']);
  });

  test('copies what the filter has left, one event a line', async () => {
    const channel = newChannel();
    const page = await openLive(channel);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await sayMany(
      channel,
      upTo(20).map((n) => ({ n, side: n % 2 ? 'left' : 'right' })),
    );
    await page.locator('.kept').getByText('All 20').waitFor();

    await page.getByLabel('Filter').fill('side:left -n:3');
    await page.locator('.kept').getByText('8 of 20').waitFor();
    await page.getByRole('button', { name: 'Copy as NDJSON' }).click();

    await page.getByText('Copied 8 events.').waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    const copied = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).data.n);
    expect(copied).toEqual([1, 5, 7, 9, 11, 15, 17, 19]);
  });

  test('moves nothing while events pour in', async () => {
    const channel = newChannel();
    const doors = (from: number) =>
      upTo(100).map((i) => ({ doorno: i % 8, rfsim: '04A2F19C', ynopen: (i + from) % 3 ? 'Y' : 'N' }));
    await sayMany(channel, doors(0));
    const page = await openLive(channel);
    await page.locator('#count-received').getByText('100', { exact: true }).waitFor();
    await page.locator('#clients-note').getByText('No client').waitFor();
    await page.getByRole('link', { name: channel }).waitFor();
    const before = await places(page);

    for (const from of upTo(8)) {
      await sayMany(channel, doors(from));
      expect(await places(page)).toEqual(before);
    }

    await page.locator('#count-received').getByText('900', { exact: true }).waitFor();
    expect(await places(page)).toEqual(before);
  });

  test('counts events a second on a machine whose clock is 15 minutes ahead', async () => {
    const channel = newChannel();
    const ahead = 'const { now } = Date; Date.now = () => now() + 900_000;';
    const page = await harness.open(`?channel=${channel}`, {}, ahead);
    await state(page, 'live');

    await sayMany(channel, upTo(50));

    await page.locator('#rate-now').getByText(/[1-9]/).waitFor();
    expect(await page.locator('#status-detail').innerText()).toMatch(/^Newest event \d+ s ago\.$/);
  });

  test('tells a device without a network from a server that is gone', async () => {
    const page = await openLive(newChannel());

    await page.context().setOffline(true);
    await state(page, 'offline');
    expect(await page.title()).toMatch(/^⚠/);
    await page.context().setOffline(false);

    await state(page, 'live');
    expect(await page.title()).not.toMatch(/^⚠/);
  });

  test('says what it cannot wait out, and tries again when it is asked to', async () => {
    const channel = newChannel();
    const page = await lost(channel);
    await refuse(page, 404);
    await state(page, 'stopped');
    await letThrough(page);
    await say(channel, 'meanwhile');

    await page.getByRole('button', { name: 'Try again' }).click();

    await state(page, 'live');
    await rows(page).getByText('meanwhile').waitFor();
    expect(await vids(page)).toEqual(['4', '3', '2', '1']);
  });

  test('says which events were missed, until it is dismissed', async () => {
    const channel = newChannel();
    const page = await lost(channel);
    await sayMany(channel, upTo(6));
    await loseEvents(page, 4);

    await page.locator('#happening').getByText('4 events after vid 3 could not be shown').waitFor();
    expect(await vids(page)).toEqual(['9', '8', '3', '2', '1']);
    expect(await page.locator('.rows .notice').count()).toBe(1);
    expect(await page.locator('#count-missed').innerText()).toBe('4');
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.locator('#happening').isVisible()).toBe(false);
  });

  test('says that the channel has started over, and shows it from the oldest event', async () => {
    const channel = newChannel();
    const page = await lost(channel);
    await startOver(page, channel);

    await page.locator('#happening').getByText('started over').waitFor();
    await rows(page).nth(6).waitFor();
    expect(await vids(page)).toEqual(['3', '2', '1', '3', '2', '1']);
    expect(await page.locator('#count-resets').innerText()).toBe('1');
  });
});

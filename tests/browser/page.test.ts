/**
 * The dashboard in a real browser against the whole service. Every test has its own channel, so none sees
 * another's events. Nothing sleeps: each step awaits what the page shows. Without a browser all of it is
 * skipped, with a warning.
 */
import { describe, expect, test } from 'vitest';
import { publish } from '../../packages/client/src/index.ts';
import { openPublish, result, rows, startHarness, state, vids } from './harness.ts';

const harness = await startHarness();
const { open, openLive, newChannel } = harness;
const say = (channel: string, data: unknown, id?: string) =>
  publish(channel, data, { base: harness.base, ...(id === undefined ? {} : { id }) });

describe.skipIf(!harness.able)('the dashboard', { timeout: 60_000 }, () => {
  test('follows the channel host when its URL names none', async () => {
    const page = await open('');

    await state(page, 'live');

    expect(await page.getByLabel('Channel', { exact: true }).inputValue()).toBe('host');
    expect(await page.locator('#status-text').textContent()).toBe('Live');
    expect(await page.title()).toBe('host · Doorbell');
  });

  test('shows an event that is published over HTTP as a row', async () => {
    const channel = newChannel();
    const page = await openLive(channel);

    const { first } = await say(channel, { doorno: 7, ynopen: 'Y' }, 'front-door-1');

    const row = rows(page).first();
    await row.waitFor();
    expect(await row.locator('td').nth(0).textContent()).toBe(String(first));
    expect(await row.locator('time').textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(await row.locator('td').nth(2).textContent()).toBe('front-door-1');
    expect(await page.locator('#panes th').allInnerTexts()).toEqual([
      'Vid',
      'Time',
      'Id',
      'doorno',
      'ynopen',
    ]);
    expect(await row.locator('td.data').allInnerTexts()).toEqual(['7', 'Y']);
  });

  test('shows one event on two pages', async () => {
    const channel = newChannel();
    const pages = [await openLive(channel), await openLive(channel)];

    await say(channel, { opened: 'both' });

    for (const page of pages) await rows(page).getByText('both').waitFor();
  });

  test('publishes from its form, with the keyboard, and shows the vid', async () => {
    const page = await openLive(newChannel());

    await page.getByRole('button', { name: 'Publish…' }).press('Enter');
    await page.getByLabel('Data, as JSON').fill('{"doorno": 12}');
    await page.getByLabel('Data, as JSON').press('Control+Enter');

    await result(page, 'done').getByText('as vid 1.').waitFor();
    await rows(page).getByText('12', { exact: true }).waitFor();
  });

  test('says what is wrong with data that is not JSON and does not send it', async () => {
    const page = await openLive(newChannel());
    let sent = 0;
    page.on('request', (request) => (sent += request.method() === 'POST' ? 1 : 0));

    await openPublish(page);
    await page.getByLabel('Data, as JSON').fill('{"doorno": ');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();

    await result(page, 'refused').getByText('not JSON').waitFor();
    expect(await page.getByLabel('Data, as JSON').getAttribute('aria-invalid')).toBe('true');
    expect(sent).toBe(0);
  });

  test('shows why the server refuses an event', async () => {
    const page = await openLive(newChannel());

    await openPublish(page);
    await page.getByLabel('Data, as JSON').fill(JSON.stringify('x'.repeat(300 * 1024)));
    await page.getByRole('button', { name: 'Publish', exact: true }).click();

    await result(page, 'refused').getByText('Not published.').waitFor();
    expect(await rows(page).count()).toBe(0);
  });

  test('shows markup in data as text', async () => {
    const channel = newChannel();
    const page = await openLive(channel);
    const attack = '</script><script>alert(1)</script><img src=x onerror=alert(2)>';

    await say(channel, attack);
    await say(channel, { [attack]: attack }, attack);

    await rows(page).nth(1).waitFor();
    expect(await rows(page).nth(1).locator('td').nth(3).textContent()).toBe(JSON.stringify(attack));
    expect(await rows(page).nth(0).locator('td').nth(2).textContent()).toBe(attack);
    expect(await page.locator('#panes :is(script, img)').count()).toBe(0);
  });

  test('says that the connection is lost, and catches up when it is back', async () => {
    const channel = newChannel();
    const page = await openLive(channel);

    await page.route('**/v1/**', (route) => route.abort());
    // It ends the poll that is still held; the next one cannot get through.
    await say(channel, 'before');
    await state(page, 'lost');
    await say(channel, 'meanwhile');
    expect(await page.locator('#status-text').textContent()).toBe('Connection lost');
    await page.unroute('**/v1/**');

    await state(page, 'live');
    await rows(page).getByText('meanwhile').waitFor();
    expect(await vids(page)).toEqual(['2', '1']);
  });

  test('goes to another channel and back without mixing them', async () => {
    const [here, there] = [newChannel(), newChannel()];
    await say(here, 'here');
    await say(there, 'there');
    const page = await openLive(here);
    await rows(page).getByText('here').waitFor();

    await page.getByLabel('Channel', { exact: true }).fill(there);
    await page.getByLabel('Channel', { exact: true }).press('Enter');

    await rows(page).getByText('"there"').waitFor();
    expect(await rows(page).count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('channel')).toBe(there);
    await page.goBack();
    await rows(page).getByText('"here"').waitFor();
    expect(await page.locator('#publish-channel').inputValue()).toBe(here);
  });

  test('starts from now when it is asked to', async () => {
    const channel = newChannel();
    await say(channel, 'old');
    const page = await openLive(channel, '&from=now');

    await say(channel, 'new');

    await rows(page).getByText('new').waitFor();
    expect(await rows(page).count()).toBe(1);
  });

  test('keeps the last rows, draws those in sight, and counts all', async () => {
    const channel = newChannel();
    const hundred = JSON.stringify(Array.from({ length: 100 }, (_, data) => ({ data })));
    const headers = { 'content-type': 'application/json' };
    for (let i = 0; i < 6; i++) {
      const url = `${harness.base}/v1/channels/${channel}/events`;
      expect((await fetch(url, { method: 'POST', headers, body: hundred })).status).toBe(201);
    }

    const page = await openLive(channel);

    await page.locator('#count-received').getByText('600', { exact: true }).waitFor();
    await page.locator('td.vid').getByText('600', { exact: true }).waitFor();
    expect(await page.locator('.kept').textContent()).toBe('All 600 kept here, at most the last 10,000');
    expect(await rows(page).count()).toBeLessThan(60);
    expect(await page.locator('.events').getAttribute('aria-rowcount')).toBe('601');
    await page.locator('#panes .scroller').press('End');
    await page.locator('td.vid').getByText('1', { exact: true }).waitFor();
    expect(await rows(page).count()).toBeLessThan(60);
  });

  test('does not move what is being read when a row arrives above it', async () => {
    const channel = newChannel();
    for (let i = 1; i <= 40; i++) await say(channel, i);
    const page = await openLive(channel);
    await page.locator('.kept').getByText('All 40').waitFor();
    await page.locator('#panes .scroller').evaluate((scroller) => scroller.scrollTo(0, 300));
    const read = rows(page).filter({ has: page.locator('td.vid').getByText('25', { exact: true }) });
    const before = await read.boundingBox();

    await say(channel, 41);

    await page.getByRole('button', { name: 'Back to the newest' }).waitFor();
    const after = await read.boundingBox();
    expect(Math.abs((after?.y ?? 0) - (before?.y ?? Number.NaN))).toBeLessThan(1);
  });

  test('tells how to begin where a channel has no event, until the first one comes', async () => {
    const channel = newChannel();
    const page = await openLive(channel);

    await page.getByText(`npx doorbell demo doors --url ${harness.base}`).waitFor();
    expect(await page.locator('#publish-command').innerText()).toContain(`/v1/channels/${channel}/events`);
    expect(await page.locator('#panes').isVisible()).toBe(false);
    await say(channel, 'the first');

    await rows(page).getByText('the first').waitFor();
    expect(await page.locator('#start').isVisible()).toBe(false);
  });

  test('has nothing armed: the publish form is asked for, is empty, and closes with Escape', async () => {
    const page = await openLive(newChannel());
    expect(await page.getByLabel('Data, as JSON').isVisible()).toBe(false);

    await openPublish(page);

    expect(await page.getByLabel('Data, as JSON').inputValue()).toBe('');
    await page.keyboard.press('Escape');
    expect(await page.locator('#publish-dialog').isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('publish-open');
  });

  test('shows the answer to a publish within a window of 1280 by 800', async () => {
    const page = await openLive(newChannel());
    await page.setViewportSize({ width: 1280, height: 800 });
    await openPublish(page);
    await page.getByLabel('Data, as JSON').fill('"x"');
    await page.keyboard.press('Control+Enter');
    await result(page, 'done').waitFor();

    for (const id of ['publish-result', 'data']) {
      const box = await page.locator(`#${id}`).boundingBox();
      expect((box?.y ?? Number.NaN) + (box?.height ?? Number.NaN)).toBeLessThan(800);
    }
  });

  // The last one: it takes the service away.
  test('says that the connection is lost when the server is gone', async () => {
    const page = await openLive(newChannel());

    await harness.stop();

    await state(page, 'lost');
  });
});

/**
 * Takes the pictures of the dashboard in the README and in docs/reference/dashboard.md, one for each of its states:
 *   npm run screenshots
 * from a service of its own, in memory, with tokens. Look at them before they are committed: nobody else does.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { mint } from '../lib/auth/mint.ts';
import { publish } from '../packages/client/src/index.ts';
import { launchBrowser } from '../tests/support/browser/browser.ts';
import { cutOff, loseEvents } from '../tests/support/http/meddling.ts';
import { startServer } from '../tests/support/stack/server.ts';
import { withPalette } from './palette.ts';

const SECRET = 'the-secret-of-the-screenshots-0123456789';
const FOLDER = join(import.meta.dirname, 'reference/dashboard');
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 } };
const DARK: BrowserContextOptions = { colorScheme: 'dark' };
/** An hour that looks like one: the pictures are of the same morning, whenever they are taken. */
const MORNING = Date.parse('2026-11-26T08:00:00.000Z');

const { browser, missing } = await launchBrowser();
if (browser === undefined) throw new Error(`No browser can be started here: ${missing}`);
const server = await startServer({ secret: SECRET });
const grant = (channels: string[], ttlS = 3_600) =>
  mint(SECRET, { read: channels, write: channels, dead: channels, ttlS, now: Date.now() });
const owner = await grant(['*']);
const base = server.url;
const say = (channel: string, data: unknown, key?: string) =>
  publish(channel, data, { base, key, token: () => owner });

/** The same each time: chance would make every picture a new one. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

async function fill(): Promise<void> {
  const random = sequence(7);
  const badges = ['04A2F19C', '04B7703E', '04C81D55', '04E09A12', '04F3377B'];
  for (let i = 0; i < 60; i++) {
    const optime = new Date(MORNING + i * 41_000).toISOString().slice(0, 19).replace('T', ' ');
    const rfsim = badges[Math.floor(random() * badges.length)];
    await say('doors', {
      doorno: 1 + Math.floor(random() * 12),
      rfsim,
      optime,
      ynopen: random() < 0.15 ? 'N' : 'Y',
    });
  }
  for (let i = 0; i < 80; i++) {
    // Lines of less than some seconds look like no lines of a morning.
    await setTimeout(50);
    const wave = Math.sin(i / 9);
    await say('host', {
      host: i % 2 ? 'gate-1' : 'gate-2',
      cpuPercent: Number((35 + 25 * wave + (i % 2) * 12 + random() * 6).toFixed(2)),
      memoryUsedMiB: Math.round(2_900 + i * 6 + (i % 2) * 700),
      memoryTotalMiB: 7_900,
      load1: Number((1.1 + wave * 0.7 + random() * 0.2).toFixed(2)),
      uptimeSeconds: 86_400 + i * 60,
      eventLoopDelayMs: Number((1 + random() * 4).toFixed(2)),
    });
  }
  for (let i = 0; i < 96; i++) {
    const [floor, meter] = [1 + (i % 4), 1 + (Math.floor(i / 4) % 12)];
    const value = { kWh: Math.round(random() * 9_000) / 10, state: random() < 0.1 ? 'low battery' : 'ok' };
    await say('meters', value, `floor-${floor}.meter-${meter}`);
  }
  for (let i = 0; i < 24; i++) {
    const level = random() < 0.2 ? 'warn' : 'info';
    await say('alerts', {
      level,
      source: `gate-${1 + (i % 3)}`,
      text: `Battery at ${90 - i} %`,
      seconds: i * 7,
    });
  }
  for (let i = 0; i < 40; i++) {
    const order = { order: 7_000 + i, customer: `c-${i % 7}`, total: 12.5 * (1 + (i % 9)), currency: 'EUR' };
    await say('orders', i % 4 === 3 ? { type: 'heartbeat', node: `shop-${i % 2}`, uptime: i * 60 } : order);
  }
  for (const [client, maxvid] of [
    ['lobby', 60],
    ['night-desk', 47],
    ['archive', 60],
  ] as const) {
    const path = `/v1/channels/doors/events?client=${client}&maxvid=${maxvid}&wait=0`;
    await fetch(base + path, { headers: { authorization: `Bearer ${owner}` } });
  }
}

async function open(search: string, options: BrowserContextOptions = {}, token = owner): Promise<Page> {
  const context = await browser?.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    // The newest rows' light would be caught at a different moment each time.
    reducedMotion: 'reduce',
    ...options,
  });
  if (context === undefined) throw new Error('no browser');
  const page = await context.newPage();
  await page.goto(`${base}/${search}#token=${token}`);
  return page;
}

async function live(search: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await open(search, options);
  await page.locator('#state[data-state="live"]').waitFor();
  await page.locator('.rows tr').first().waitFor();
  await page.locator('#channels a').first().waitFor();
  return page;
}

async function take(name: string, page: Page): Promise<void> {
  // Charts are drawn a frame after they know how wide they are.
  await page.waitForTimeout(1_200);
  const png = withPalette(await page.screenshot());
  await writeFile(join(FOLDER, `${name}.png`), png);
  console.log(`${name.padEnd(16)} ${String(png.length).padStart(7)} bytes`);
  await page.context().close();
}

try {
  await mkdir(FOLDER, { recursive: true });
  await fill();
  await take('events', await live('?channel=orders'));
  await take('doors', await live('?channel=doors'));
  await take('doors-dark', await live('?channel=doors', DARK));
  await take('charts', await live('?channel=host'));
  await take('charts-dark', await live('?channel=host', DARK));
  await take('phone', await live('?channel=doors', PHONE));
  await take('phone-events', await live('?channel=alerts', { ...PHONE, ...DARK }));

  for (const [name, options] of [
    ['state', {}],
    ['phone-state', { ...PHONE, ...DARK }],
  ] as const) {
    const state = await open('?channel=meters&view=state', options);
    await state.locator('.keys tr').first().waitFor();
    await take(name, state);
  }

  await take('beside', await live('?channel=doors&channel=alerts'));
  for (const [name, options] of [
    ['start', {}],
    ['phone-start', PHONE],
  ] as const) {
    const start = await open('?channel=lobby', options);
    await start.locator('#start-channels a').first().waitFor();
    await take(name, start);
  }

  const columns = await live('?channel=host&view=events');
  await columns.getByRole('button', { name: 'Columns…' }).click();
  await columns.getByRole('checkbox', { name: 'memoryTotalMiB' }).uncheck();
  await columns.getByRole('button', { name: 'Move load1 up' }).click();
  await take('columns', columns);

  const publishing = await live('?channel=doors');
  await publishing.getByRole('button', { name: 'Publish…' }).click();
  await publishing.getByLabel('Data, as JSON').fill('{ "doorno": 4, "rfsim": "04A2F19C", "ynopen": "N" }');
  await publishing.keyboard.press('Control+Enter');
  await publishing.locator('#publish-result[data-kind="done"]').waitFor();
  await take('publish', publishing);

  const { deadLetters } = server.process.ingest;
  const lost = [
    ['doors', '{"channel":"doors","data":{"doorno":4,"ynopen":"N"', 'The message is not JSON.'],
    ['meters', '{"channel":"meters","data":7,"key":7}', 'key must be a string.'],
  ] as const;
  for (const [i, [group, body, reason]] of lost.entries())
    await deadLetters.moveToDlq({ id: `lost-${i}`, group, body }, reason);
  for (const [name, options] of [
    ['dead-letters', {}],
    ['phone-dead-letters', { ...PHONE, ...DARK }],
  ] as const) {
    const clearing = await live('?channel=doors', options);
    await clearing.getByRole('button', { name: 'Dead letters…' }).click();
    await clearing.locator('.letter-choose').filter({ hasText: 'doors' }).click();
    await clearing.locator('#dead-form').waitFor();
    await take(name, clearing);
  }

  const behind = await open('?channel=lobby');
  await behind.route('**/v1/channels/doors', (route) =>
    route.fulfill({ json: { channel: 'doors', head: 3_061, earliest: 1 } }),
  );
  await behind.getByRole('link', { name: 'doors', exact: true }).last().click();
  await behind.locator('#state[data-state="behind"]').waitFor();
  await take('behind', behind);

  const whole = await live('?channel=doors&view=events');
  await whole.getByLabel('Filter').fill('ynopen:n');
  await whole.getByRole('button', { name: 'Pause' }).click();
  await say('doors', { doorno: 3, rfsim: '04A2F19C', optime: '2026-11-26 08:41:30', ynopen: 'N' });
  await whole.locator('#pause').getByText('1 new').waitFor();
  await whole.locator('button.open').nth(2).click();
  await take('event', whole);

  const missed = await open('?channel=doors&from=now&view=events');
  await missed.locator('#state[data-state="live"]').waitFor();
  for (let i = 0; i < 3; i++) await say('doors', { doorno: 1 + i, rfsim: '04E09A12', ynopen: 'Y' });
  await missed.locator('.rows tr').nth(2).waitFor();
  await cutOff(missed);
  for (let i = 0; i < 9; i++) await say('doors', { doorno: 1 + i, rfsim: '04B7703E', ynopen: 'Y' });
  await missed.locator('#state[data-state="lost"]').waitFor();
  await loseEvents(missed, 4);
  await missed.locator('#happening').waitFor();
  await missed.locator('#state[data-state="live"]').waitFor();
  await take('missed', missed);

  await take('refused', await open('?channel=doors', {}, await grant(['doors'], -60)));

  const offline = await live('?channel=doors&view=events');
  await offline.context().setOffline(true);
  await offline.locator('#state[data-state="offline"]').waitFor();
  await take('offline', offline);

  const gone = await live('?channel=doors');
  await server.stop();
  await gone.locator('#state[data-state="lost"]').waitFor();
  await take('gone', gone);
} finally {
  await browser.close();
}

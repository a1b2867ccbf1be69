/**
 * The ancestor's page, unchanged, in a real browser with the real Prototype.js, behind the web server of examples/ancestor: it misses nothing, whatever
 * cuts its connection. The browser's clock is the test's: no five seconds are waited for. Without a browser, or without Prototype.js 1.7.3
 * (Debian's libjs-prototype, or a file that PROTOTYPE_JS names), all of it is skipped, with a warning.
 */

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { PROTOTYPE_FILE, pageServer } from '../../examples/ancestor/serve.ts';
import { mint } from '../../lib/auth/mint.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { CUTS, startCutter } from '../support/http/cutter.ts';
import { listen, publish, range } from '../support/http/http.ts';
import { freePort } from '../support/stack/offline.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { SeededRandom } from '../support/time/clock.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const FIVE_SECONDS_MS = 5_000;
const file = process.env.PROTOTYPE_JS || PROTOTYPE_FILE;
const prototype = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`The ancestor's page is NOT tested: no browser can be started here. ${missing}`);
else if (prototype === undefined)
  console.warn(
    "The ancestor's page is NOT tested: there is no Prototype.js (apt-get install libjs-prototype).",
  );

let stack: LocalStack;
let publisher: TestProcess;
let channels = 0;
const running: Array<() => Promise<unknown>> = [];
beforeAll(async () => {
  if (prototype === undefined || browser === undefined) return;
  stack = await startLocalStack();
  publisher = startProcess(stack);
});
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** What the page shows of the n-th event. */
const row = (n: number) => [String(n), String(n % 7), `badge <b>${n}</b>\u2028&amp;`, '08:15:00', 'Y'];

/** A Doorbell, the page's web server, something that cuts between that and the browser, and the page. */
async function setUp() {
  if (prototype === undefined || browser === undefined) throw new Error('no browser, or no Prototype.js');
  const channel = `doors-${++channels}`;
  const port = await freePort();
  const start = async () => {
    const { app } = startProcess(stack, { secret: SECRET, env: { BACKEND_CHANNEL: channel } });
    return listen(app, port);
  };
  let doorbell = await start();
  const token = await mint(SECRET, { read: [channel], write: [], ttlS: 3_600, now: Date.now() });
  const web = pageServer({ doorbell: `http://127.0.0.1:${port}`, token, prototype }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const cutter = await startCutter(`http://127.0.0.1:${(web.address() as AddressInfo).port}`, '/backend.php');
  const context = await browser.newContext();
  const page = await context.newPage();
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(String(error)));
  running.push(async () => {
    await context.close();
    await cutter.stop();
    web.closeAllConnections();
    web.close();
    await doorbell.stop();
    expect(failures).toEqual([]);
  });
  await page.clock.install();
  let published = 0;
  return {
    page,
    cutter,
    open: () => page.goto(cutter.url),
    /** A door is opened; another process publishes it, whether the server is up or not. */
    async happen() {
      const n = ++published;
      const [, doorno, rfsim, optime, ynopen] = row(n);
      await publish(publisher.app, channel, { data: { doorno, rfsim, optime, ynopen } });
    },
    stop: () => doorbell.stop(),
    async start() {
      doorbell = await start();
    },
  };
}

const state = (page: Page, text: string) => page.locator('#state', { hasText: text }).waitFor();

async function rows(page: Page): Promise<readonly string[][]> {
  const found = await page.locator('#records tr').all();
  return Promise.all(found.map((one) => one.locator('td').allTextContents()));
}

/** Awaits the first `count` events, each once and in order, on a page whose waits after errors take no time. */
async function shows(page: Page, count: number): Promise<void> {
  const enough = async () => {
    await page.clock.fastForward(FIVE_SECONDS_MS);
    return (await page.locator('#records tr').count()) >= count;
  };
  await vi.waitUntil(enough, { timeout: WAIT_MS, interval: 50 });
  expect(await rows(page)).toEqual(range(1, count).map(row));
}

describe.skipIf(prototype === undefined || browser === undefined)("the ancestor's page", () => {
  test('runs on Prototype.js 1.7.3, and shows what there is and what comes', async () => {
    const { page, open, happen } = await setUp();
    for (const _ of range(1, 3)) await happen();

    await open();
    await shows(page, 3);
    await happen();
    await shows(page, 4);

    expect(await page.evaluate('Prototype.Version')).toBe('1.7.3');
  });

  test('asks again at once after a record, and 5 s after an error', async () => {
    const { page, cutter, open, happen } = await setUp();
    await open();
    await state(page, 'asking');
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + FIVE_SECONDS_MS);
    // No time passes from here on.
    for (const _ of range(1, 3)) await happen();
    await page.locator('#records tr:nth-child(3)').waitFor();

    const cut = cutter.cutNext(CUTS['in the middle']);
    await happen();
    await cut;
    await state(page, 'error');
    await page.clock.runFor(FIVE_SECONDS_MS - 1);
    expect(await page.locator('#state').textContent()).toBe('error');
    await page.clock.runFor(1);

    await page.locator('#records tr:nth-child(4)').waitFor();
    expect(await rows(page)).toEqual(range(1, 4).map(row));
  });

  test.each(Object.entries(CUTS))('misses nothing when an answer is cut %s', async (_, cut) => {
    const { page, cutter, open, happen } = await setUp();
    await happen();
    await open();
    await shows(page, 1);

    const done = cutter.cutNext(cut);
    await happen();
    await done;
    await happen();

    await shows(page, 3);
  });

  test('misses nothing while the server is away', async () => {
    const { page, open, happen, stop, start } = await setUp();
    await happen();
    await open();
    await shows(page, 1);

    await stop();
    await state(page, 'error');
    for (const _ of range(1, 3)) await happen();
    await start();

    await shows(page, 4);
  });

  test.each([1, 2, 3])('misses nothing in a bad hour (seed %i)', async (seed) => {
    const random = new SeededRandom(seed);
    const cuts = Object.values(CUTS);
    const { page, cutter, open, happen, stop, start } = await setUp();
    await open();

    for (const n of range(1, 30)) {
      const cut = cuts[Math.floor(random.fraction() * cuts.length * 2)];
      // Every second time there is none.
      if (cut) void cutter.cutNext(cut);
      if (n % 10 === 5) await stop();
      await happen();
      if (n % 10 === 7) await start();
      if (random.fraction() < 0.3) await page.clock.fastForward(FIVE_SECONDS_MS);
    }

    await shows(page, 30);
    expect(cutter.left).toBe(0);
  });
});

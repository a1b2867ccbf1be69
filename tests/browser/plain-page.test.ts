/** examples/page: a page without a build step or a library, from another origin than Doorbell's. Without a browser it is skipped, with a warning. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { listen, numbered, publish, range } from '../support/http/http.ts';
import { freePort } from '../support/stack/offline.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`examples/page is NOT tested: no browser can be started here. ${missing}`);

let stack: LocalStack;
let web: Server;
let origin: string;
let port: number;
let doorbell: Awaited<ReturnType<typeof startDoorbell>>;
let publisher: TestProcess;

const startDoorbell = () =>
  listen(startProcess(stack, { secret: SECRET, env: { CORS_ORIGINS: origin } }).app, port);

beforeAll(async () => {
  if (browser === undefined) return;
  const html = readFileSync(join(SERVICE_DIR, 'examples/page/index.html'), 'utf8');
  web = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(html));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  port = await freePort();
  stack = await startLocalStack();
  publisher = startProcess(stack);
  doorbell = await startDoorbell();
});
afterEach(async () => {
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
});
afterAll(async () => {
  await browser?.close();
  web?.close();
  await doorbell?.stop();
  await stack?.stop();
});

async function open(channel: string, more = '', read: readonly string[] = [channel]): Promise<Page> {
  if (browser === undefined) throw new Error('no browser');
  const page = await (await browser.newContext()).newPage();
  const token = await mint(SECRET, { read, write: [], ttlS: 600, now: Date.now() });
  await page.goto(`${origin}/?base=http://127.0.0.1:${port}&channel=${channel}${more}#token=${token}`);
  return page;
}

const says = (page: Page, text: string) =>
  page.locator('[role=status]', { hasText: text }).waitFor({ timeout: WAIT_MS });
const item = (page: Page, vid: number) => page.locator(`li[value="${vid}"]`);

describe.skipIf(browser === undefined)('examples/page', () => {
  test('shows what there is and what comes, newest first, as text', async () => {
    await publish(publisher.app, 'texts', numbered(1, 2));
    const page = await open('texts', '&maxvid=0');
    await says(page, 'live');

    await publish(publisher.app, 'texts', { data: { html: '<img src=x onerror=alert(1)>' } });
    await item(page, 3).waitFor();

    const texts = await page.locator('li').allTextContents();
    expect(texts.map((text) => text.slice(text.indexOf(' ') + 1))).toEqual([
      '{"html":"<img src=x onerror=alert(1)>"}',
      '2',
      '1',
    ]);
    expect(await page.locator('h1').textContent()).toBe('Events of texts');
  });

  test.each([
    ['born', 2],
    ['unborn', 0],
  ])('starts over on a channel that is %s and behind it', async (channel, before) => {
    if (before > 0) await publish(publisher.app, channel, numbered(1, before));
    const page = await open(channel, '&maxvid=99');
    await publish(publisher.app, channel, { data: 'next' });

    await item(page, before + 1).waitFor();

    expect(await page.locator('li').count()).toBe(before + 1);
  });

  test('goes on where it was when the server was away', async () => {
    await publish(publisher.app, 'away', numbered(1, 2));
    const page = await open('away', '&maxvid=0');
    await item(page, 2).waitFor();

    await doorbell.stop();
    await says(page, 'trying again');
    await publish(publisher.app, 'away', numbered(3, 5));
    doorbell = await startDoorbell();

    await item(page, 5).waitFor();
    expect(
      await page.locator('li').evaluateAll((items) => items.map((one) => one.getAttribute('value'))),
    ).toEqual(range(1, 5).reverse().map(String));
  });

  test('says at once that it is live, and misses no event from then on though its answer is lost', async () => {
    await publish(publisher.app, 'quiet', numbered(1, 2));
    const page = await open('quiet');
    // Long before a held poll ends.
    await says(page, 'live');
    await page.route('**/v1/**', (route) => route.abort(), { times: 1 });

    await publish(publisher.app, 'quiet', { data: 3 });
    await item(page, 3).waitFor();
    await says(page, 'trying again');
    await publish(publisher.app, 'quiet', { data: 4 });

    await item(page, 4).waitFor();
    expect(await page.locator('li').count()).toBe(2);
  });

  test.each([
    // Ten that come at once are free.
    [12, { body: '{"channel":"odd","epoch":"e","events":[{"vid":1}],"maxvid":0,"missed":0}' }],
    [3, { body: '{"channel":"odd","epoch":"e","events":[{"vid":1}]}' }],
    [3, { status: 503, headers: { 'retry-after': '-9999999999999' }, body: '{}' }],
  ])(
    'asks no odd server in a hot loop: the %ith time not before a second has passed',
    async (most, answer) => {
      if (browser === undefined) throw new Error('no browser');
      const page = await (await browser.newContext()).newPage();
      const asked: number[] = [];
      await page.route('**/v1/**', (route) => {
        asked.push(performance.now());
        return route.fulfill(answer);
      });
      await page.addInitScript('Math.random = () => 1');

      await page.goto(`${origin}/?base=${origin}&channel=odd#token=any`);

      await expect.poll(() => asked.length, { timeout: WAIT_MS }).toBeGreaterThanOrEqual(most);
      expect((asked[most - 1] ?? 0) - (asked[most - 2] ?? 0)).toBeGreaterThan(900);
    },
  );

  test('says why when its token does not allow it', async () => {
    const page = await open('texts', '', ['other']);

    await says(page, 'The token does not allow to read channel texts.');
  });
});

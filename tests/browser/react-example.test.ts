/** examples/react: a board of doors in a real browser, from another origin than Doorbell's, built as its README says. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { doorDay } from '../../packages/cli/src/door-day.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { listen, publish } from '../support/http/http.ts';
import { freePort } from '../support/stack/offline.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { remakeTables } from '../support/stack/tables.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const EXAMPLE = join(SERVICE_DIR, 'examples/react');
const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`examples/react is NOT tested: no browser can be started here. ${missing}`);

let stack: LocalStack;
let web: Server;
let origin: string;
let port: number;
let doorbell: Awaited<ReturnType<typeof startDoorbell>>;
let publisher: TestProcess;
const failures: string[] = [];

const startDoorbell = () =>
  listen(startProcess(stack, { secret: SECRET, env: { CORS_ORIGINS: origin } }).app, port);

beforeAll(async () => {
  if (browser === undefined) return;
  const built = await build({
    entryPoints: [join(EXAMPLE, 'main.tsx')],
    bundle: true,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
  });
  const script = built.outputFiles[0]?.text ?? '';
  const html = readFileSync(join(EXAMPLE, 'index.html'), 'utf8');
  web = createServer(({ url }, response) => {
    if (url === '/main.js') response.setHeader('Content-Type', 'text/javascript').end(script);
    else response.setHeader('Content-Type', 'text/html').end(html);
  });
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
  expect(failures.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  web?.close();
  await doorbell?.stop();
  await stack?.stop();
});

async function open(channel: string, read: readonly string[] = [channel]): Promise<Page> {
  if (browser === undefined) throw new Error('no browser');
  const page = await (await browser.newContext()).newPage();
  page.on('pageerror', (error) => failures.push(String(error)));
  const token = await mint(SECRET, { read, write: [], ttlS: 600, now: Date.now() });
  await page.goto(`${origin}/?base=http://127.0.0.1:${port}&channel=${channel}#token=${token}`);
  return page;
}

const says = (page: Page, text: string) => page.locator('[role=status]', { hasText: text }).waitFor();
const pass = (channel: string, doorno: number, rfsim: string, ynopen = 'Y') =>
  publish(publisher.app, channel, { data: { doorno, rfsim, optime: '08:15:00', ynopen } });
/** What each door shows, but for the time of day. */
const doors = async (page: Page) =>
  (await page.locator('li').allInnerTexts()).map((text) => text.split('\n')[0]?.trim());

describe.skipIf(browser === undefined)('examples/react', { timeout: 60_000 }, () => {
  test('shows what happened last at each door, and changes as it happens', async () => {
    await pass('board', 10, '4711');
    await pass('board', 2, '4711');
    await publish(publisher.app, 'board', { data: 'not a record' });
    const page = await open('board');
    await says(page, 'live');
    await page.locator('[data-door="10"]').waitFor();
    expect(await doors(page)).toEqual(['Door 2 opened for 4711', 'Door 10 opened for 4711']);

    await pass('board', 10, '<b>0815</b>', 'N');

    await page.locator('[data-door="10"][data-opened="false"]').waitFor();
    expect(await doors(page)).toEqual(['Door 2 opened for 4711', 'Door 10 refused <b>0815</b>']);
    await page.getByText('1 refused').waitFor();
  });

  test('counts a whole day once, under StrictMode and in a burst', async () => {
    const day = doorDay({ seed: 1, people: 120, doors: 8 }).map(({ record }) => record);
    const page = await open('day');
    await says(page, 'live');

    const lines = day.map((record) => JSON.stringify(record)).join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    await publisher.app.request('/v1/channels/day/events', { method: 'POST', headers, body: lines });

    const refused = day.filter(({ ynopen }) => ynopen === 'N').length;
    await page.getByText(`${refused} refused`, { exact: true }).waitFor();
    expect(await page.locator('li').count()).toBe(8);
  });

  test('says that the server is away, and goes on when it is back', async () => {
    await pass('away', 1, '4711');
    const page = await open('away');
    await page.locator('[data-door="1"]').waitFor();

    await doorbell.stop();
    await says(page, 'no connection, trying again');
    await pass('away', 2, '4711');
    doorbell = await startDoorbell();

    await page.locator('[data-door="2"]').waitFor();
    await says(page, 'live');
  });

  test('says why when its token does not allow it', async () => {
    const page = await open('board', ['other']);

    await says(page, 'stopped: The token does not allow to read channel board.');
  });

  test('lets go of the doors of an old life when the log was made anew', async () => {
    await pass('anew', 1, '4711');
    await pass('anew', 3, '4711');
    const page = await open('anew');
    await page.locator('[data-door="3"]').waitFor();

    await doorbell.stop();
    await remakeTables(stack);
    publisher = startProcess(stack);
    await pass('anew', 2, '4711');
    doorbell = await startDoorbell();

    await page.locator('[data-door="2"]').waitFor();
    expect(await doors(page)).toEqual(['Door 2 opened for 4711']);
  });
});

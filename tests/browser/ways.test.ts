/** The built client in a real browser takes the way to wait that its server offers: of the functions a direct wait, of a hub behind what holds shared polls those. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../local/bundle/bundle.ts';
import { SERVICE_DIR } from '../../local/folder.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { over, publish, range, type Served } from '../support/http/http.ts';
import { fileHub, hubToken } from '../support/stack/hub.ts';
import { startServer } from '../support/stack/server.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const EVENTS = 4;
const CHANNEL = 'weather';
const page = (
  headers: object,
) => `<!doctype html><meta charset="utf-8"><title>Ways</title><script type="module">
import { subscribe } from '/client.js';
window.seen = [];
subscribe('${CHANNEL}', { from: 'start', headers: ${JSON.stringify(headers)} }).on('event', ({ data }) => void seen.push(data));
</script>`;

interface Ground {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  stop(): unknown;
}

async function functions(): Promise<Ground> {
  const { url, stop } = await startServer({ env: { DIRECT_WAIT: 'true' } });
  return { url: url.replace(/\/$/, ''), headers: {}, stop };
}

/** The page says what a proxy would. */
async function hub(): Promise<Ground> {
  await bundle();
  const built = (name: string) => readFileSync(join(SERVICE_DIR, 'dist', name), 'utf8');
  const assets = {
    dashboard: built('dashboard.html'),
    client: built('client.js'),
    more: built('client-more.js'),
    openapi: built('openapi.json'),
  };
  const { hub: running, opened } = await fileHub(':memory:', { env: { PUBLIC_CHANNELS: CHANNEL }, assets });
  const headers = { 'Doorbell-Front': 'shared', Authorization: `Bearer ${await hubToken()}` };
  const stop = async () => {
    await running.stop();
    opened.close();
  };
  return { url: `http://127.0.0.1:${running.port}`, headers, stop };
}

const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`Ways to wait are NOT tested in a browser: none can be started. ${missing}`);
afterEach(async () => {
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
});
afterAll(() => browser?.close());

describe.skipIf(!browser).each([
  ['functions', functions, '/v1/wait'],
  ['a hub behind what holds shared polls', hub, `/v1/shared/${CHANNEL}/events`],
])('before %s', { timeout: 60_000 }, (_, start, way) => {
  let ground: Ground;
  let owner: Served;
  beforeAll(async () => {
    ground = await start();
    owner = over(ground.url, ground.headers.Authorization?.replace('Bearer ', ''));
  }, 60_000);
  afterAll(() => ground?.stop());

  /** A page that follows the channel, and the paths that it asks for. */
  async function open(isBlocked = false): Promise<{ readonly tab: Page; readonly asked: string[] }> {
    const context = await browser?.newContext();
    if (!context) throw new Error('no browser');
    await context.route('**/plain', (route) =>
      route.fulfill({ contentType: 'text/html', body: page(ground.headers) }),
    );
    if (isBlocked) await context.route('**/client-more.js', (route) => route.abort());
    const tab = await context.newPage();
    const asked: string[] = [];
    tab.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await tab.goto(`${ground.url}/plain`);
    return { tab, asked };
  }
  const seen = async (tab: Page, count: number) => {
    await tab.waitForFunction((wanted) => window.seen.length >= wanted, count, { timeout: WAIT_MS });
    return tab.evaluate(() => window.seen);
  };

  test('a page has every event by the way that it was offered', async () => {
    await publish(owner, CHANNEL, { data: 0 });
    const { tab, asked } = await open();

    for (const event of range(1, EVENTS)) {
      await seen(tab, event);
      await publish(owner, CHANNEL, { data: event });
    }

    expect(await seen(tab, EVENTS + 1)).toEqual(range(0, EVENTS));
    expect(asked.filter((path) => path === '/client-more.js')).toHaveLength(1);
    expect(asked).toContain(way);
  });

  test('a page that may not load what it needs for that has every event all the same', async () => {
    const { tab, asked } = await open(true);
    const { length } = await seen(tab, EVENTS + 1);
    await publish(owner, CHANNEL, { data: 'more' });

    expect((await seen(tab, length + 1)).at(-1)).toBe('more');
    expect(asked).not.toContain(way);
  });
});

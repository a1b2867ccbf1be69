/**
 * One service and one browser for a file of tests, and what such tests have in common. Pages are closed after
 * each test, and a script error or a dialog on any of them fails the test, whatever it looked at itself.
 */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from '../support/browser/browser.ts';
import { startServer } from '../support/stack/server.ts';
import { WAIT_MS } from '../support/time/limits.ts';

export interface Harness {
  /** False when there is no browser here; the reason was printed. */
  readonly able: boolean;
  /** The service's URL; empty before the first test. */
  readonly base: string;
  /** A page at the service, for instance at `?channel=doors`. `script` runs there before the page's own. */
  open(search: string, options?: BrowserContextOptions, script?: string): Promise<Page>;
  /** A page that follows the channel and says that it is live. */
  openLive(channel: string, more?: string): Promise<Page>;
  /** A channel that no other test uses. */
  newChannel(): string;
  /** Publishes them in order, in one request. */
  sayMany(channel: string, data: readonly unknown[]): Promise<void>;
  /** Takes the service away for good. */
  stop(): Promise<void>;
}

/** For the top level of a test file. */
export async function startHarness(): Promise<Harness> {
  const { browser, missing } = await launchBrowser();
  if (missing !== undefined)
    console.warn(`The page is NOT tested: no browser can be started here. ${missing}`);
  const failures: string[] = [];
  let base = '';
  let server: { stop(): Promise<void> } | undefined;
  let channels = 0;

  async function open(search: string, options: BrowserContextOptions = {}, script = ''): Promise<Page> {
    if (browser === undefined) throw new Error('no browser');
    const context = await browser.newContext({ viewport: { width: 1200, height: 750 }, ...options });
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    await page.addInitScript(script);
    page.on('pageerror', (error) => failures.push(String(error)));
    page.on('dialog', (dialog) => failures.push(`dialog: ${dialog.message()}`));
    await page.goto(`${base}/${search}`);
    return page;
  }

  async function openLive(channel: string, more = ''): Promise<Page> {
    const page = await open(`?channel=${channel}${more}`);
    await state(page, 'live');
    return page;
  }

  async function sayMany(channel: string, data: readonly unknown[]): Promise<void> {
    const body = data.map((one) => `${JSON.stringify(one)}\n`).join('');
    const headers = { 'content-type': 'application/x-ndjson' };
    const url = `${base}/v1/channels/${channel}/events`;
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
  }

  async function stop(): Promise<void> {
    const running = server;
    server = undefined;
    await running?.stop();
  }

  beforeAll(async () => {
    if (browser === undefined) return;
    const started = await startServer();
    base = started.url.replace(/\/$/, '');
    server = started;
  }, 60_000);

  afterEach(async () => {
    await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
    expect(failures.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await stop();
  }, 60_000);

  return {
    able: browser !== undefined,
    get base() {
      return base;
    },
    open,
    openLive,
    sayMany,
    newChannel: () => `page-${process.pid}-${++channels}`,
    stop,
  };
}

export const rows = (page: Page): Locator => page.locator('.rows tr');

/** The vids of the rows that are in the page, from the top. */
export const vids = (page: Page): Promise<string[]> => page.locator('td.vid').allInnerTexts();

/** Awaits the connection's state as the page shows it. */
export const state = (
  page: Page,
  name: 'live' | 'behind' | 'lost' | 'offline' | 'refused' | 'stopped',
): Promise<void> => page.locator(`#state[data-state="${name}"]`).waitFor();

/** The publish form's answer. */
export const result = (page: Page, kind: 'done' | 'refused'): Locator =>
  page.locator(`#publish-result[data-kind="${kind}"]`);

/** Opens the publish form, which nobody is offered unasked. */
export async function openPublish(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Publish…' }).click();
  await page.locator('#publish-dialog').waitFor();
}

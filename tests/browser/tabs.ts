/**
 * Tabs of one browser that follow channels with the built client, on a page without any build step. They share cookies, storage and locks,
 * as tabs do; each test has a browser context of its own. Every poll that any of them makes is counted.
 */
import type { BrowserContext, CDPSession, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from '../support/browser/browser.ts';
import { startServer, type TestServer } from '../support/stack/server.ts';
import { WAIT_MS } from '../support/time/limits.ts';

/** What the page keeps for the test to look at. */
declare global {
  interface Window {
    seen: number[];
    states: string[];
  }
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>A page without a build step</title><script type="module">
import { subscribe, webStore } from '/client.js';
const { channel, store, ...options } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
Object.assign(window, { seen: [], states: [] });
const doors = subscribe(channel, { from: 'start', store: store && webStore(), ...options });
doors.on('status', ({ state }) => states.push(state));
doors.on('event', ({ vid }) => void seen.push(vid));
</script>`;

const isPoll = (request: Request) => request.url().includes('/v1/events?');

export interface Tab {
  readonly page: Page;
  readonly cdp: CDPSession;
  /** How many polls this tab has begun. */
  readonly polls: () => number;
  seen(): Promise<number[]>;
  states(): Promise<string[]>;
}

export async function startTabs() {
  const { browser, missing } = await launchBrowser();
  if (missing !== undefined)
    console.warn(`The client is NOT tested in a browser: none can be started. ${missing}`);
  const failures: string[] = [];
  let server: TestServer | undefined;
  let context: BrowserContext | undefined;
  const open = new Set<Set<Request>>();
  let channels = 0;

  beforeAll(async () => {
    if (browser) server = await startServer();
  }, 60_000);

  afterEach(async () => {
    await context?.close();
    context = undefined;
    open.clear();
    expect(failures.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  }, 60_000);

  async function newContext(html: string): Promise<BrowserContext> {
    if (!browser) throw new Error('no browser');
    const made = await browser.newContext();
    made.setDefaultTimeout(WAIT_MS);
    await made.route('**/plain', (route) => route.fulfill({ contentType: 'text/html', body: html }));
    return made;
  }

  /** A tab that follows the channel from its start on, in the test's one browser context. */
  async function follow(channel: string, options: object = {}, html = PAGE): Promise<Tab> {
    context ??= await newContext(html);
    const page = await context.newPage();
    let polls = 0;
    const mine = new Set<Request>();
    open.add(mine);
    page.on('pageerror', (error) => failures.push(String(error)));
    page.on('request', (request) => {
      if (!isPoll(request)) return;
      polls++;
      mine.add(request);
    });
    page.on('requestfinished', (request) => mine.delete(request));
    page.on('requestfailed', (request) => mine.delete(request));
    // What a closed tab asked for, the browser cuts without a word.
    page.on('close', () => open.delete(mine));
    const hash = encodeURIComponent(JSON.stringify({ channel, ...options }));
    await page.goto(`${server?.url}/plain#${hash}`);
    return {
      page,
      cdp: await context.newCDPSession(page),
      polls: () => polls,
      seen: () => page.evaluate(() => window.seen),
      states: () => page.evaluate(() => window.states),
    };
  }

  /** Publishes so many events, in one request. */
  async function say(channel: string, count = 1, data: unknown = 'x'): Promise<void> {
    const response = await fetch(`${server?.url}/v1/channels/${channel}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(data)}\n`.repeat(count),
    });
    expect(response.status).toBe(201);
  }

  return {
    able: browser !== undefined,
    follow,
    say,
    restart: (whileDown: () => Promise<unknown>) => server?.restart(whileDown),
    newChannel: () => `tabs-${++channels}`,
    /** How many polls are open in all tabs together. */
    open: () => [...open].reduce((sum, { size }) => sum + size, 0),
  };
}

/** Awaits that the tab has handled so many events, and gives them. */
export async function handled({ page, seen }: Tab, count: number): Promise<number[]> {
  await page.waitForFunction((wanted) => window.seen.length >= wanted, count);
  return seen();
}

/** Awaits that the tab says so. */
export async function says({ page }: Tab, state: string): Promise<void> {
  await page.waitForFunction((wanted) => window.states.at(-1) === wanted, state);
}

/** 1 … n */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

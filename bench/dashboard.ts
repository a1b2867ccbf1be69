/**
 * A day in minutes: what the dashboard's page weighs while events pour in. Prints the heap after a collection, and the page's elements, as the events grow in number;
 * then how long its frames took. A page that kept more than it says would grow from line to line.
 *   npm run bench:dashboard -- [events, default 200000] [characters more in each event, default 0]
 */

import type { CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../tests/support/browser/browser.ts';
import { startServer } from '../tests/support/stack/server.ts';

const [, , total = '200000', extra = '0'] = process.argv;
const events = Number(total);
const LINES = 5;
const text = 'x'.repeat(Number(extra));
/** Lines of one request: it may have 5 MiB. */
const perRequest = Math.max(1, Math.min(500, Math.floor(4_000_000 / (100 + text.length))));

const { browser, missing } = await launchBrowser();
if (browser === undefined) throw new Error(`No browser can be started here: ${missing}`);
const server = await startServer();

async function say(first: number, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => {
    const n = first + i;
    return JSON.stringify({ doorno: n % 40, rfsim: `04A2F${n % 997}`, ynopen: n % 3 ? 'Y' : 'N', n, text });
  });
  const headers = { 'content-type': 'application/x-ndjson' };
  const url = `${server.url}/v1/channels/day/events`;
  const { status } = await fetch(url, { method: 'POST', headers, body: `${lines.join('\n')}\n` });
  if (status !== 201) throw new Error(`Publishing was answered with ${status}.`);
}

async function weigh(page: Page, cdp: CDPSession, received: number): Promise<void> {
  const shown = page.locator('#count-received').getByText(received.toLocaleString('en'), { exact: true });
  await shown.waitFor({ timeout: 120_000 });
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  const elements = await page.evaluate(() => document.querySelectorAll('*').length);
  const kept = await page.locator('.kept').textContent();
  const heap = `${(usedSize / 2 ** 20).toFixed(1)} MiB`;
  console.log(
    `${received.toLocaleString('en').padStart(9)} events  ${heap.padStart(9)}  ${elements} elements  ${kept}`,
  );
}

/** How long each frame took, from now on. */
const COUNT_FRAMES = `(() => {
  window.frames = [];
  let last = performance.now();
  const frame = (now) => { frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
})()`;

try {
  const page = await (await browser.newContext()).newPage();
  const cdp = await page.context().newCDPSession(page);
  await page.goto(`${server.url}/?channel=day&view=doors`);
  await page.locator('#state[data-state="live"]').waitFor();
  await page.evaluate(COUNT_FRAMES);
  const began = performance.now();
  for (let line = 1, sent = 0; line <= LINES; line++) {
    const until = Math.round((events * line) / LINES);
    while (sent < until) {
      const count = Math.min(perRequest, until - sent);
      await say(sent, count);
      sent += count;
    }
    await weigh(page, cdp, sent);
  }
  const seconds = (performance.now() - began) / 1_000;
  const frames = await page.evaluate<number[]>('frames.sort((a, b) => a - b)');
  const at = (share: number) => `${Math.round(frames[Math.floor((frames.length - 1) * share)] ?? 0)} ms`;
  console.log(
    `${Math.round(events / seconds)} events/s; a frame: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`,
  );
} finally {
  await browser.close();
  await server.stop();
}

/** Dead letters on the page: offered to whom the claim is given, mended and sent again, and nothing in them does anything to the page. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { takeAll } from '../support/stack/ingest-queues.ts';
import { startServer, type TestServer } from '../support/stack/server.ts';
import { state } from './harness.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SECRET = 'the-secret-of-these-tests-0123456789';
const HOSTILE = '<img src=x onerror=alert(1)>\u202e';
const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`Dead letters on the page are NOT tested: no browser can be started here. ${missing}`);

let server: TestServer;
beforeAll(async () => {
  if (browser) server = await startServer({ secret: SECRET });
}, 60_000);
beforeEach(async () => {
  if (!browser) return;
  await takeAll(server.stack, 'IngestDeadQueue');
  await takeAll(server.stack, 'IngestQueue');
});
afterEach(async () => {
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
}, 60_000);

async function open(
  dead: readonly string[] | undefined,
  options: { bypassCSP?: boolean } = {},
): Promise<Page> {
  if (!browser) throw new Error('no browser');
  const grants = { read: ['*'], write: ['*'], ...(dead ? { dead } : {}) };
  const token = await mint(SECRET, { ...grants, ttlS: 600, now: Date.now() });
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${server.url}/?channel=doors#token=${token}`);
  await state(page, 'live');
  return page;
}

const putAside = (group: string, body: string, reason = 'The message is not JSON.') =>
  server.process.ingest.deadLetters.moveToDlq({ id: `${group}-${body}`, group, body }, reason);

async function openList(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Dead letters…' }).click();
  await page.locator('#dead-dialog').waitFor();
}

const said = (page: Page, kind: 'done' | 'refused') => page.locator(`#dead-result[data-kind="${kind}"]`);

describe.skipIf(browser === undefined)('dead letters on the page', { timeout: 60_000 }, () => {
  test('are offered to a token with the claim, and to no other', async () => {
    const offered = (page: Page) => page.getByRole('button', { name: 'Dead letters…' }).isVisible();

    expect(await offered(await open(['doors']))).toBe(true);
    expect(await offered(await open([]))).toBe(false);
    expect(await offered(await open(undefined))).toBe(false);
  });

  test('are shown with their reasons, mended, and sent again', async () => {
    await putAside('doors', '{"channel":"doors"', 'The message is not JSON.');
    const page = await open(['*']);
    await openList(page);
    await page.getByRole('button', { name: /^doors/ }).click();
    await page.locator('#dead-form').waitFor();

    expect(await page.locator('#dead-reason').innerText()).toContain('The message is not JSON.');
    await page.getByRole('button', { name: 'Send it again' }).click();
    await said(page, 'refused').getByText('can never be published').waitFor();
    await page.fill('#dead-body', '{"channel":"doors","data":"mended"}');
    await page.getByRole('button', { name: 'Send it again' }).click();
    await said(page, 'done').waitFor();

    await page.locator('#dead-note').getByText('There are none.').waitFor();
    const [sent] = await takeAll(server.stack, 'IngestQueue');
    expect(JSON.parse(sent?.Body ?? '')).toMatchObject({ channel: 'doors', events: [{ data: 'mended' }] });
  });

  test('are dropped at the second press only', async () => {
    await putAside('doors', 'bad');
    const page = await open(['*']);
    await openList(page);
    await page.getByRole('button', { name: /^doors/ }).click();

    await page.getByRole('button', { name: 'Drop it…' }).click();
    await page.getByRole('button', { name: 'Drop it for good' }).click();
    await said(page, 'done').waitFor();

    expect(await takeAll(server.stack, 'IngestDeadQueue')).toEqual([]);
  });

  test('are text, whatever they hold, and leave the page with the dialog', async () => {
    await putAside('doors', HOSTILE, HOSTILE);
    const page = await open(['*'], { bypassCSP: true });
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => dialogs.push(dialog.message()));
    await openList(page);
    await page.getByRole('button', { name: /^doors/ }).click();
    await page.locator('#dead-form').waitFor();

    expect(await page.locator('#dead-dialog img').count()).toBe(0);
    expect(await page.locator('#dead-list').innerText()).not.toContain('\u202e');
    expect(await page.locator('#dead-body').inputValue()).toBe(HOSTILE);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id }) => id)).toEqual([]);
    await page.locator('#dead-close').click();
    await page.locator('#dead-dialog').waitFor({ state: 'hidden' });
    expect(await page.locator('#dead-body').inputValue()).toBe('');
    expect(await page.locator('#dead-list li').count()).toBe(0);
    expect(dialogs).toEqual([]);
  });
});

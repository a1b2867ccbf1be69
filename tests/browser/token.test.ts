/** The page and its token: from the link, or typed in when the server asks for it. */

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { eventsPath, over, publish } from '../support/http/http.ts';
import { startServer, type TestServer } from '../support/stack/server.ts';
import { openPublish, rows, state } from './harness.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`The page's token is NOT tested: no browser can be started here. ${missing}`);

let server: TestServer;
beforeAll(async () => {
  if (!browser) return;
  server = await startServer({ secret: SECRET });
  const owner = over(server.url, await tokenFor('*'));
  for (const channel of ['doors', 'alerts']) await publish(owner, channel, { data: `${channel} 1` });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const tokenFor = (read: string, ttlS = 60) =>
  mint(SECRET, { read: [read], write: [read], ttlS, now: Date.now() });

async function open(path: string): Promise<Page> {
  if (!browser) throw new Error('no browser');
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${server.url}/${path}`);
  return page;
}

const form = (page: Page) => page.locator('#token-form');

async function enter(page: Page, token: string): Promise<void> {
  await page.fill('#token', token);
  await page.press('#token', 'Enter');
}

describe.skipIf(browser === undefined)('the page', () => {
  test('takes its token from the link, takes it out of the address, and keeps it for a reload', async () => {
    const token = await tokenFor('doors');
    const page = await open(`?channel=doors#token=${token}`);
    await state(page, 'live');
    await rows(page).getByText('doors 1').waitFor();

    expect(page.url()).toBe(`${server.url}/?channel=doors`);
    expect(await form(page).isVisible()).toBe(false);
    await page.reload();
    await state(page, 'live');
    await openPublish(page);
    await page.fill('#data', '"said"');
    await page.press('#data', 'Control+Enter');
    await rows(page).getByText('said').waitFor();
  });

  test('offers no publishing to a token that may only read', async () => {
    const token = await mint(SECRET, { read: ['*'], write: ['alerts'], ttlS: 60, now: Date.now() });
    const page = await open(`?channel=doors#token=${token}`);
    await state(page, 'live');
    await rows(page).getByText('doors 1').waitFor();

    expect(await page.locator('#publish-open').isVisible()).toBe(false);
    await page.getByRole('link', { name: 'alerts' }).click();
    await page.locator('#publish-open').waitFor();
  });

  test('asks for a token where there is none, and goes on with the one that it is given', async () => {
    const page = await open('?channel=doors');
    await state(page, 'refused');
    await form(page).waitFor();

    await enter(page, await tokenFor('doors'));

    await state(page, 'live');
    await rows(page).getByText('doors 1').waitFor();
    expect(await form(page).isVisible()).toBe(false);
    expect(await page.inputValue('#token')).toBe('');
  });

  test.each([
    ['has expired', () => tokenFor('doors', -60), /expired/],
    ['is not one', async () => 'nonsense', /Web Token/],
    ['does not allow the channel', () => tokenFor('alerts'), /allow/],
  ])('says so when its token %s, and takes another', async (_, token, reason) => {
    const page = await open(`?channel=doors#token=${await token()}`);
    await state(page, 'refused');
    await form(page).waitFor();

    expect(await page.textContent('#status')).toMatch(reason);
    await enter(page, await tokenFor('doors'));
    await state(page, 'live');
  });

  test('hears nothing of a tab whose token allows more', async () => {
    const allowed = await open(`?channel=doors#token=${await tokenFor('doors')}`);
    await state(allowed, 'live');

    const other = await allowed.context().newPage();
    await other.goto(`${server.url}/?channel=doors#token=${await tokenFor('alerts')}`);

    await state(other, 'refused');
    expect(await rows(other).count()).toBe(0);
    await state(allowed, 'live');
  });

  test('goes on where it was when its token was replaced', async () => {
    const page = await open(`?channel=doors#token=${await tokenFor('doors')}`);
    await rows(page).getByText('doors 1').waitFor();
    const before = await rows(page).count();

    await page.evaluate(`location.hash = 'token=${await tokenFor('alerts')}'`);
    await state(page, 'refused');
    await publish(over(server.url, await tokenFor('*')), 'doors', { data: 'said meanwhile' });
    await enter(page, await tokenFor('doors'));

    await rows(page).getByText('said meanwhile').waitFor();
    expect(await rows(page).count()).toBe(before + 1);
  });

  test('follows another link in the same tab with its token', async () => {
    const page = await open(`?channel=doors#token=${await tokenFor('alerts')}`);
    await state(page, 'refused');

    await page.evaluate(`location.hash = 'token=${await tokenFor('doors')}'`);

    await state(page, 'live');
    expect(page.url()).not.toContain('token');
  });
});

test.skipIf(browser === undefined)('the server these tests use is closed', async () => {
  expect((await fetch(`${server.url}${eventsPath('doors')}`)).status).toBe(401);
});

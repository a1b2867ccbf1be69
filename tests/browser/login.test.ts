/** The page behind the example login server: somebody logs in at an OpenID provider, and the page is live without a token of its own. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { over, publish } from '../support/http/http.ts';
import { type Logins, startLogins } from '../support/http/identity-provider.ts';
import { startServer, type TestServer } from '../support/stack/server.ts';
import { rows, state } from './harness.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`Logging in is NOT tested in a browser: none can be started here. ${missing}`);

let server: TestServer;
let logins: Logins;
beforeAll(async () => {
  if (!browser) return;
  server = await startServer({ secret: SECRET, env: { DOORBELL_TOKEN_COOKIE: 'doorbell' } });
  const doorbell = server.url.replace(/\/$/, '');
  logins = await startLogins({
    secret: SECRET,
    doorbell,
    cookie: 'doorbell',
    grants: () => ({ read: ['doors'] }),
  });
  const token = await mint(SECRET, { read: [], write: ['doors'], ttlS: 60, now: Date.now() });
  await publish(over(doorbell, token), 'doors', { data: 'rung' });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await logins?.stop();
  await server?.stop();
});

describe.skipIf(browser === undefined)('somebody who has never been here', () => {
  test('opens the page, logs in at the provider, and sees events', async () => {
    const page = await (await browser?.newContext())?.newPage();
    if (!page) throw new Error('no browser');
    await page.goto(`${logins.url}/?channel=doors`);
    await page.fill('input[name=login]', 'ann');
    await page.fill('input[name=password]', 'any');
    await page.press('input[name=password]', 'Enter');
    await page.locator('button[type=submit]').click();

    await state(page, 'live');
    await rows(page).getByText('rung').waitFor();
    expect(page.url()).toBe(`${logins.url}/?channel=doors`);
    expect(await page.evaluate('document.cookie')).toBe('');
  });
});

/** A browser's own EventSource on the hub's streams: it goes on by itself where it was, without a line of our code in the page. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { eventsPath, publish } from '../support/http/http.ts';
import { HUB_SECRET, ownerOf, testHub } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const { browser, missing } = await launchBrowser();
if (missing !== undefined)
  console.warn(`EventSource is NOT tested: no browser can be started here. ${missing}`);

describe.runIf(browser)('EventSource', () => {
  let stack: LocalStack;
  let hub: Hub;
  const env = { DOORBELL_TOKEN_QUERY: 'true' };
  beforeAll(async () => {
    stack = await startLocalStack();
    hub = await testHub(stack, { env });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await stack?.stop();
  }, 60_000);

  test('gets every event once, over a hub that stops and another that takes its place', async () => {
    const page = await browser?.newPage();
    if (!page) throw new Error('no browser');
    const { port } = hub;
    const token = await mint(HUB_SECRET, { read: ['doors'], write: [], ttlS: 60, now: Date.now() });
    await publish(await ownerOf(hub), 'doors', [{ data: 1 }, { data: 2 }]);
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.evaluate(
      (url) => {
        const heard: string[] = [];
        Object.assign(window, { heard });
        new EventSource(url).onmessage = ({ lastEventId }) => heard.push(lastEventId);
      },
      eventsPath('doors', { maxvid: 0, access_token: token }),
    );
    const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    await expect.poll(heard, { timeout: WAIT_MS }).toEqual(['1', '2']);

    await hub.stop();
    hub = await testHub(stack, { env, settings: { port } });
    await publish(await ownerOf(hub), 'doors', { data: 3 });

    await expect.poll(heard, { timeout: WAIT_MS }).toEqual(['1', '2', '3']);
  }, 60_000);
});

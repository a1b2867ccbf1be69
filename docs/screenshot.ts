/**
 * Takes docs/page.png, the picture of the dashboard in the README, from a running service:
 *   node docs/screenshot.ts TOKEN [url]      (default http://127.0.0.1:3000)
 * It publishes a few events first, to a channel of its own, so that nothing else of the service is in the picture; take it from a fresh one.
 */
import { join } from 'node:path';
import { publish } from '../client/index.ts';
import { launchBrowser } from '../tests/support/browser.ts';

const CHANNEL = 'front-doors';
const CARDS = [
  '04A2F19C',
  '04B7703E',
  '04A2F19C',
  '04C81D55',
  '04B7703E',
  '04E09A12',
  '04C81D55',
  '04A2F19C',
];

const [, , token = '', url = 'http://127.0.0.1:3000'] = process.argv;

const { browser, missing } = await launchBrowser();
if (browser === undefined) throw new Error(`No browser can be started here: ${missing}`);
try {
  let last = 0;
  for (const [i, rfsim] of CARDS.entries()) {
    const data = { doorno: [3, 1, 3, 7, 2, 7, 1, 3][i], rfsim, ynopen: i === 5 ? 'N' : 'Y' };
    last = (await publish(CHANNEL, data, { base: url, token: () => token })).last;
  }
  const page = await browser.newPage({ viewport: { width: 1200, height: 750 }, colorScheme: 'light' });
  // The newest rows' light would be caught at a different moment each time.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(new URL(`?channel=${CHANNEL}#token=${token}`, url).href);
  await page.locator('#state[data-state="live"]').waitFor();
  await page.locator('td.vid').getByText(String(last), { exact: true }).waitFor();
  await page.screenshot({ path: join(import.meta.dirname, 'page.png') });
} finally {
  await browser.close();
}

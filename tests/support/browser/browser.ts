/**
 * A headless browser for tests and for the screenshot, or the reason why there is none. On Linux x64 it is the
 * Chromium that comes with the project (it unpacks itself into the temp dir on first use); elsewhere an installed
 * Chrome. It never downloads one.
 */
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as driver } from 'playwright-core';

export type Launched =
  | { readonly browser: Browser; readonly missing?: undefined }
  | { readonly browser?: undefined; readonly missing: string };

/**
 * No sandbox: containers and CI run as root. The rest keeps it from talking to anyone but the server under test.
 * The package's own `args` are for Lambda and are left out: they turn off web security and share one process among
 * all pages, which would hide faults of the page and take every page down with one.
 */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // The same letters on every machine, as far as the fonts are the same.
  '--font-render-hinting=none',
];

/** Starts a browser. Never throws: where none can be started, `missing` says why. */
export async function launchBrowser(): Promise<Launched> {
  try {
    const own = process.platform === 'linux' && process.arch === 'x64';
    const where = own ? { executablePath: await chromium.executablePath() } : { channel: 'chrome' };
    return { browser: await driver.launch({ ...where, headless: true, args: FLAGS }) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

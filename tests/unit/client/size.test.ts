/** The client is small, and its numbers are the protocol's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import type { Bundle, Sized } from '../../../local/bundle/build-cache.ts';
import { bundle } from '../../../local/bundle/bundle.ts';
import { CLIENT_LIMIT, checkSize } from '../../../local/bundle/size-budget.ts';
import { SERVICE_DIR } from '../../../local/folder.ts';
import { LONGEST_WAIT } from '../../../packages/client/src/poller.ts';
import { CHANNELS_PER_POLL } from '../../../packages/client/src/tab-group.ts';

let bundles: readonly Bundle[];
let client: Bundle | undefined;

beforeAll(async () => {
  bundles = await bundle();
  client = bundles.find(({ name }) => name === 'client.js');
});

test('client.js is less than 4 KB gzipped', () => {
  expect(CLIENT_LIMIT).toBe(4_096);
  expect(client?.gzippedBytes).toBeGreaterThan(1_000);
  expect(client?.gzippedBytes).toBeLessThanOrEqual(CLIENT_LIMIT);
});

test("no module of the client has a function's name, for serverless-offline would load it in its place", () => {
  const functions = bundles.filter(({ name }) =>
    existsSync(join(SERVICE_DIR, 'functions', name.replace(/mjs$/, 'ts'))),
  );

  expect(functions.map(({ name }) => name)).toContain('publish.mjs');
  for (const { name } of functions)
    expect(existsSync(join(SERVICE_DIR, 'dist', name.replace(/mjs$/, 'js'))), name).toBe(false);
});

test('the build fails when it has grown above that', () => {
  const grown: Sized = { name: 'client.js', bytes: 9_999, gzippedBytes: CLIENT_LIMIT + 1 };

  expect(() => checkSize(grown)).toThrow('4097 bytes gzipped');
});

test("the client's limits are the protocol's", () => {
  // Written again, because LIMITS would be 200 bytes in every browser.
  expect(LONGEST_WAIT).toBe(LIMITS.waitSeconds);
  expect(CHANNELS_PER_POLL).toBe(LIMITS.channelsPerPoll);
});

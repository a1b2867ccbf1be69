/** `@doorbell/producer` as it is installed: on each Node that is at hand, and for TypeScript. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodes, saySkipped } from '../support/packages/nodes.ts';
import { type Installed, installed, run } from '../support/packages/packed.ts';

let app: Installed;

beforeAll(async () => {
  saySkipped('@doorbell/producer');
  app = await installed('producer');
  await app.link('@aws-sdk/client-sqs', 'typescript');
}, 120_000);

afterAll(() => app?.stop());

test('installing it installs nothing else', () => {
  expect(app.packages).toEqual(['@doorbell/producer']);
});

test.each(nodes())(
  'sends again what was not answered, under the same id, on Node $major',
  async ({ path }) => {
    const { stdout } = await run(path, ['run.mjs'], { cwd: app.folder });

    const event = { id: 'minute@2026-01-01T00:00:00Z', data: 1 };
    expect(JSON.parse(stdout)).toEqual({ got: [[event], [event]], isOne: true, retryable: false });
  },
);

test('the types of the package are those of its modules', async () => {
  const tsc = join(app.folder, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc], { cwd: app.folder }).catch(
    (error: { readonly stdout: string }) => error,
  );

  expect(stdout).toBe('');
});

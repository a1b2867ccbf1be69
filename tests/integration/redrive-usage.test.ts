/** What `npm run redrive` says when it finds no AWS account, or a server without a queue. */

import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { newDataDir } from '../support/stack/offline.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(() => rm(dataDir, { recursive: true }));

/** On a machine that knows no region and no credentials of AWS. */
function redrive(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  const { PATH } = process.env;
  const nothing = join(dataDir, 'none');
  const env = {
    PATH,
    DATA_DIR: dataDir,
    AWS_CONFIG_FILE: nothing,
    AWS_SHARED_CREDENTIALS_FILE: nothing,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const node = join(SERVICE_DIR, 'node_modules/.bin/node');
  return new Promise((resolve) => {
    execFile(node, ['local/redrive.ts', ...args], { cwd: SERVICE_DIR, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

const running = (endpoints: object) => writeFile(join(dataDir, 'endpoints.json'), JSON.stringify(endpoints));

test('beside a running server, redrive without a region says to use --offline', async () => {
  await running({ url: 'http://127.0.0.1:1', sqsEndpoint: 'http://127.0.0.1:1' });
  const { code, output } = await redrive();

  expect(code).toBe(1);
  expect(output).toContain('Region is missing');
  expect(output).toContain(`${dataDir} (DATA_DIR) has a running server: use --offline`);
});

test('where no server runs, redrive without a region says both ways', async () => {
  await rm(join(dataDir, 'endpoints.json'), { force: true });
  const { code, output } = await redrive();

  expect(code).toBe(1);
  expect(output).toMatch(/Region is missing.*--offline.*running npm start.*AWS_REGION/);
});

test('redrive --offline beside a hub without a queue says so, and asks nobody else', async () => {
  await running({ url: 'http://127.0.0.1:1' });
  const { code, output } = await redrive('--offline');

  expect(code).toBe(2);
  expect(output).toContain('INGEST_QUEUE=true');
});

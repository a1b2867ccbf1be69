/**
 * The API before a tool that reads /openapi.json and knows nothing else: schemathesis makes requests of it, valid and invalid, one by one and in
 * chains, and holds every answer to the document. JUDGE_EXAMPLES says how many for each operation and phase; without it this is left out, for what is
 * found by chance says nothing about the change that a gate looks at.
 */

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { freePort, newDataDir, startOffline } from '../support/stack/offline.ts';
import { judge } from './judge.ts';

const examples = process.env.JUDGE_EXAMPLES;
const schemathesis = examples
  ? await judge('schemathesis')
  : { missing: true, why: ': asked for by JUDGE_EXAMPLES', program: String };
const CONFIG = join(import.meta.dirname, 'tools/schemathesis.toml');
/** A check of ours, in the tool's language: what is valid by the document is refused for a known rule only. */
const ANSWERS = join(import.meta.dirname, 'tools/schemathesis_answers.py');
/** The port of a hub's operator is any free one. */
const SETTINGS = { ADMIN_PORT: '0' };

describe.skipIf(schemathesis.missing)(`schemathesis${schemathesis.why}`, () => {
  test.each([
    { on: 'a hub', script: 'hub' },
    { on: 'npm start', script: 'start' },
  ] as const)(
    'finds nothing on $on',
    async ({ script }) => {
      const folder = await newDataDir();
      const judged = await startOffline(folder, await freePort(), { script }, SETTINGS);
      try {
        const { stdout } = await promisify(execFile)(
          schemathesis.program('st'),
          [
            ...['--config-file', CONFIG, 'run', `${judged.url}/openapi.json`],
            ...['--header', `Authorization: Bearer ${judged.token}`],
            ...['--checks', 'all', '--continue-on-failure', '--no-color'],
            // A live read waits for up to 20 s; the pattern of a stream's name allows long ones.
            ...['--request-timeout', '60', '--suppress-health-check', 'all'],
            // Of the machine, not of the API: a gate may share it.
            ...['--max-response-time', '60'],
            ...['--max-examples', String(examples)],
          ],
          {
            // It leaves a cache where it runs.
            cwd: folder,
            env: { ...process.env, SCHEMATHESIS_HOOKS: ANSWERS, PYTHONDONTWRITEBYTECODE: '1' },
            maxBuffer: 64 * 1024 * 1024,
          },
        ).catch((error: { readonly stdout: string }) => error);

        const failures = stdout.slice(Math.max(0, stdout.indexOf('= FAILURES =')));
        expect(stdout, failures).toMatch(/^Test cases:\n +[1-9]\d+ generated, \d+ passed/m);
        expect(failures).not.toContain('= FAILURES =');
        console.log(/^Test cases:\n(.*)$/m.exec(stdout)?.[1]);
      } finally {
        await judged.end('SIGKILL');
        await rm(folder, { recursive: true, force: true });
      }
    },
    7_200_000,
  );
});

/** The protocol's Python client. Where there is none, its tests are skipped, and the runner has said why. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fresh, headers } from './server.mjs';

const { CONFORMANCE_PYTHON: python = '' } = process.env;
const run = promisify(execFile);

/** What the script prints, as JSON. */
async function said(...args) {
  const script = join(import.meta.dirname, 'follow.py');
  const { stdout } = await run(python, [script, JSON.stringify(headers), ...args], { timeout: 35_000 });
  return JSON.parse(stdout);
}

describe.skipIf(python === '')('durable-streams of PyPI', () => {
  test.each(['long-poll', 'sse'])('makes a stream, appends, reads, and follows it by %s', async (live) => {
    expect(await said(fresh('python'), live)).toEqual({
      read: [{ n: 0 }, { n: 1 }],
      followed: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 'ü🚪' }],
      refused: 'SeqConflictError',
    });
  });
});

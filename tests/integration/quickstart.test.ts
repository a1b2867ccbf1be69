/** The shell commands of README.md and docs/quickstart.md work as they are written: bash runs them against a server. */

import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentPath } from '../support/repo/documents.ts';
import { startServer, type TestServer } from '../support/stack/server.ts';

const SECRET = 'the-secret-of-the-quickstart-0123456789';
const ADDRESS = 'http://127.0.0.1:3000';

const missing = ['bash', 'curl', 'jq'].filter((program) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});

/** Every `sh` block with a request, in order. */
async function commandsOf(path: string): Promise<string> {
  const text = await readFile(documentPath(path), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks.filter((block) => block.includes('curl')).join('\n');
}

const why = missing.length > 0 ? ` (not run: no ${missing.join(', ')} here)` : '';
describe.skipIf(missing.length > 0)(`the commands of a first visit${why}`, () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    server = await startServer({ secret: SECRET });
    folder = await mkdtemp(join(tmpdir(), 'doorbell-quickstart-'));
    await writeFile(join(folder, 'some.log'), '{ "level": "info" }\n{ "level": "warn" }\n');
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** What they print, one JSON value after the other. */
  async function run(path: string): Promise<string> {
    const commands = (await commandsOf(path))
      .replaceAll(ADDRESS, server.url)
      .replaceAll('some.log', join(folder, 'some.log'));
    const env = { ...process.env, DOORBELL_SECRET: SECRET, DATA_DIR: folder };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: documentPath(''),
      env,
    });
    return stdout;
  }

  test('README.md publishes an event and reads it', async () => {
    const printed = await run('README.md');

    expect(printed).toContain('{"first":1,"last":1,"count":1,"duplicates":0}');
    expect(printed).toContain('"data":{"doorno":3,"ynopen":"Y"}');
  });

  test('docs/quickstart.md publishes an event and a log file, and reads', async () => {
    const printed = await run('docs/quickstart.md');

    expect(printed).toContain('{"first":1,"last":2,"count":2,"duplicates":0}');
    expect(printed).toContain('"data":{"doorno":3,"ynopen":"Y"}');
  });
});

/** Programs that take no arguments do nothing when they are given one: `npm run reset -- --help` forgot every event. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SERVICE_DIR } from '../../../local/folder.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-arguments-'));
  await writeFile(join(folder, 'doorbell.db'), 'kept');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(program: string, argument: string): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, DATA_DIR: folder, PORT: '0' };
  return new Promise((resolve) => {
    const file = join(SERVICE_DIR, 'local', program);
    const child = execFile(process.execPath, [file, argument], { env }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

test.each([
  ['npm start', 'start.ts'],
  ['npm run hub', 'hub.mjs'],
  ['npm run reset', 'reset.mjs'],
])('%s says what it is, or that it takes no arguments, and does nothing', async (name, program) => {
  const [helped, refused] = await Promise.all([run(program, '--help'), run(program, '--port')]);

  expect(helped).toEqual({ code: 0, out: expect.stringContaining(`${name}: `), err: '' });
  expect(refused).toEqual({
    code: 2,
    out: '',
    err: expect.stringContaining(`${name} takes no arguments, got --port.`),
  });
  expect(await readdir(folder)).toEqual(['doorbell.db']);
});

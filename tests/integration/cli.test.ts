/**
 * The command line as it is installed: the built file, below a node_modules where Node strips no types and with nothing beside it, against
 * `npm start`.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import manifest from '../../package.json' with { type: 'json' };
import { start } from '../support/cli/commands.ts';
import { eventsUpTo, numbered, publish, range } from '../support/http/http.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';

let offline: Offline;
let dataDir: string;
let file: string;
let env: Record<string, string>;
beforeAll(async () => {
  dataDir = await newDataDir();
  offline = await startOffline(dataDir, await freePort());
  file = join(dataDir, 'node_modules/doorbell', manifest.bin.doorbell);
  await mkdir(join(file, '..'), { recursive: true });
  await copyFile(join(SERVICE_DIR, manifest.bin.doorbell), file);
  env = { PATH: process.env.PATH ?? '', DOORBELL_URL: offline.url, DOORBELL_TOKEN: offline.token };
});
afterAll(async () => {
  await offline?.end('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** Runs a line of shell in which `doorbell` is the installed command. */
async function shell(line: string) {
  const script = `set -o pipefail\ndoorbell() { "${process.execPath}" "${file}" "$@"; }\n${line}`;
  const child = spawn('bash', ['-c', script], { env, cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
  const [exit] = (await once(child, 'close')) as [number];
  return { exit, out: ((await out) ?? []).join(''), err: ((await err) ?? []).join('') };
}

test('publishes a file, and a reader that has seen enough ends it quietly', async () => {
  await writeFile(
    join(dataDir, 'lines.ndjson'),
    range(1, 1_500)
      .map((n) => `{"n":${n}}\n`)
      .join(''),
  );

  const published = await shell('doorbell publish lines --json < lines.ndjson');
  const read = await shell('doorbell tail lines --from start --json | head -n 3');

  expect(published).toEqual({
    exit: 0,
    out: '{"first":1,"last":1500,"count":1500,"duplicates":0}\n',
    err: '',
  });
  expect([read.exit, read.err]).toEqual([0, '']);
  expect(
    read.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).vid),
  ).toEqual([1, 2, 3]);
});

test('follows a channel until Ctrl-C', async () => {
  await publish(offline.served, 'followed', numbered(1, 1));
  const tail = start(process.execPath, [file, 'tail', 'followed', '--from', '0'], env);
  await tail.printed(1);
  await publish(offline.served, 'followed', numbered(2, 3));
  await tail.printed(3);

  expect(await tail.end('SIGINT')).toBe(0);
  expect(tail.errors()).toBe('');
});

test('the command line finds nothing wrong, lists channels, and says of a bad token what to do', async () => {
  await publish(offline.served, 'listed', { data: 1 });

  const [doctor, channels, refused] = await Promise.all([
    shell('doorbell doctor --quick --deliver listed'),
    shell('doorbell channels | grep listed'),
    shell('DOORBELL_TOKEN=nonsense doorbell channels'),
  ]);

  expect([doctor.exit, doctor.out]).toEqual([0, expect.not.stringMatching(/FAIL/)]);
  expect(channels.out).toBe('listed\n');
  expect([refused.exit, refused.out]).toEqual([4, '']);
});

test('the command line is interrupted while it waits for more to publish, and says how far it came', async () => {
  const child = spawn(process.execPath, [file, 'publish', 'piped', '-'], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const err = child.stderr.setEncoding('utf8').toArray();
  const closed = once(child, 'close');
  child.stdin.write('1\n2\n');
  await eventsUpTo(offline.served, 'piped', 2);

  child.kill('SIGINT');

  expect(await closed).toEqual([130, null]);
  expect((await err).join('')).toMatch(/Interrupted. 2 events are in the log.\n$/);
});

test.skipIf(!existsSync('/dev/full'))(
  'the command line ends with 1 and a reason when its results cannot be written',
  async () => {
    await publish(offline.served, 'unwritten', numbered(1, 1));

    const tail = await shell('doorbell tail unwritten --from start > /dev/full');
    const help = await shell('doorbell --help > /dev/full');

    expect([tail.exit, help.exit]).toEqual([1, 1]);
    expect(tail.err).toContain('Standard output cannot be written: ENOSPC');
  },
);

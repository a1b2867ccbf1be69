/** `npm run start:lambda -- --keep-packages`: what is packaged anew, and what is taken as it is. */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DeployOptions, deploy } from '../../../local/lambda/deployed.ts';

let folder: string;
let packed: number;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'doorbell-packages-')), 'lambda');
  packed = 0;
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

/** A zip of one empty file, byte for byte as APPNOTE.TXT has it: header, entry, end. */
function zipOf(name: string): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + name.length, 16);
  return Buffer.concat([local, Buffer.from(name), entry, Buffer.from(name), end]);
}

/** Each packaging has another file and another memory, so that one can be told from the next. */
async function pack(into: string): Promise<void> {
  packed++;
  const Properties = {
    FunctionName: 'try-poll',
    Handler: 'dist/poll.handler',
    Timeout: 29,
    MemorySize: packed,
  };
  await writeFile(join(into, 'poll.zip'), zipOf(`made-${packed}.mjs`));
  await writeFile(
    join(into, 'cloudformation-template-update-stack.json'),
    JSON.stringify({ Resources: { PollLambdaFunction: { Properties } } }),
  );
}

async function memoryOf(options: Partial<DeployOptions> = {}): Promise<number | undefined> {
  const service = {
    functions: { poll: { handler: 'dist/poll.handler' } },
    provider: { region: 'us-east-1' },
  } as unknown as Parameters<typeof deploy>[0];
  const references = { resources: {}, account: '', region: '' } as unknown as Parameters<typeof deploy>[1];
  const deployed = await deploy(service, references, {
    folder,
    added: { ADDED: 'yes' },
    keepPackages: false,
    pack,
    ...options,
  });
  expect(deployed.get('poll')?.environment).toEqual({ ADDED: 'yes' });
  return deployed.get('poll')?.memoryMib;
}

test('without it each start packages anew, and nothing of the last one stays', async () => {
  expect([await memoryOf(), await memoryOf()]).toEqual([1, 2]);
  expect(existsSync(join(folder, 'poll/made-1.mjs'))).toBe(false);
  expect(await readFile(join(folder, 'poll/made-2.mjs'), 'utf8')).toBe('');
});

test('with it a start takes what the last one has made', async () => {
  await memoryOf();

  expect(await memoryOf({ keepPackages: true })).toBe(1);
  expect(packed).toBe(1);
});

test('with it a start packages where there is nothing yet', async () => {
  expect(await memoryOf({ keepPackages: true })).toBe(1);
});

test('packages of a start that was killed half-way are not taken', async () => {
  await memoryOf();
  const broken = async (into: string) => {
    await pack(into);
    throw new Error('killed');
  };
  await expect(memoryOf({ pack: broken })).rejects.toThrow('killed');

  expect(await memoryOf({ keepPackages: true })).toBe(3);
});

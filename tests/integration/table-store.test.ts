/** The embedded DynamoDB on a disk that fails, and on files that were changed. tests/integration/full-disk.test.ts has a disk that is really full. */

import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { AbstractLevel } from 'abstract-level';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Dynamodb } from '../../local/emulators/dynamodb.ts';
import { range } from '../support/http/http.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const TABLE = 'kept';
const SCHEMA: CreateTableCommandInput = {
  TableName: TABLE,
  AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};
const RETRY_MS = 5;

let path: string;
let said: string[];
let open: Dynamodb[];
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'doorbell-store-'));
  said = [];
  open = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of open) await each.close();
  await rm(path, { recursive: true });
});

async function opened(folder = path): Promise<Dynamodb> {
  const dynamodb = await Dynamodb.open(folder, { report: (text) => said.push(text), retryMs: RETRY_MS });
  open.push(dynamodb);
  return dynamodb;
}

async function withTable(): Promise<Dynamodb> {
  const dynamodb = await opened();
  await dynamodb.call('CreateTable', SCHEMA);
  await vi.waitUntil(() => get(dynamodb, 'probe').catch(() => false), { timeout: WAIT_MS });
  return dynamodb;
}

const put = (dynamodb: Dynamodb, name: string, value = name) =>
  dynamodb.call('PutItem', { TableName: TABLE, Item: { name: { S: name }, value: { S: value } } });

const get = (dynamodb: Dynamodb, name: string) =>
  dynamodb.call('GetItem', { TableName: TABLE, Key: { name: { S: name } } }) as Promise<{
    readonly Item?: { readonly value: { readonly S: string } };
  }>;

/** LevelDB's own methods, below all that dynalite and this repository put on them. */
async function levelMethods(): Promise<Record<'_batch' | '_open', (...args: unknown[]) => Promise<void>>> {
  const opening = vi.spyOn(AbstractLevel.prototype, 'open');
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-store-'));
  await (await opened(folder)).close();
  const [level] = opening.mock.contexts;
  opening.mockRestore();
  await rm(folder, { recursive: true });
  return Object.getPrototypeOf(level);
}

const FULL = new Error('IO error: 000003.log: No space left on device');

describe('a write that fails as on a full disk', () => {
  test('is the last one, nothing is read or written until the store is open again, and that goes by itself', async () => {
    const methods = await levelMethods();
    const dynamodb = await withTable();
    await put(dynamodb, 'before');
    const failing = vi.spyOn(methods, '_batch').mockRejectedValueOnce(FULL);
    const opening = vi.spyOn(methods, '_open').mockRejectedValue(FULL);

    const outcomes = await Promise.allSettled(range(1, 5).map((i) => put(dynamodb, `during ${i}`)));
    const refused = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } };
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: refused });
    expect(failing, 'nothing is written after it').toHaveBeenCalledOnce();
    await expect(put(dynamodb, 'later')).rejects.toMatchObject(refused);
    await expect(get(dynamodb, 'before')).rejects.toMatchObject(refused);
    await vi.waitUntil(() => opening.mock.calls.length > 2, { timeout: WAIT_MS });
    expect(said).toEqual([`${path} cannot be written: ${FULL.message}. Nothing is taken until it can be.`]);

    opening.mockRestore();
    await vi.waitUntil(() => put(dynamodb, 'after').catch(() => false), { timeout: WAIT_MS });
    expect(await get(dynamodb, 'before')).toMatchObject({ Item: { value: { S: 'before' } } });
    expect(said.slice(1)).toEqual([`${path} can be written again; all that was acknowledged is there.`]);
  });

  test('fails what is written at the same time, and not what was written before it', async () => {
    const methods = await levelMethods();
    const dynamodb = await withTable();
    const batch = methods._batch;
    let batches = 0;
    vi.spyOn(methods, '_batch').mockImplementation(function (this: unknown, ...args) {
      return ++batches === 2 ? Promise.reject(FULL) : batch.apply(this, args);
    });

    const first = put(dynamodb, 'first');
    await vi.waitUntil(() => batches === 1, { timeout: WAIT_MS });
    const others = Promise.allSettled([put(dynamodb, 'second'), put(dynamodb, 'third')]);

    await first;
    for (const { status } of await others) expect(status).toBe('rejected');
    await vi.waitUntil(() => get(dynamodb, 'first').catch(() => false), { timeout: WAIT_MS });
    expect(await get(dynamodb, 'first')).toMatchObject({ Item: { value: { S: 'first' } } });
    expect(await get(dynamodb, 'second')).toEqual({});
  });

  test('and takes with it what was acknowledged leaves the store closed for good, and that is said', async () => {
    const methods = await levelMethods();
    const dynamodb = await withTable();
    // Acknowledged, and not there: what LevelDB did with writes behind half a record.
    const lost = vi.spyOn(methods, '_batch').mockResolvedValueOnce();
    await put(dynamodb, 'acknowledged');
    lost.mockRejectedValueOnce(FULL);
    await expect(put(dynamodb, 'failed')).rejects.toMatchObject({ name: 'ServiceUnavailable' });

    await expect.poll(() => said.length).toBe(2);
    expect(said[1]).toMatch(
      /is damaged: 1 values that were acknowledged are not there any more\. .*npm run reset/,
    );
    await expect(put(dynamodb, 'later')).rejects.toMatchObject({ name: 'ServiceUnavailable' });
  });

  test('whose outcome is unknown may be there: that is no damage', async () => {
    const methods = await levelMethods();
    const dynamodb = await withTable();
    const batch = methods._batch;
    vi.spyOn(methods, '_batch').mockImplementationOnce(async function (this: unknown, ...args) {
      await batch.apply(this, args);
      throw FULL;
    });
    await expect(put(dynamodb, 'perhaps')).rejects.toMatchObject({ name: 'ServiceUnavailable' });

    await vi.waitUntil(() => get(dynamodb, 'perhaps').catch(() => false), { timeout: WAIT_MS });
    expect(said.at(-1)).toContain('can be written again');
  });
});

test('a table whose making was cut short is finished at the next start', async () => {
  const methods = await levelMethods();
  const dynamodb = await opened();
  const batch = methods._batch;
  let batches = 0;
  // The second write makes it active.
  vi.spyOn(methods, '_batch').mockImplementation(function (this: unknown, ...args) {
    return ++batches === 1 ? batch.apply(this, args) : Promise.resolve();
  });
  await dynamodb.call('CreateTable', SCHEMA);
  await vi.waitUntil(() => batches === 2, { timeout: WAIT_MS });
  await dynamodb.close();
  vi.restoreAllMocks();

  const next = await opened();
  await put(next, 'one');
  expect(await get(next, 'one')).toMatchObject({ Item: { value: { S: 'one' } } });
});

describe('a store whose files were changed', () => {
  /** With a log, a manifest of several changes, and tables, packed and not. */
  async function filled(): Promise<readonly string[]> {
    const first = await withTable();
    for (const i of range(1, 50)) await put(first, `first ${i}`, 'x'.repeat(500));
    await first.close();
    const second = await opened();
    for (const i of range(1, 50)) await put(second, `second ${i}`, Math.random().toString(36).repeat(20));
    await second.close();
    const third = await opened();
    for (const i of range(1, 5)) await put(third, `third ${i}`);
    await third.close();
    return (await readdir(path)).filter((name) => !/^LO(CK|G|G\.old)$/.test(name));
  }

  test('by one byte, anywhere, is not opened, and the file is named', async () => {
    const names = await filled();
    expect(names.filter((name) => name.endsWith('.ldb')).length).toBeGreaterThan(1);
    expect(names.filter((name) => name.endsWith('.log')).length).toBeGreaterThan(0);
    const silent: string[] = [];
    for (const name of names) {
      const file = join(path, name);
      const sound = await readFile(file);
      const step = Math.max(1, Math.floor(sound.length / 60));
      for (let at = 0; at < sound.length; at += step) {
        const changed = Buffer.from(sound);
        changed[at] = (changed[at] ?? 0) ^ 0x40;
        await writeFile(file, changed);
        const outcome = await Dynamodb.open(path).then(
          (dynamodb) => dynamodb.close().then(() => 'opened'),
          ({ message }: Error) => message,
        );
        if (!/is damaged: .*npm run reset/.test(outcome)) silent.push(`${name} byte ${at}: ${outcome}`);
      }
      await writeFile(file, sound);
    }
    expect(silent).toEqual([]);
    expect(await get(await opened(), 'third 5')).toMatchObject({ Item: { value: { S: 'third 5' } } });
  });

  test('by a file that is missing is not opened, and not taken for an empty one', async () => {
    for (const name of await filled()) {
      await rename(join(path, name), join(path, 'elsewhere'));
      await expect(Dynamodb.open(path), name).rejects.toThrow(/is damaged: .*npm run reset/);
      await rename(join(path, 'elsewhere'), join(path, name));
    }
  });

  test('by a log that ends anywhere in its last record is opened: that write was not acknowledged', async () => {
    const names = await filled();
    const [log = ''] = names.filter((name) => name.endsWith('.log'));
    const whole = await readFile(join(path, log));
    const copy = await mkdtemp(join(tmpdir(), 'doorbell-store-'));
    for (const lost of [1, 10, 60]) {
      await cp(path, copy, { recursive: true });
      await writeFile(join(copy, log), whole.subarray(0, -lost));
      const dynamodb = await opened(copy);
      expect(await get(dynamodb, 'third 5')).toEqual({});
      expect(await get(dynamodb, 'third 4')).toMatchObject({ Item: { value: { S: 'third 4' } } });
      await dynamodb.close();
      await rm(copy, { recursive: true });
    }
  });
});

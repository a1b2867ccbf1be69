/** The sync that DURABILITY=power puts before each answer: shared, never skipped, and final when it fails. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Syncer } from '../../../lib/sqlite/syncer.ts';

const folder = mkdtempSync(join(tmpdir(), 'doorbell-syncer-'));
const file = join(folder, 'wal');
writeFileSync(file, '');
afterAll(() => rmSync(folder, { recursive: true }));

/** A disk that syncs when it is told to. */
function slowDisk() {
  const waiting: Array<(error: Error | null) => void> = [];
  let begun = 0;
  const told: unknown[] = [];
  const syncer = new Syncer(
    file,
    (error) => told.push(error),
    (_, done) => {
      begun++;
      waiting.push(done);
    },
  );
  const end = async (error: Error | null = null) => {
    waiting.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { syncer, end, begun: () => begun, told };
}

function isSettled(promise: Promise<unknown>): () => boolean {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  return () => settled;
}

test('whoever wrote waits until a sync that began after the write has ended', async () => {
  const { syncer, end, begun } = slowDisk();
  syncer.wrote();
  const first = isSettled(syncer.synced());
  syncer.wrote();
  const second = isSettled(syncer.synced());
  await end();

  expect([first(), second(), begun()], 'the second write came while the first sync ran').toEqual([
    true,
    false,
    2,
  ]);
  await end();
  expect(second()).toBe(true);
});

test('all who wrote while a sync ran share the next one', async () => {
  const { syncer, end, begun } = slowDisk();
  syncer.wrote();
  const first = isSettled(syncer.synced());
  const others = Array.from({ length: 100 }, () => {
    syncer.wrote();
    return isSettled(syncer.synced());
  });
  await end();
  expect(first()).toBe(true);
  await end();

  expect(others.every((settled) => settled())).toBe(true);
  expect(begun()).toBe(2);
});

test('where nothing was written since the last sync there is none', async () => {
  const { syncer, begun } = slowDisk();
  await syncer.synced();

  expect(begun()).toBe(0);
});

test('after a sync that failed nothing is acknowledged any more, though the next one would succeed', async () => {
  const { syncer, end, told } = slowDisk();
  syncer.wrote();
  const failed = syncer.synced();
  const refusal = expect(failed).rejects.toMatchObject({ code: 'unavailable' });
  await end(new Error('EIO'));
  await refusal;
  expect(told).toHaveLength(1);
  syncer.wrote();

  await expect(syncer.synced()).rejects.toMatchObject({ code: 'unavailable' });
});

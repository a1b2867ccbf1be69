/** The write-ahead log comes into the file while the hub runs, in an order that a power cut cannot spoil. */

import { execFileSync } from 'node:child_process';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PushError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/runtime/ports.ts';
import { Checkpointer } from '../../lib/sqlite/checkpointer.ts';
import { appendOne, type LogFile, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';

let folder: string;
let file: string;
let remove: () => void;
let opened: LogFile;
let look: (() => void) | undefined;
let syncs: Array<(error: Error | null) => void>;
let elapsed: number;
const clock: Clock = {
  now: () => 0,
  elapsed: () => elapsed,
  sleep: async () => undefined,
  after(_, then) {
    look = then;
    return () => undefined;
  },
};
beforeEach(() => {
  ({ folder, remove } = newFolder());
  file = join(folder, 'log.db');
  syncs = [];
  elapsed = 0;
  opened = openLog(file, { sync: (_, done) => syncs.push(done) });
});
afterEach(() => {
  opened.db.close();
  remove();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function sync(error: Error | null = null) {
  await turn();
  expect(syncs).toHaveLength(1);
  syncs.shift()?.(error);
  await turn();
}

/** Appends so much that it is worth a checkpoint, and has it begin. */
async function begin(vid = 1): Promise<void> {
  for (let n = 0; n < 10; n++) await appendOne(opened.log, 'doors', vid + n, 250_000);
  look?.();
}

/**
 * How many events are there after a power cut that leaves so much of the log. By another process: were the file closed in this one, SQLite's locks on it
 * would go.
 */
async function afterCut(logBytes: number): Promise<number> {
  const copy = join(folder, 'copy.db');
  execFileSync('cp', [file, copy]);
  execFileSync('cp', [`${file}-wal`, `${copy}-wal`]);
  truncateSync(`${copy}-wal`, logBytes);
  const cut = openLog(copy);
  const { length } = await vidsIn(cut.log, 'doors');
  cut.db.close();
  return length;
}

const logBytes = () => statSync(`${file}-wal`).size;

test('nothing is copied before the log is synced, and the log is not begun anew before the file is', async () => {
  const stop = opened.db.keepCheckpointed(clock);
  await begin();
  expect(await afterCut(0)).toBe(0);
  await sync();
  expect(await afterCut(0)).toBe(10);

  const before = logBytes();
  for (let vid = 11; vid <= 20; vid++) await appendOne(opened.log, 'doors', vid, 250_000);
  expect(logBytes(), 'behind what may not be overwritten yet').toBeGreaterThan(before + 1_000_000);
  await sync();
  look?.();
  await sync();
  await sync();
  const whole = logBytes();
  for (let vid = 21; vid <= 25; vid++) await appendOne(opened.log, 'doors', vid, 250_000);

  expect(logBytes(), 'begun anew').toBe(whole);
  expect(await vidsIn(opened.log, 'doors')).toHaveLength(25);
  await stop();
});

test('what comes while the log is synced is not copied before it is on the disk itself', async () => {
  const stop = opened.db.keepCheckpointed(clock);
  await begin();
  await turn();
  const synced = logBytes();
  for (let vid = 11; vid <= 15; vid++) await appendOne(opened.log, 'doors', vid, 250_000);
  await sync();

  expect(await afterCut(synced)).toBe(10);
  await sync();
  expect(await afterCut(synced)).toBe(10);
  await stop();
});

test('a few small writes wait some seconds, and then come too', async () => {
  const stop = opened.db.keepCheckpointed(clock);
  await appendOne(opened.log, 'doors', 1);
  look?.();
  await turn();
  expect(syncs).toEqual([]);
  elapsed = 10_000;
  look?.();
  await sync();
  await sync();

  expect(await afterCut(0)).toBe(1);
  await stop();
});

test('after a sync that failed nothing is written any more, and readers are served', async () => {
  const stop = opened.db.keepCheckpointed(clock);
  await begin();
  await sync(new Error('EIO'));

  await expect(appendOne(opened.log, 'doors', 11)).rejects.toThrow(PushError);
  expect(() => opened.db.probe()).toThrow('start the hub anew');
  expect(await vidsIn(opened.log, 'doors')).toHaveLength(10);
  const errors = opened.logger.lines.filter(({ level }) => level === 'error');
  expect(errors).toMatchObject([{ fields: { reason: 'EIO' } }]);
  await stop();
});

test('a reader that could not pin the log is asked again at the next look', async () => {
  let refusals = 1;
  const checkpointer = new Checkpointer({
    db: new DatabaseSync(file),
    connect: () => {
      const pin = new DatabaseSync(file);
      const exec = pin.exec.bind(pin);
      pin.exec = (sql) => {
        // The transaction has begun, and the disk does not answer the read within it.
        if (sql.startsWith('BEGIN') && refusals-- > 0) exec('BEGIN; SELECT 1 FROM nothing');
        exec(sql);
      };
      return pin;
    },
    file,
    clock,
    logger: opened.logger,
    onBroken: () => undefined,
    sync: (_, done) => syncs.push(done),
  });
  checkpointer.wrote(1_000);
  look?.();
  await turn();
  expect(syncs).toEqual([]);
  checkpointer.wrote(1_000);
  look?.();
  await sync();
  await sync();

  expect(opened.logger.lines).toMatchObject([{ level: 'debug' }]);
  await checkpointer.stop();
  checkpointer.release();
});

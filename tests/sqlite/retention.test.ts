/** What has expired goes, a little at a time, and the file does not grow for ever. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newEvent } from '../../lib/log/block.ts';
import { Retention } from '../../lib/sqlite/retention.ts';
import { SqliteStateStore } from '../../lib/sqlite/state-store.ts';
import { newBlock } from '../../packages/testing/src/contract/blocks.ts';
import { appendOne, type LogFile, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';

const HOUR_MS = 3_600_000;
const KEEP_MS = 10 * HOUR_MS;

let now: number;
let elapsed: number;
let waiting: Array<{ readonly ms: number; readonly then: () => void }>;
let opened: LogFile;
let remove: () => void;
let file: string;
const clock = {
  now: () => now,
  // Each look takes a millisecond, so that a step ends after a few.
  elapsed: () => elapsed++,
  sleep: async () => undefined,
  after(ms: number, then: () => void) {
    waiting.push({ ms, then });
    return () => undefined;
  },
};
beforeEach(() => {
  now = Date.parse('2026-01-01T00:00:00.000Z');
  elapsed = 0;
  waiting = [];
  const made = newFolder();
  remove = made.remove;
  file = join(made.folder, 'log.db');
  opened = openLog(file, { clock });
});
afterEach(() => {
  opened.db.close();
  remove();
});

const retention = () => new Retention({ db: opened.db, clock, logger: opened.logger, keepMs: KEEP_MS });

async function channel(name: string, blocks: number, expires: (vid: number) => number, bytes = 100) {
  for (let vid = 1; vid <= blocks; vid++) await appendOne(opened.log, name, vid, bytes, expires(vid));
  await opened.records.begin(name, { epoch: 'e1', highWaterMark: 1_000 });
}

test('deletes what has expired of every channel, and nothing else', async () => {
  await channel('doors', 100, (vid) => now + vid * 1_000);
  await channel('alerts', 10, () => now + HOUR_MS);
  now += 40_000;

  retention().round();

  expect((await vidsIn(opened.log, 'doors'))[0]).toBe(41);
  expect(await vidsIn(opened.log, 'alerts')).toHaveLength(10);
});

test('retention keeps the state of events that have expired', async () => {
  const states = new SqliteStateStore(opened.db);
  const block = newBlock(1, [newEvent('a', 'open', 'door-1')], { expires: now + 1_000 });
  await opened.log.append('doors', block);
  await opened.records.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  now += 2_000;

  retention().round();

  expect(await opened.log.read('doors', 0, 10)).toEqual([]);
  expect(states.all('doors')).toMatchObject([{ key: 'door-1', vid: 1, data: 'open' }]);
});

test('retention keeps the blocks of a channel whose birth was not recorded', async () => {
  await appendOne(opened.log, 'doors', 1, 1, now);
  now += HOUR_MS;

  retention().round();

  expect(await vidsIn(opened.log, 'doors')).toEqual([1]);
});

test('forgets cursors of clients that stayed away, and those only', async () => {
  const place = { maxvid: 1, epoch: 'e1' };
  for (let n = 0; n < 250; n++) await opened.cursors.visit('doors', `old-${n}`, place, undefined, now);
  now += KEEP_MS + 1;
  await opened.cursors.visit('doors', 'new', place, undefined, now);

  retention().round();

  expect((await opened.cursors.list('doors')).map(({ client }) => client)).toEqual(['new']);
});

test('works in steps with pauses, so that others come between', async () => {
  await channel('doors', 1_000, () => now);
  now += 1;
  const running = retention().start();
  const left: number[] = [];
  for (let step = 0; step < 300 && (waiting[0]?.ms ?? 0) < 10_000; step++) {
    waiting.shift()?.then();
    left.push(opened.db.prepare('SELECT count(*) AS n FROM blocks').get()?.n as number);
  }
  running.stop();

  expect(left.at(-1)).toBe(0);
  const most = Math.max(...left.map((n, i) => (left[i - 1] ?? 1_000) - n));
  expect(most, 'rows in one step').toBeLessThanOrEqual(100);
  expect(waiting, 'the next round').toHaveLength(1);
});

test('a file from which as much expires as comes does not grow', async () => {
  const sizes: number[] = [];
  let vid = 0;
  const sweep = retention();
  await opened.records.begin('doors', { epoch: 'e1', highWaterMark: 100_000 });
  for (let day = 0; day < 8; day++) {
    for (let n = 0; n < 100; n++) await appendOne(opened.log, 'doors', ++vid, 20_000, now + 24 * HOUR_MS);
    now += 24 * HOUR_MS + 1;
    sweep.round();
    opened.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    sizes.push(statSync(file).size);
  }

  expect(Math.max(...sizes.slice(2))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 2)) * 1.1);
});

test('pages that are free for good are given back to the disk', async () => {
  await channel('doors', 400, () => now, 100_000);
  now += 1;
  opened.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  const before = statSync(file).size;

  retention().round();
  opened.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();

  expect(before).toBeGreaterThan(40_000_000);
  expect(statSync(file).size).toBeLessThan(before / 2);
});

/** What a file keeps of streams beside their logs: that it is found without reading all of it. */

import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { newEvent } from '../../lib/log/block.ts';
import { SqliteStateStore } from '../../lib/sqlite/state-store.ts';
import { DUE_BY, SqliteStreamStore } from '../../lib/sqlite/stream-store.ts';
import { newBlock } from '../../packages/testing/src/contract/blocks.ts';
import { newFolder, openLog } from '../support/stack/log-file.ts';

const { folder, remove } = newFolder();
afterAll(() => remove());

test('what is due is found by its time, and what is not due is not looked at', async () => {
  const file = `${folder}/log.db`;
  const { db } = openLog(file);
  const streams = new SqliteStreamStore(db);
  const doomed = (due: number) => ({ log: `a~${due}`, name: 'a', due });
  // Of other lengths: as texts they would be in another order.
  const dues = [9, 100, 2_000_000_000_000, 11_000_000_000_000];
  for (const due of dues.toReversed()) await streams.doom(doomed(due));
  const raw = new DatabaseSync(file);
  raw.exec("UPDATE notes SET value = '' WHERE key = '11000000000000'");
  const plan = raw.prepare(`EXPLAIN QUERY PLAN ${DUE_BY}`).all(1);
  raw.close();

  expect(await streams.doomed(8)).toEqual([]);
  expect(await streams.doomed(10_000_000_000_000)).toEqual(dues.slice(0, 3).map(doomed));
  expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining('INDEX notes_due')]);
  db.close();
});

test('a log that is purged takes its state along, before its last block, and no other state', async () => {
  const { db, log } = openLog(`${folder}/purged.db`);
  const streams = new SqliteStreamStore(db);
  const states = new SqliteStateStore(db);
  const keys = 300;
  const events = Array.from({ length: keys }, (_, i) => newEvent(`id-${i}`, i, `key-${i}`));
  await log.append('a~1', newBlock(1, events));
  await log.append('a~2', newBlock(1, events));

  const isLeft: boolean[] = [];
  for (;;) {
    const more = await streams.purge('a~1');
    isLeft.push((await log.last('a~1')) !== undefined);
    if (!more) break;
  }

  expect(isLeft).toEqual([true, false]);
  expect([states.all('a~1').length, states.all('a~2').length]).toEqual([0, keys]);
  db.close();
});

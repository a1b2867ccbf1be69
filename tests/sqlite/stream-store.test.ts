/** What a file keeps of streams beside their logs: that it is found without reading all of it. */

import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { DUE_BY, SqliteStreamStore } from '../../lib/sqlite/stream-store.ts';
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

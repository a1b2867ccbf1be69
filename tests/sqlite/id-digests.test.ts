/** Digests of ids in a file: what is too old is found without reading all of them, in a table of an earlier Doorbell too. */

import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { PRUNE, SqliteIdDigests } from '../../lib/sqlite/id-digests.ts';
import { newFolder, openLog } from '../support/stack/log-file.ts';

const { folder, remove } = newFolder();
afterAll(() => remove());

const HOUR_MS = 3_600_000;
const digest = (last: number, at: number) => ({
  first: last,
  last,
  epoch: 'e1',
  at,
  hashes: Uint32Array.of(last),
});

function inFile<T>(file: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

test.each(['a new file', 'the file of an earlier Doorbell'])(
  'in %s what is too old is found by its time',
  async (kind) => {
    const file = `${folder}/${kind}.db`;
    const before = openLog(file);
    if (kind !== 'a new file') {
      await new SqliteIdDigests(before.db).keep('doors', digest(1, 1));
      inFile(file, (raw) => raw.exec('DROP INDEX id_digests_at'));
    }
    before.db.close();
    const { db } = openLog(file);
    const digests = new SqliteIdDigests(db);

    await digests.keep('doors', digest(2, HOUR_MS + 2));
    await digests.keep('lifts', digest(1, 2 * HOUR_MS));

    expect((await digests.since('doors', 0)).map(({ last }) => last)).toEqual([2]);
    const plan = inFile(file, (raw) => raw.prepare(`EXPLAIN QUERY PLAN ${PRUNE}`).all(1));
    expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining('INDEX id_digests_at')]);
    db.close();
  },
);

/** What the log in a file does beyond the contract of its port. */

import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendOne, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';

let file: string;
let remove: () => void;
beforeEach(() => {
  const made = newFolder();
  file = join(made.folder, 'log.db');
  remove = made.remove;
});
afterEach(() => remove());

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('with DURABILITY=power an event is read only when it is on the disk', async () => {
  const syncs: Array<(error: Error | null) => void> = [];
  const { db, log, records } = openLog(file, { durability: 'power', sync: (_, done) => syncs.push(done) });
  let told: readonly string[] = [];
  const tell = (what: string) => () => {
    told = [...told, what];
  };
  const all = [
    appendOne(log, 'doors', 1).then(tell('appended')),
    log.last('doors').then(tell('last')),
    log.read('doors', 0, 10).then(tell('read')),
    log.since('doors', 0).then(tell('since')),
    records.get('doors').then(tell('record')),
  ];
  await turn();

  expect(told).toEqual([]);
  syncs.shift()?.(null);
  await Promise.all(all);
  expect(told).toHaveLength(5);
  db.close();
});

test('a channel with an apostrophe, or a name that is a prefix of another, has its own events', async () => {
  const { db, log } = openLog(file);
  await appendOne(log, "it's", 1);
  await appendOne(log, 'door', 1);
  await appendOne(log, 'doors', 1);
  await appendOne(log, 'doors', 2);

  expect(await vidsIn(log, "it's")).toEqual([1]);
  expect(await vidsIn(log, 'door')).toEqual([1]);
  expect(await vidsIn(log, 'doors')).toEqual([1, 2]);
  db.close();
});

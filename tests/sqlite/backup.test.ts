/** A backup of a running hub's file, and the way back. */

import { copyFileSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { newEvent } from '../../lib/log/block.ts';
import { backUp, type RestoreOptions, restore } from '../../lib/sqlite/backup.ts';
import { newBlock } from '../../packages/testing/src/contract/blocks.ts';
import { dataOf, eventsUpTo, numbered, poll, publish, range } from '../support/http/http.ts';
import { fileHub, ownerOf } from '../support/stack/hub.ts';
import { appendOne, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';
import { smallDisk } from '../support/stack/small-disk.ts';

let folder: string;
let file: string;
let backup: string;
let remove: () => void;
let records = 0;
const OPTIONS: RestoreOptions = {
  sameLife: false,
  replace: false,
  newEpoch: () => `life-${++records}`,
  now: 1,
};
beforeEach(() => {
  ({ folder, remove } = newFolder());
  file = join(folder, 'log.db');
  backup = join(folder, 'backup.db');
});
afterEach(() => remove());

test('a backup that is made while the hub publishes has all that was acknowledged before it, and nothing half', async () => {
  const { hub, opened } = await fileHub(file);
  const owner = await ownerOf(hub);
  await publish(owner, 'doors', numbered(1, 50));
  let stop = false;
  const publishing = (async () => {
    for (let n = 51; !stop; n++) await publish(owner, 'doors', { data: n });
  })();
  const bytes = backUp(file, backup);
  stop = true;
  await publishing;
  await hub.stop();
  opened.close();

  expect(bytes).toBeGreaterThan(4_096);
  const copy = openLog(backup);
  const vids = await vidsIn(copy.log, 'doors');
  expect(vids.length).toBeGreaterThanOrEqual(50);
  expect(vids).toEqual(range(1, vids.length));
  copy.db.close();
});

test('a restored backup is another life, of which a reader that has seen more is told', async () => {
  const { hub, opened } = await fileHub(file);
  const owner = await ownerOf(hub);
  await publish(owner, 'doors', numbered(1, 5));
  backUp(file, backup);
  await publish(owner, 'doors', numbered(6, 9));
  const { epoch } = await poll(owner, 'doors', { maxvid: 0, client: 'wall' });
  await poll(owner, 'doors', { maxvid: 9, client: 'wall', wait: 0 });
  await hub.stop();
  opened.close();

  const aside = restore(backup, file, { ...OPTIONS, replace: true });
  expect(aside && existsSync(aside)).toBe(true);
  const again = await fileHub(file);
  const reader = await ownerOf(again.hub);
  const answer = await reader.request(`/v1/channels/doors/events?maxvid=9&epoch=${epoch}`);
  expect(answer.status, 'with the life that it followed').toBe(409);
  expect(dataOf(await eventsUpTo(reader, 'doors', 5))).toEqual(range(1, 5));
  expect(await publish(reader, 'doors', { data: 'new' })).toMatchObject({ first: 6 });
  await again.hub.stop();
  again.opened.close();
});

test('with nothing published since, readers of a restored file go on as if nothing had happened', async () => {
  const first = openLog(file);
  await appendOne(first.log, 'doors', 1);
  await first.records.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  first.db.close();
  backUp(file, backup);
  restore(backup, join(folder, 'new', 'log.db'), { ...OPTIONS, sameLife: true });

  const moved = openLog(join(folder, 'new', 'log.db'));
  expect(await moved.records.get('doors')).toEqual({ epoch: 'e1', highWaterMark: 1_000 });
  expect(await moved.log.last('doors')).toMatchObject({ epoch: 'e1', last: 1 });
  moved.db.close();
});

test('a backup of a running hub is a closed file, wherever and whenever it is opened', async () => {
  const running = openLog(file, { boot: 'this boot' });
  await appendOne(running.log, 'doors', 1);
  await running.records.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  backUp(file, backup);
  running.db.close();
  const restored = join(folder, 'restored.db');
  restore(backup, restored, { ...OPTIONS, sameLife: true });

  for (const one of [restored, backup]) {
    const { db, log, logger } = openLog(one, { boot: 'another boot' });
    expect(logger.lines, 'no power was cut').toEqual([]);
    expect(await log.last('doors'), 'no number is passed over').toMatchObject({ last: 1 });
    db.close();
  }
});

test('a file in use, a place that is taken, and a backup that is damaged are refused; all stays as it was', async () => {
  const running = openLog(file);
  await appendOne(running.log, 'doors', 1);
  backUp(file, backup);
  expect(() => backUp(file, backup)).toThrow(/is there already/);
  expect(() => restore(backup, file, { ...OPTIONS, replace: true })).toThrow(/is in use/);
  symlinkSync(file, join(folder, 'link.db'));
  expect(() => restore(backup, join(folder, 'link.db'), { ...OPTIONS, replace: true }), 'by a link').toThrow(
    /is in use/,
  );
  running.db.close();
  expect(() => restore(backup, file, OPTIONS)).toThrow(/is there already/);
  const spoilt = readFileSync(backup);
  spoilt.write('x', spoilt.indexOf('id-1'));
  const bad = join(folder, 'bad.db');
  writeFileSync(bad, spoilt);
  const before = readFileSync(file);

  expect(() => restore(bad, file, { ...OPTIONS, replace: true })).toThrow(/is damaged/);
  expect(readFileSync(file)).toEqual(before);
  expect(readdirSync(folder).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('where a disk is full no backup is made, nothing is left, and the file is named', async () => {
  const disk = smallDisk(1);
  if (!disk) return;
  onTestFinished(() => disk.remove());
  const { db, log } = openLog(file);
  for (let vid = 1; vid <= 20; vid++) await appendOne(log, 'doors', vid, 20_000);
  for (const free of [300_000, 100_000, 8_192, 0]) {
    disk.clear();
    disk.fill(free);
    const to = join(disk.folder, 'backup.db');

    expect(() => backUp(file, to)).toThrow(`${to} cannot be written: `);
    expect(readdirSync(disk.folder)).toEqual(['ballast']);
  }
  db.close();
  copyFileSync(file, backup);
  expect(() => restore(backup, join(disk.folder, 'log.db'), OPTIONS)).toThrow(/no space left/);
  expect(readdirSync(disk.folder).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('a state that is not as it was written is no backup', async () => {
  const { db, log } = openLog(file);
  await log.append('doors', newBlock(1, [newEvent('id-1', { lock: 'open' }, 'door-3')]));
  db.prepare("UPDATE state SET data = replace(data, 'open', 'shut')").run();
  db.close();

  expect(() => backUp(file, backup)).toThrow(/a row of state is not as it was written/);
  expect(() => openLog(file)).toThrow(/is damaged/);
});

test('a copy made by cp while the hub does not run is as good', async () => {
  const first = openLog(file);
  await appendOne(first.log, 'doors', 1);
  first.db.close();
  copyFileSync(file, backup);

  const copy = openLog(backup);
  expect(await vidsIn(copy.log, 'doors')).toEqual([1]);
  copy.db.close();
});

test('a backup that an older version made can be restored', async () => {
  const first = openLog(file);
  await appendOne(first.log, 'doors', 1);
  first.db.close();
  const old = new DatabaseSync(file);
  old.exec('DROP TABLE notes; DROP TABLE state; PRAGMA user_version = 1');
  old.close();

  backUp(file, backup);
  restore(backup, join(folder, 'restored.db'), OPTIONS);

  const restored = openLog(join(folder, 'restored.db'));
  expect(await vidsIn(restored.log, 'doors')).toEqual([1]);
  restored.db.close();
});

/** Which files a hub opens, and which it refuses in words that an operator understands. */

import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '../../lib/sqlite/database.ts';
import { VERSION } from '../../lib/sqlite/schema.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { appendOne, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';

let file: string;
let remove: () => void;
beforeEach(() => {
  const made = newFolder();
  file = join(made.folder, 'log.db');
  remove = made.remove;
});
afterEach(() => remove());

const open = (path = file) =>
  Database.open({ file: path, durability: 'process', logger: new MemoryLogger() });

test('a file that a second process, or the same one, has open is refused until that one is closed', () => {
  const first = open();
  const link = join(file, '..', 'link.db');
  symlinkSync(file, link);

  expect(() => open()).toThrow(/log\.db is in use by another Doorbell/);
  expect(() => open(link), 'by another name').toThrow(/is in use by another Doorbell/);
  first.close();
  open().close();
});

test('the database of another program is refused, and left as it was', () => {
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE notes (text TEXT); PRAGMA user_version = 1');
  other.close();

  expect(() => open()).toThrow(/is not Doorbell's/);
  const after = new DatabaseSync(file);
  expect(after.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'notes' }]);
  after.close();
});

test('a file of a newer Doorbell is refused by its version', () => {
  open().close();
  const newer = new DatabaseSync(file);
  newer.exec(`PRAGMA user_version = ${VERSION + 1}`);
  newer.close();

  expect(() => open()).toThrow(`has version ${VERSION + 1}, and this Doorbell knows ${VERSION} at most`);
});

function cutInHalf(): void {
  open().close();
  truncateSync(file, 6_000);
}

test.each([
  ['text', () => writeFileSync(file, 'hello, this is not a database at all. '.repeat(100))],
  ['half of a database', cutInHalf],
])('%s is refused as damaged', (_, spoil) => {
  spoil();

  expect(() => open()).toThrow(/is damaged/);
});

test('a folder that cannot be made is named', () => {
  writeFileSync(file, '');

  expect(() => open(join(file, 'inside.db'))).toThrow(/EEXIST|ENOTDIR/);
});

test('what is kept in memory is gone when it is closed', async () => {
  const one = openLog(':memory:');
  await appendOne(one.log, 'doors', 1);
  expect(await vidsIn(one.log, 'doors')).toEqual([1]);
  one.db.close();
  const next = openLog(':memory:');

  expect(await vidsIn(next.log, 'doors')).toEqual([]);
  next.db.close();
});

test('a folder that may not be written to is named', () => {
  expect(() => open('/proc/log.db')).toThrow(/\/proc\/log\.db cannot be (opened|locked)/);
});

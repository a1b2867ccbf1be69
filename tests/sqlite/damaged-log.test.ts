/** A write-ahead log that a disk has spoilt. What SQLite leaves out of it without a word is said, and its numbers are not given to others. */

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { numbered, publish, range } from '../support/http/http.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { fileHub, ownerOf } from '../support/stack/hub.ts';
import { appendOne, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';

const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4_096;
/** A prime, so that it meets every place within a page by and by. */
const STEP = 2_039;
const LOST = 'the end of the log is lost: a power cut, or a damaged disk';
const SKIPPED = 'what was lost may have been read: reserved numbers are passed over';
const TORN = 'the last write of the log is not whole: a kill within it, or a damaged disk';

let folder: string;
let file: string;
let copy: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = newFolder());
  file = join(folder, 'log.db');
  copy = join(folder, 'copy.db');
});
afterEach(() => remove());

/** The file as it is after a kill now. By another process: were it closed in this one, SQLite's locks on it would go. */
function afterKill(): void {
  for (const part of ['', '-wal']) execFileSync('cp', [`${file}${part}`, `${copy}${part}`]);
}

function spoil(wal: Buffer, at: number): void {
  const spoilt = Buffer.from(wal);
  spoilt.writeUInt8((wal[at] ?? 0) ^ 0x10, at);
  writeFileSync(`${copy}-wal`, spoilt);
}

/** Twenty events, all of them in the log alone. */
async function killedWith20(): Promise<Buffer> {
  const { db, log, records } = openLog(file);
  await records.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  for (let vid = 1; vid <= 20; vid++) await appendOne(log, 'doors', vid);
  afterKill();
  db.close();
  return readFileSync(`${copy}-wal`);
}

async function openedCopy(): Promise<{ readonly vids: number; readonly said: readonly string[] }> {
  const { db, log, logger } = openLog(copy);
  const { length: vids } = await vidsIn(log, 'doors');
  db.close();
  return { vids, said: logger.lines.map(({ message }) => message) };
}

test('a byte that is flipped anywhere in the log is said, or touches nothing', async () => {
  const wal = await killedWith20();
  const whole = readFileSync(copy);
  // All of the header and of the first and the last frame's heads, and then every place within a frame by and by.
  const heads = [0, HEADER_BYTES, wal.length - FRAME_BYTES].flatMap((from) => range(from, from + 31));
  const places = [...heads, ...range(0, wal.length / STEP).map((n) => n * STEP)].filter(
    (at) => at < wal.length,
  );
  const seen = { said: 0, harmless: 0 };
  for (const at of places) {
    writeFileSync(copy, whole);
    rmSync(`${copy}-shm`, { force: true });
    spoil(wal, at);
    const { vids, said } = await openedCopy();
    if (vids !== 20) expect(said, `byte ${at}: ${vids} events`).toContain(LOST);
    seen[vids === 20 ? 'harmless' : 'said']++;
  }

  expect(seen.said).toBeGreaterThan(90);
  expect(seen.harmless, 'what was written twice').toBeLessThan(seen.said);
}, 60_000);

test('a number that was lost with the end of the log is given to no other event', async () => {
  const { hub, opened } = await fileHub(file);
  await publish(await ownerOf(hub), 'doors', numbered(1, 10));
  for (let n = 11; n <= 20; n++) await publish(await ownerOf(hub), 'doors', { data: n });
  afterKill();
  await hub.stop();
  opened.close();
  const wal = readFileSync(`${copy}-wal`);
  spoil(wal, wal.length - 3 * FRAME_BYTES);

  const logger = new MemoryLogger();
  const again = await fileHub(copy, { logger });
  const said = logger.lines.filter(({ level }) => level === 'error' || level === 'warn');
  expect(said.map(({ message }) => message)).toEqual([LOST, SKIPPED]);
  const { first } = await publish(await ownerOf(again.hub), 'doors', { data: 'new' });
  expect(first).toBeGreaterThan(20);
  await again.hub.stop();
  again.opened.close();
});

test('what is lost is said once, not at each start', async () => {
  const wal = await killedWith20();
  spoil(wal, wal.length / 2);
  const first = openLog(copy);
  expect(first.logger.lines).toMatchObject([
    { level: 'error', message: LOST },
    { level: 'warn', message: SKIPPED },
  ]);
  for (const part of ['', '-wal']) execFileSync('cp', [`${copy}${part}`, `${file}${part}`]);
  first.db.close();

  const second = openLog(file);
  expect(second.logger.lines).toEqual([]);
  second.db.close();
});

test('a write that a kill or a full disk broke off has left nothing behind that was lost', async () => {
  const { db, log } = openLog(file);
  await appendOne(log, 'doors', 1);
  await appendOne(log, 'doors', 2, 200_000);
  afterKill();
  db.close();
  truncateSync(`${copy}-wal`, readFileSync(`${copy}-wal`).length - FRAME_BYTES);
  const between = openLog(copy);
  expect(await vidsIn(between.log, 'doors')).toEqual([1]);
  await appendOne(between.log, 'doors', 2);
  for (const part of ['', '-wal']) execFileSync('cp', [`${copy}${part}`, `${file}${part}`]);
  between.db.close();
  expect(readFileSync(`${file}-wal`).length, 'pages are left').toBeGreaterThan(40 * FRAME_BYTES);

  const { logger, db: again, log: read } = openLog(file);
  expect(await vidsIn(read, 'doors')).toEqual([1, 2]);
  expect([...between.logger.lines, ...logger.lines]).toEqual([]);
  again.close();
});

test('a kill within the last write is told from a damaged disk as far as that can be', async () => {
  const { db, log } = openLog(file);
  for (let vid = 1; vid <= 10; vid++) await appendOne(log, 'doors', vid, 5_000);
  db.prepare('PRAGMA wal_checkpoint(RESTART)').get();
  for (let vid = 11; vid <= 12; vid++) await appendOne(log, 'doors', vid);
  afterKill();
  db.close();
  const wal = readFileSync(`${copy}-wal`);
  const frames = range(0, (wal.length - HEADER_BYTES) / FRAME_BYTES - 1).map(
    (n) => HEADER_BYTES + n * FRAME_BYTES,
  );
  const mine = frames.filter((at) => wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24)));
  expect(mine.length, 'those of an earlier round stand behind').toBeLessThan(frames.length);

  spoil(wal, (mine.at(-1) ?? 0) + 1_000);
  expect(await openedCopy()).toEqual({ vids: 11, said: [TORN] });
});

test('a log of which nothing was written yet is none', async () => {
  openLog(file).db.close();
  writeFileSync(`${file}-wal`, '');
  const empty = openLog(file);
  expect(empty.logger.lines).toEqual([]);
  empty.db.close();
  const other = new DatabaseSync(file);
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x); DROP TABLE t');
  execFileSync('cp', [file, copy]);
  execFileSync('cp', [`${file}-wal`, `${copy}-wal`]);
  other.close();
  truncateSync(`${copy}-wal`, HEADER_BYTES);

  expect((await openedCopy()).said).toEqual([]);
});

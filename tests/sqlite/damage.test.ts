/** A file that a disk has spoilt: it is refused at the start, or the event is refused when it is read. Nothing wrong is ever served. */

import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DamagedError } from '../../lib/sqlite/failures.ts';
import { appendOne, type LogFile, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';

const PAGE = 4_096;
const CHANNELS = ['alerts', 'doors'];
const EVENTS = 60;

let folder: string;
let remove: () => void;
beforeAll(() => {
  ({ folder, remove } = newFolder());
});
afterAll(() => remove());

/** Some events of all sizes, so that there are leaves, inner pages, overflow pages and free ones; closed. */
async function written(file: string): Promise<string> {
  const { db, log, records, cursors } = openLog(file);
  for (const channel of CHANNELS) {
    for (let vid = 1; vid <= EVENTS; vid++) await appendOne(log, channel, vid, vid % 10 === 0 ? 9_000 : 300);
    await records.begin(channel, { epoch: 'e1', highWaterMark: 1_000 });
    await cursors.visit(channel, 'wall', { maxvid: 7, epoch: 'e1' }, undefined, 1);
  }
  db.transaction(() => db.prepare("DELETE FROM blocks WHERE channel = 'alerts' AND first <= 20").run());
  const before = JSON.stringify(await everythingOf({ log, records, cursors }));
  db.close();
  return before;
}

async function everythingOf({ log, records, cursors }: Pick<LogFile, 'log' | 'records' | 'cursors'>) {
  const names = await records.channels('', '\u007f', 100);
  return Promise.all(
    names.map(async (channel) => ({
      channel,
      life: await records.get(channel),
      blocks: await log.read(channel, 0, 1_000),
      last: await log.last(channel),
      cursors: await cursors.list(channel),
    })),
  );
}

describe('a byte that is flipped in the file', () => {
  let original: string;
  let before: string;
  beforeAll(async () => {
    original = join(folder, 'original.db');
    before = await written(original);
  });

  test('in any region is said at the start or when it is read, or touches nothing', async () => {
    const bytes = readFileSync(original);
    const file = join(folder, 'spoilt.db');
    const seen = { refused: 0, said: 0, harmless: 0 };
    // A prime, so that it meets every place within a page by and by.
    for (let at = 0; at < bytes.length; at += 509) {
      const spoilt = Buffer.from(bytes);
      spoilt.writeUInt8((bytes[at] ?? 0) ^ 0x10, at);
      writeFileSync(file, spoilt);
      const fate = await fateOf(file);
      expect([before, 'refused', 'said'], `byte ${at}`).toContain(fate);
      seen[fate === 'refused' || fate === 'said' ? fate : 'harmless']++;
    }

    expect(seen.refused).toBeGreaterThan(200);
    expect(seen.harmless, 'free pages and unused space').toBeLessThan(seen.refused);
  }, 120_000);

  /** What a hub would serve of it. */
  async function fateOf(file: string): Promise<string> {
    let opened: LogFile;
    try {
      opened = openLog(file);
    } catch (error) {
      expect(String(error)).toMatch(/is damaged|is not Doorbell's|has version|malformed|cannot be opened/);
      return 'refused';
    }
    try {
      return JSON.stringify(await everythingOf(opened));
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedError);
      expect(opened.logger.lines.filter(({ message }) => message === 'the log is damaged')).toHaveLength(1);
      expect(() => opened.db.probe(), 'the hub is not healthy').toThrow(DamagedError);
      return 'said';
    } finally {
      opened.db.close();
    }
  }

  test('while the hub runs is said when the block is read, and never served', async () => {
    const file = join(folder, 'running.db');
    const { db, log } = openLog(file);
    await appendOne(log, 'doors', 1);
    db.prepare("UPDATE blocks SET entries = replace(entries, 'x', 'y')").run();

    await expect(log.last('doors')).rejects.toThrow('block 1 of channel doors is not as it was written');
    db.close();
  });
});

describe('a file that was cut short', () => {
  test('in its last page is refused', async () => {
    const file = join(folder, 'torn.db');
    await written(file);
    truncateSync(file, statSync(file).size - PAGE / 2);

    expect(() => openLog(file)).toThrow(/is damaged/);
  });

  test('in the last frame of its log has all that was acknowledged before it', async () => {
    const [from, file] = [join(folder, 'running-2.db'), join(folder, 'torn-log.db')];
    const { db, log } = openLog(from);
    for (let vid = 1; vid <= 20; vid++) await appendOne(log, 'doors', vid);
    for (const part of ['', '-wal']) copyFileSync(`${from}${part}`, `${file}${part}`);
    const whole = statSync(`${file}-wal`).size;
    await appendOne(log, 'doors', 21);
    copyFileSync(`${from}-wal`, `${file}-wal`);
    db.close();
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(whole);
    truncateSync(`${file}-wal`, whole + 1_000);

    const torn = openLog(file);
    expect(await vidsIn(torn.log, 'doors')).toHaveLength(20);
    expect(torn.logger.lines).toEqual([]);
    expect(await appendOne(torn.log, 'doors', 21)).toBe('appended');
    torn.db.close();
  });
});

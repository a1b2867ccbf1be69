/**
 * What a power cut may have taken with DURABILITY=process: the last events, whose numbers readers know. So that none of these numbers is given out again, a file
 * notes the boot of the system in which it is open. Found open in another boot, or without the end of its log (wal-check.ts), each channel skips all
 * numbers that were reserved; a reservation is on the disk before its numbers are given out (channel-records.ts), whatever DURABILITY says.
 */

import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { sumOf } from './checksums.ts';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** Where the system does not name its boots, they are told apart by their minute: clocks are set by seconds. */
const MINUTE_MS = 60_000;

/** Names the boot of this system: another one each time it starts. */
export function systemBoot(): string {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim();
  } catch {
    return String(Math.round((Date.now() - uptime() * 1_000) / (2 * MINUTE_MS)));
  }
}

/**
 * Notes that the file is open in this boot, and has it on the disk. `isLost`: the end of its log is. True when it was open in another boot: then the power
 * was cut.
 */
export function noteOpen(db: DatabaseSync, boot: string, isLost = false): boolean {
  const { value } = db.prepare("SELECT value FROM meta WHERE key = 'open'").get() ?? {};
  const before = typeof value === 'string' ? value : '';
  const wasCut = before !== '' && before !== boot;
  if (wasCut || isLost) skipReserved(db);
  db.exec('PRAGMA synchronous = FULL');
  try {
    db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('open', ?)").run(boot);
  } finally {
    db.exec('PRAGMA synchronous = NORMAL');
  }
  return wasCut;
}

/** The file is closed as it should be. */
export function noteClosed(db: DatabaseSync): void {
  db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('open', '')").run();
}

/** A channel of which nothing is kept goes on after its reservation anyway (lib/log/append/writer-state.ts). */
function skipReserved(db: DatabaseSync): void {
  const newest = db.prepare(
    `SELECT channels.name AS channel, channels.epoch AS epoch, reserved, last, expires
     FROM channels JOIN blocks ON blocks.channel = channels.name
     WHERE first = (SELECT max(first) FROM blocks WHERE channel = channels.name) AND last < reserved`,
  );
  const insert = db.prepare(
    'INSERT INTO blocks (channel, first, last, epoch, at, token, expires, entries, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const at = new Date().toISOString();
  for (const { channel, epoch, reserved, last, expires } of newest.all()) {
    // It must not expire before the older ones.
    const numbers = [String(channel), Number(last) + 1, Number(reserved), String(epoch)];
    const values = [...numbers, at, 'power-cut', Number(expires), '[]'];
    insert.run(...values, sumOf(values));
  }
}

/**
 * A new life for everything in a file that was restored: numbers that were given out after the backup are given out again, and whoever has one of them must
 * be told. Channels get another epoch; streams that were made by PUT another stamp, so that their offsets are of an earlier life. What a fork inherits keeps
 * its stamps: its source's numbers up to there were fixed when the fork was made, so these offsets mean what they meant.
 */

import type { DatabaseSync } from 'node:sqlite';
import { recordOf } from '../log/stream-record.ts';
import { sumOf } from './checksums.ts';
import { pragma } from './schema.ts';

/** The first version of a file that has notes of streams. */
const WITH_NOTES = 2;

interface NewLife {
  /** Names a new life of a channel; another one each time. */
  readonly newEpoch: () => string;
  /** In ms since the Unix epoch. */
  readonly now: number;
}

/** Cursors keep the life that they were in: whoever comes with one is told of the new one. */
export function beginNewIncarnations(db: DatabaseSync, { newEpoch, now }: NewLife): void {
  db.exec('BEGIN');
  const epochs = pragma(db, 'user_version') < WITH_NOTES ? new Map<string, string>() : stampAnew(db, now);
  const epochOf = (channel: string) => {
    const epoch = epochs.get(channel) ?? newEpoch();
    epochs.set(channel, epoch);
    return epoch;
  };
  const record = db.prepare('UPDATE channels SET epoch = ?, sum = ? WHERE name = ?');
  for (const { name, reserved, created_at } of db.prepare('SELECT * FROM channels').all()) {
    const epoch = epochOf(String(name));
    record.run(epoch, sumOf([String(name), epoch, Number(reserved), Number(created_at)]), String(name));
  }
  const block = db.prepare('UPDATE blocks SET epoch = ?, sum = ? WHERE rowid = ?');
  const next = db.prepare('SELECT rowid AS id, * FROM blocks WHERE rowid > ? ORDER BY rowid LIMIT 1');
  for (let row = next.get(0); row; row = next.get(Number(row.id))) {
    const { id, channel, first, last, at, token, expires, entries } = row;
    const epoch = epochOf(String(channel));
    const values = [channel, first, last, epoch, at, token, expires, entries] as Array<string | number>;
    block.run(epoch, sumOf(values), Number(id));
  }
  db.exec('COMMIT');
}

/** Returns the epochs of the streams' logs. */
function stampAnew(db: DatabaseSync, now: number): Map<string, string> {
  const epochs = new Map<string, string>();
  const save = db.prepare(
    "UPDATE notes SET value = ?, sum = ? WHERE kind = 'stream' AND owner = ? AND key = ?",
  );
  for (const { owner, key, value } of db.prepare("SELECT * FROM notes WHERE kind = 'stream'").all()) {
    const { version, record: text } = JSON.parse(String(value)) as { version: number; record: unknown };
    const before = recordOf(JSON.stringify(text));
    // A record may be of a channel that was deleted: its log is the name's own.
    const record = { ...before, stamp: Math.max(now, before.stamp + 1) };
    if (record.log !== String(owner)) epochs.set(record.log, String(record.stamp));
    const values = ['stream', String(owner), String(key), JSON.stringify({ version: version + 1, record })];
    save.run(values[3] ?? '', sumOf(values), String(owner), String(key));
  }
  return epochs;
}

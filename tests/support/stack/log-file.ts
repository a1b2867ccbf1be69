/** A log in a file of its own, for tests that stop, copy or spoil it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEvent } from '../../../lib/log/block.ts';
import type { EventLog } from '../../../lib/log/ports.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { systemClock } from '../../../lib/runtime/system.ts';
import { SqliteChannelRecords } from '../../../lib/sqlite/channel-records.ts';
import { SqliteCursors } from '../../../lib/sqlite/cursors.ts';
import { Database, type DatabaseOptions } from '../../../lib/sqlite/database.ts';
import { SqliteEventLog } from '../../../lib/sqlite/event-log.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryLogger } from '../memory/doubles.ts';

export interface LogFile {
  readonly db: Database;
  readonly log: SqliteEventLog;
  readonly records: SqliteChannelRecords;
  readonly cursors: SqliteCursors;
  readonly logger: MemoryLogger;
}

export function openLog(
  file: string,
  options: Partial<DatabaseOptions> & { readonly clock?: Pick<Clock, 'now'> } = {},
): LogFile {
  const logger = new MemoryLogger();
  const { clock = systemClock, ...others } = options;
  const db = Database.open({ file, durability: 'process', logger, ...others });
  return {
    db,
    logger,
    log: new SqliteEventLog(db),
    records: new SqliteChannelRecords(db, clock),
    cursors: new SqliteCursors(db),
  };
}

/** A folder that `remove` deletes. */
export function newFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'doorbell-file-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Appends one event of that many bytes. */
export function appendOne(log: EventLog, channel: string, vid: number, bytes = 1, expires?: number) {
  const event = newEvent(`id-${vid}`, 'x'.repeat(bytes));
  return log.append(channel, newBlock(vid, [event], expires === undefined ? {} : { expires }));
}

/** The number of each event that the log holds, in its order. */
export async function vidsIn(log: EventLog, channel: string): Promise<number[]> {
  const vids: number[] = [];
  for (;;) {
    const blocks = await log.read(channel, vids.at(-1) ?? 0, 1_000);
    if (blocks.length === 0) return vids;
    for (const { first, last } of blocks) for (let vid = first; vid <= last; vid++) vids.push(vid);
  }
}

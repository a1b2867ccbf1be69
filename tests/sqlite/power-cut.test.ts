/** A power cut with DURABILITY=process may take the last events, and gives none of their numbers to others. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { numbered, poll, publish } from '../support/http/http.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { fileHub, ownerOf } from '../support/stack/hub.ts';
import { appendOne, newFolder, openLog } from '../support/stack/log-file.ts';

let folder: string;
let file: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = newFolder());
  file = join(folder, 'log.db');
});
afterEach(() => remove());

/** The file as the disk has it now. By another process: were it closed in this one, SQLite's locks on it would go. */
function asOnDisk(): string {
  const copy = join(folder, 'after.db');
  for (const part of ['', '-wal']) execFileSync('cp', [`${file}${part}`, `${copy}${part}`]);
  return copy;
}

/** The system was started anew. */
function inAnotherBoot(copy: string): void {
  const db = new DatabaseSync(copy);
  db.exec("UPDATE meta SET value = 'an earlier boot' WHERE key = 'open'");
  db.close();
}

test('a reader that has seen events which a power cut took gets all that come after it', async () => {
  const { hub, opened } = await fileHub(file);
  const owner = await ownerOf(hub);
  await publish(owner, 'doors', numbered(1, 10));
  const copy = asOnDisk();
  await publish(owner, 'doors', numbered(11, 20));
  const { epoch } = await poll(owner, 'doors', { maxvid: 10 });
  await hub.stop();
  opened.close();
  inAnotherBoot(copy);

  const logger = new MemoryLogger();
  const again = await fileHub(copy, { logger });
  const served = await ownerOf(again.hub);
  const warnings = logger.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toMatchObject([{ message: expect.stringContaining('power was cut') }]);
  const held = poll(served, 'doors', { maxvid: 20, ...(epoch === null ? {} : { epoch }) });
  const { first } = await publish(served, 'doors', { data: 'after the cut' });
  const answers = [await held];
  while (answers.at(-1)?.events.length === 0)
    answers.push(await poll(served, 'doors', { maxvid: answers.at(-1)?.maxvid ?? 0 }));

  expect(first, 'behind every number that was given out').toBeGreaterThan(20);
  expect(answers.at(-1)?.events).toMatchObject([{ vid: first, data: 'after the cut' }]);
  await again.hub.stop();
  again.opened.close();
});

test('after a kill, or a stop, no number is passed over', async () => {
  const { hub, opened } = await fileHub(file);
  await publish(await ownerOf(hub), 'doors', numbered(1, 10));
  const killed = asOnDisk();
  await hub.stop();
  opened.close();
  inAnotherBoot(file);
  const stopped = new DatabaseSync(file);
  stopped.exec("UPDATE meta SET value = '' WHERE key = 'open'");
  stopped.close();

  for (const one of [killed, file]) {
    const again = await fileHub(one);
    expect(await publish(await ownerOf(again.hub), 'doors', { data: 11 })).toMatchObject({ first: 11 });
    await again.hub.stop();
    again.opened.close();
  }
});

test('a reservation is on the disk before its numbers are given out, whatever DURABILITY says', async () => {
  const syncs: Array<(error: Error | null) => void> = [];
  const { db, log, records } = openLog(file, { sync: (_, done) => syncs.push(done) });
  await appendOne(log, 'doors', 1);
  expect(syncs).toEqual([]);
  let told = false;
  const begun = records.begin('doors', { epoch: 'e1', highWaterMark: 1_000 }).then(() => {
    told = true;
  });
  await new Promise((resolve) => setImmediate(resolve));

  expect(told).toBe(false);
  syncs.shift()?.(null);
  await begun;
  db.close();
});

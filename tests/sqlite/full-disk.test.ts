/** A disk that is full refuses writes, and nothing else: readers are served, and writes go on when there is room. */

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { PushError } from '../../lib/errors.ts';
import { systemClock } from '../../lib/runtime/system.ts';
import { dataOf, eventsUpTo, poll, posting, publish } from '../support/http/http.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { fileHub, ownerOf } from '../support/stack/hub.ts';
import { appendOne, newFolder, openLog, vidsIn } from '../support/stack/log-file.ts';
import { type SmallDisk, smallDisk } from '../support/stack/small-disk.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const PAGES = 60;

describe('a file that may not grow', () => {
  const { folder, remove } = newFolder();
  afterAll(() => remove());

  test('refuses a block whole, serves the others, and takes the next when it may grow again', async () => {
    const file = join(folder, 'log.db');
    const { db, log, logger } = openLog(file);
    // As a full disk does: SQLITE_FULL.
    db.prepare(`PRAGMA max_page_count = ${PAGES}`).get();
    let last = 0;
    const refused = async () => {
      for (; ; last++) await appendOne(log, 'doors', last + 1, 5_000);
    };

    const error = await refused().catch((thrown: unknown) => thrown);
    // With a time to come again: the appender then tells the publisher, and does not try on for 10 s.
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, transient: false });
    expect((error as PushError).message).toBe('The log cannot be written: the disk is full. Try again.');
    await expect(appendOne(log, 'doors', last + 1, 5_000)).rejects.toThrow(PushError);
    expect(await vidsIn(log, 'doors')).toHaveLength(last);
    expect(() => db.probe()).toThrow(PushError);

    db.prepare('PRAGMA max_page_count = 1000').get();
    db.probe();
    expect(await appendOne(log, 'doors', last + 1, 5_000)).toBe('appended');
    db.close();
    expect(logger.lines.map(({ level, message }) => [level, message.split(';')[0]])).toEqual([
      ['error', 'the log cannot be written'],
      ['warn', 'the log can be written again'],
    ]);
    const next = openLog(file);
    expect(await vidsIn(next.log, 'doors')).toHaveLength(last + 1);
    next.db.close();
  });
});

const disk = smallDisk(8);
if (!disk)
  console.warn('SKIPPED: a full disk under a hub. Nothing may be mounted here; run as root on Linux.');

describe.skipIf(!disk)('a hub whose disk is full', () => {
  afterAll(() => disk?.remove());

  test('says so by 503 and once in its log, serves its readers, and loses nothing that it acknowledged', async () => {
    if (!disk) return;
    const file = join(disk.folder, 'log.db');
    const logger = new MemoryLogger();
    const { hub, opened } = await fileHub(file, { logger });
    const owner = await ownerOf(hub);
    const statusOf = async (url: string) => (await fetch(url)).status;
    const healthz = () => statusOf(`http://127.0.0.1:${hub.port}/healthz`);
    const readyz = () => statusOf(`http://127.0.0.1:${hub.adminPort}/readyz`);
    const acknowledged: string[] = [];
    const event = (n: number) => `${n} ${'x'.repeat(100_000)}`;
    await publish(owner, 'doors', { data: event(0) });
    acknowledged.push(event(0));
    disk.fill(1_000_000);

    // Several at once, as a burst comes.
    let refusals = 0;
    for (let n = 1; refusals === 0; n += 8) {
      const texts = Array.from({ length: 8 }, (_, i) => event(n + i));
      const publishing = texts.map(async (data) => {
        const response = await owner.request('/v1/channels/doors/events', posting({ data }));
        return { data, status: response.status, vid: ((await response.json()) as { first?: number }).first };
      });
      for (const { data, status, vid } of await Promise.all(publishing)) {
        expect([201, 503]).toContain(status);
        if (vid === undefined) refusals++;
        else acknowledged[vid - 1] = data;
      }
    }

    expect(await healthz()).toBe(503);
    expect(await readyz()).toBe(503);
    const count = acknowledged.length;
    expect(dataOf(await eventsUpTo(owner, 'doors', count))).toEqual(acknowledged);
    const held = poll(owner, 'doors', { maxvid: count });
    disk.clear();
    await expect.poll(healthz, { timeout: WAIT_MS }).toBe(200);
    expect(await readyz()).toBe(200);
    expect(await publish(owner, 'doors', { data: 'room again' })).toMatchObject({ first: count + 1 });
    expect(await held).toMatchObject({ events: [{ data: 'room again' }] });
    await hub.stop();
    opened.close();

    const said = logger.lines.filter(({ level }) => level === 'error' || level === 'warn');
    expect(said.map(({ message }) => message.split(';')[0])).toEqual([
      'the log cannot be written',
      'the log can be written again',
    ]);
    const next = openLog(file);
    expect(await vidsIn(next.log, 'doors')).toHaveLength(count + 1);
    next.db.close();
  }, 60_000);
});

test.skipIf(!disk)(
  'a hub that is started on a full disk serves the clients that it knows, and tells a new one',
  async () => {
    const small = smallDisk(8);
    if (!small) return;
    onTestFinished(() => small.remove());
    const file = join(small.folder, 'log.db');
    const before = await fileHub(file, { env: { CURSOR_DELAY_SECONDS: '0' } });
    const publisher = await ownerOf(before.hub);
    await publish(publisher, 'doors', [{ data: 1 }, { data: 2 }, { data: 3 }]);
    await poll(publisher, 'doors', { client: 'wall', maxvid: 1, wait: 0 });
    await before.hub.stop();
    before.opened.close();
    small.fill(0);

    const { hub, opened } = await fileHub(file);
    const reader = await ownerOf(hub);
    expect(await poll(reader, 'doors', { client: 'wall', wait: 0 })).toMatchObject({
      maxvid: 3,
      events: [{ vid: 2 }, { vid: 3 }],
    });
    expect(await poll(reader, 'doors', { client: 'wall', maxvid: 3, wait: 0 })).toMatchObject({
      maxvid: 3,
      events: [],
    });
    const refused = await reader.request('/v1/channels/doors/events?client=new&maxvid=1&wait=0');
    expect(refused.status).toBe(503);
    expect(await poll(reader, 'doors', { maxvid: 1, wait: 0 })).toMatchObject({ maxvid: 3 });

    small.clear();
    await expect
      .poll(async () => (await reader.request('/v1/channels/doors/events?client=new&maxvid=1&wait=0')).status)
      .toBe(200);
    await poll(reader, 'doors', { client: 'wall', maxvid: 3, wait: 0 });
    await hub.stop();
    opened.close();
    const { db, cursors } = openLog(file);
    expect((await cursors.list('doors')).find(({ client }) => client === 'wall')).toMatchObject({
      maxvid: 3,
    });
    db.close();
  },
  60_000,
);

describe.skipIf(!disk)('a start on a full disk', () => {
  const EVENTS = 20;
  /** Which files a process leaves; one that was alone with the file keeps the index of the log in memory. */
  const LEFT = {
    'a stopped process': [''],
    'a killed process': ['', '-wal', '-shm'],
    'a killed process that was alone': ['', '-wal'],
  } as const;
  type Left = keyof typeof LEFT;
  /** On a disk of which `free` bytes are free. */
  const leftOn = async (small: SmallDisk, left: Left, free: number) => {
    const { folder, remove } = newFolder();
    const before = openLog(join(folder, 'log.db'));
    for (let vid = 1; vid <= EVENTS; vid++) await appendOne(before.log, 'doors', vid, 20_000);
    if (left === 'a stopped process') before.db.close();
    // All of a killed one's events stand in its write-ahead log.
    for (const end of LEFT[left]) await cp(join(folder, `log.db${end}`), join(small.folder, `log.db${end}`));
    before.db.close();
    remove();
    small.fill(free);
    return join(small.folder, 'log.db');
  };

  test.each([
    ['a stopped process', 0],
    ['a stopped process', 40_000],
    ['a killed process', 0],
    ['a killed process', 40_000],
    ['a killed process that was alone', 0],
  ] as const)(
    'serves what %s left there with %i bytes free, and goes on when there is room',
    async (left, free) => {
      const small = smallDisk(4);
      if (!small) return;
      onTestFinished(() => small.remove());
      const file = await leftOn(small, left, free);
      const { db, log, logger } = openLog(file);
      const stopTidying = db.keepCheckpointed(systemClock);

      expect(await vidsIn(log, 'doors')).toHaveLength(EVENTS);
      await expect(appendOne(log, 'doors', EVENTS + 1, 60_000)).rejects.toThrow('The log cannot be written');
      expect(() => db.probe()).toThrow('The log cannot be written');
      expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
      small.clear();
      expect(await appendOne(log, 'doors', EVENTS + 1, 60_000)).toBe('appended');
      db.probe();
      await stopTidying();
      db.close();

      const next = openLog(file);
      expect(await vidsIn(next.log, 'doors')).toHaveLength(EVENTS + 1);
      next.db.close();
    },
  );

  test('ends with a line that names a file that there is no room to make', () => {
    const small = smallDisk(4);
    if (!small) return;
    onTestFinished(() => small.remove());
    small.fill(0);
    const file = join(small.folder, 'log.db');
    expect(() => openLog(file)).toThrow(`${file} cannot be opened: the disk`);
  });
});

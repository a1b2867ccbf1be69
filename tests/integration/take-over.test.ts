/** What an earlier hub kept on its emulator comes into the file whole, or not at all: its own folder is looked at no more once there is a file. */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/system.ts';
import { startLocalStack } from '../../local/emulators/stack.ts';
import { takeOver } from '../../local/take-over.ts';
import { numbered, publish } from '../support/http/http.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { openLog, vidsIn } from '../support/stack/log-file.ts';
import { newDataDir } from '../support/stack/offline.ts';
import { startProcess } from '../support/stack/process.ts';
import { smallDisk } from '../support/stack/small-disk.ts';

const disk = smallDisk(12);
if (!disk)
  console.warn('SKIPPED: a full disk under a take-over. Nothing may be mounted here; run as root on Linux.');

describe.skipIf(!disk)('a disk with room for a part', () => {
  afterAll(() => disk?.remove());

  test('takes nothing over, and all of it when there is room', async () => {
    if (!disk) return;
    const dataDir = await newDataDir();
    const stack = await startLocalStack({ dataDir });
    const { app } = startProcess(stack);
    // 2 MB: less than SQLite moves out of its write-ahead log by itself.
    for (let n = 0; n < 20; n++) await publish(app, 'doors', { data: `${n} ${'x'.repeat(100_000)}` });
    await publish(app, 'alerts', numbered(1, 3));
    await stack.stop();
    const file = join(disk.folder, 'doorbell.db');
    const common = { clock: systemClock, logger: new MemoryLogger() };

    disk.fill(3_000_000);
    await expect(takeOver(dataDir, file, common)).rejects.toThrow(/disk is full/);
    expect(existsSync(file)).toBe(false);
    disk.clear();
    expect(await takeOver(dataDir, file, common)).toBe(23);

    const { db, log } = openLog(file);
    expect(await vidsIn(log, 'doors')).toHaveLength(20);
    db.close();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);
});

/** `doorbell backup` and `doorbell restore`, as an operator calls them. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call, scripted } from '../../support/cli/terminal.ts';
import { appendOne, newFolder, openLog, vidsIn } from '../../support/stack/log-file.ts';

let dataDir: string;
let remove: () => void;
beforeEach(() => {
  ({ folder: dataDir, remove } = newFolder());
});
afterEach(() => remove());

const doorbell = (...args: readonly string[]) => call(args, { ...scripted(), env: { DATA_DIR: dataDir } });

test('a backup of the hub in DATA_DIR comes back by restore; each says what it did', async () => {
  const file = join(dataDir, 'doorbell.db');
  const backup = join(dataDir, 'backup.db');
  const { db, log } = openLog(file);
  await appendOne(log, 'doors', 1);

  const made = await doorbell('backup', backup);
  const inUse = await doorbell('restore', backup, '--replace');
  db.close();
  const taken = await doorbell('restore', backup);
  const restored = await doorbell('restore', backup, '--replace', '--same-life');

  expect(made).toMatchObject({ exit: 0, out: `${backup}: 0.0 MB, checked\n` });
  expect(inUse).toMatchObject({ exit: 1, err: expect.stringContaining('is in use') });
  expect(taken).toMatchObject({ exit: 1, err: expect.stringContaining('--replace puts it aside') });
  expect(restored).toMatchObject({ exit: 0 });
  const [, aside = ''] = /what was there is (.*)\n/.exec(restored.out) ?? [];
  expect(existsSync(aside)).toBe(true);
  const again = openLog(file);
  expect(await vidsIn(again.log, 'doors')).toEqual([1]);
  again.db.close();
});

test('a hub that keeps no file is named', async () => {
  const none = await doorbell('backup', join(dataDir, 'backup.db'));

  expect(none).toMatchObject({ exit: 1, err: `${dataDir}/doorbell.db is not there.\n` });
});

/**
 * Whether the files of a LevelDB store are what was written, before LevelDB opens them: it takes a folder without CURRENT for an empty store, drops
 * records that it cannot read, and reads tables without a look at their checksums. Changes nothing.
 */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Damage } from '../damage.ts';
import { readLogFile } from './log-file.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { checkTableFile } from './table-file.ts';

const CURRENT = 'CURRENT';
/** A store that was killed while it was made has this one, and nothing in it that was acknowledged. */
const FIRST_MANIFEST = 'MANIFEST-000001';

export interface LevelFiles {
  /** In the logs: what an open writes as tables, and so the room that it needs. */
  readonly logBytes: number;
}

/** Throws `Damage`, which names the file and the byte. `tables: false` leaves tables unread, which a failed write cannot have touched. */
export async function checkLevelFiles(folder: string, { tables = true } = {}): Promise<LevelFiles> {
  const names = await readdir(folder);
  if (!names.includes(CURRENT)) {
    if (names.some(holdsContent))
      throw new Damage(`${CURRENT} is missing, which says what the other files are`);
    return { logBytes: 0 };
  }
  const current = await readFile(join(folder, CURRENT), 'latin1');
  const [, name = ''] = /^(MANIFEST-\d+)\n$/.exec(current) ?? [];
  if (!names.includes(name)) throw new Damage(`${CURRENT} does not name a file that is there`);
  const manifest = await checking(folder, name, (file) => readManifest(readLogFile(file).records));
  await checkTables(folder, names, manifest, tables);
  return { logBytes: await checkLogs(folder, names, manifest) };
}

function holdsContent(name: string): boolean {
  return /\.(log|ldb|sst)$/.test(name) || (name.startsWith('MANIFEST-') && name !== FIRST_MANIFEST);
}

async function checkTables(
  folder: string,
  names: readonly string[],
  { tables }: Manifest,
  whole: boolean,
): Promise<void> {
  for (const [number, bytes] of tables) {
    const base = String(number).padStart(6, '0');
    const name = [`${base}.ldb`, `${base}.sst`].find((each) => names.includes(each));
    if (name === undefined) throw new Damage(`${base}.ldb is missing`);
    const { size } = await stat(join(folder, name));
    if (size !== bytes) throw new Damage(`${name} has ${size} bytes, not ${bytes}`);
    if (whole) await checking(folder, name, checkTableFile);
  }
}

/** Returns their bytes. */
async function checkLogs(folder: string, names: readonly string[], { logNumber }: Manifest): Promise<number> {
  const logs = names
    .filter((name) => name.endsWith('.log') && Number.parseInt(name, 10) >= logNumber)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  // The log that a manifest names is made before it is named.
  if (logNumber > 0 && Number.parseInt(logs[0] ?? '', 10) !== logNumber)
    throw new Damage(`${String(logNumber).padStart(6, '0')}.log is missing`);
  let bytes = 0;
  let torn: string | undefined;
  for (const name of logs) {
    bytes += await checking(folder, name, (file) => {
      // Nothing is written after a record that broke off, but an open that failed may leave an empty log.
      if (torn !== undefined && file.length > 0) throw new Damage(`there is more after the end of ${torn}`);
      if (readLogFile(file).tornAt !== undefined) torn = name;
      return file.length;
    });
  }
  return bytes;
}

async function checking<T>(folder: string, name: string, check: (file: Buffer) => T): Promise<T> {
  try {
    return check(await readFile(join(folder, name)));
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    throw new Damage(`${name}: ${error.message}`, { cause: error });
  }
}

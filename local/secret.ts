/**
 * The key that tokens are made and checked with offline: `DOORBELL_SECRET`, or else a development key that is made once and kept beside the
 * tables, so that a link that was copied yesterday works today.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mint } from '../lib/auth/mint.ts';
import { noRoomFor } from './no-room.ts';

/** Seconds that the printed token is good for. */
const DEVELOPMENT_TTL_S = 30 * 24 * 3600;

/** Reads the development key, or makes one that only this user can read; without a folder one that nobody keeps. */
export async function developmentSecret(dataDir: string | undefined): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  if (dataDir === undefined) return made;
  const file = join(dataDir, 'secret');
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (kept !== '') return kept;
  await mkdir(dataDir, { recursive: true });
  // There, and empty: the disk was full, or its process was killed before it wrote.
  if ((await stat(file).catch(() => undefined))?.size === 0) await rm(file);
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' }).catch((error) => {
    throw noRoomFor(file, error, 'Make room, or set DOORBELL_SECRET, and start again.');
  });
  return made;
}

/** A token that may do everything for a month: for the lines that `npm start` prints to whoever started it. */
export function developmentToken(secret: string): Promise<string> {
  const everything = { read: ['*'], write: ['*'], manage: ['*'], dead: ['*'] };
  return mint(secret, { ...everything, ttlS: DEVELOPMENT_TTL_S, now: Date.now() });
}

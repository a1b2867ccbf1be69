/**
 * A disk that can be really full: a tmpfs of its own. Mounting one needs Linux and root; elsewhere there is none, and the caller says so.
 * What is written to it is memory.
 */

import { execFile } from 'node:child_process';
import { close, open, write } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const files = { open: promisify(open), write: promisify(write), close: promisify(close) };

/** Halved until not even one more byte fits. */
const FIRST_PIECE_BYTES = 1024 * 1024;

export interface SmallDisk {
  readonly folder: string;
  /** Takes every byte that is left. */
  fill(): Promise<void>;
  /** Gives back what `fill` has taken. */
  free(): Promise<void>;
  /** Takes the disk and its folder away, also while files on it are still open. */
  end(): Promise<void>;
}

/** Undefined where none can be mounted. */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => fill(ballast),
    free: () => rm(ballast, { force: true }),
    async end() {
      await run('umount', ['--lazy', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function fill(path: string): Promise<void> {
  const file = await files.open(path, 'a');
  let bytes = FIRST_PIECE_BYTES;
  while (bytes >= 1) {
    try {
      await files.write(file, Buffer.alloc(bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      bytes = Math.floor(bytes / 2);
    }
  }
  await files.close(file);
}

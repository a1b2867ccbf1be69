/** Whether a folder's disk takes so many bytes now. What the system counts as free is not always to be had: quotas, reserves, a disk that is read-only. */

import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

const PIECE_BYTES = 64 * 1024;

/** Writes them, and takes them away again. Rejects with what the system says. */
export async function proveRoom(folder: string, bytes: number): Promise<void> {
  const path = join(folder, 'room');
  try {
    // Random, for a disk that compresses.
    const piece = randomBytes(PIECE_BYTES);
    const file = await open(path, 'w');
    try {
      for (let written = 0; written < bytes; written += PIECE_BYTES) await file.writeFile(piece);
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}

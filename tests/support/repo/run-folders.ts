/** Folders that one run of the tests makes for itself in the temporary folder of the system. Those of runs that were killed go when the next run begins. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes `doorbell-NAME-PID-…` and removes those whose process is gone.
 * @returns the folder, and what removes it.
 */
export async function ownFolder(
  name: string,
  parent = tmpdir(),
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const prefix = `doorbell-${name}-`;
  const names = (await readdir(parent)).filter((one) => one.startsWith(prefix));
  const left = names.filter((one) => isLeft(one.slice(prefix.length)));
  await Promise.all(left.map((one) => removed(join(parent, one))));
  const folder = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  return { folder, remove: () => removed(folder) };
}

/** A worker that ends may write into it, perhaps just now. */
function removed(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20 });
}

/** Whether what follows the prefix names a process that is gone. A folder without a process is nobody's of ours. */
function isLeft(rest: string): boolean {
  const pid = Number(/^(\d+)-/.exec(rest)?.[1]);
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Of somebody else it is alive, too.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

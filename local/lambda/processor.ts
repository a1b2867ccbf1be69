/** Whether a process stood still because something held it, or because the processors were busy with others. */

import { readFileSync } from 'node:fs';

/**
 * For how many ms so far the main thread of a process could have run and no processor was free (Linux, schedstats). 0 where the system does not say,
 * or there is no such process any more.
 */
export function waitedForProcessorMs(pid: number | 'self' | undefined): number {
  try {
    const [, waitedNs = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return 0;
  }
}

/** Waiting for a count that only ever grows. */

import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 5;

/** Resolves to whether `count` reached `wanted`: it gives up when nothing has come for `quietMs`. */
export async function reaches(count: () => number, wanted: number, quietMs: number): Promise<boolean> {
  let last = count();
  let since = performance.now();
  while (last < wanted) {
    if (performance.now() - since > quietMs) return false;
    await sleep(LOOK_EVERY_MS);
    if (count() === last) continue;
    last = count();
    since = performance.now();
  }
  return true;
}

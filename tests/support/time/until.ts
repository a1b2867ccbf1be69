/** Waiting for a condition, also where no test runs: vitest's own works in tests only. */

import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 20;

/** Asks again until it is true; throws after `limitMs`. */
export async function until(condition: () => Promise<boolean>, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms in vain`);
    await sleep(INTERVAL_MS);
  }
}

/** A fixture for Vitest: each test that asks for `doorbell` gets one of its own in memory, which is stopped when the test has ended. */

import { test as base } from 'vitest';
import type { ServerOptions, TestDoorbell } from './doorbell.ts';
import { startMemory } from './memory/start-memory.ts';

/** Vitest's `test`, with `doorbell`. With options: for every test that is declared with it. */
export function testWithDoorbell(options: ServerOptions = {}) {
  return base.extend<{ doorbell: TestDoorbell }>({
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures this one needs.
    doorbell: async ({}, use) => {
      const doorbell = await startMemory(options);
      try {
        await use(doorbell);
      } finally {
        await doorbell.stop();
      }
    },
  });
}

export const test = testWithDoorbell();

/**
 * A Vitest global setup: what one process of a run has compiled, the next need not. A run starts hundreds of them, and compiling is a third of each start.
 * The folder goes when the run ends, so no run depends on another. Counting lines needs code that was compiled here, and goes without.
 */

import type { TestProject } from 'vitest/node';
import { ownFolder } from './run-folders.ts';

export async function setup({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (vitest.config.coverage.enabled) return undefined;
  const { folder, remove } = await ownFolder('compiled');
  // Workers, and whatever they start, have it from here.
  process.env.NODE_COMPILE_CACHE = folder;
  return async () => {
    delete process.env.NODE_COMPILE_CACHE;
    await remove();
  };
}

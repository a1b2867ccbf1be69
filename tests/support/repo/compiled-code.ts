/**
 * A Vitest global setup: what one process of a run has compiled, the next need not. A run starts hundreds of them, and compiling is a third of each start.
 * The folder goes when the run ends, so no run depends on another. Counting lines needs code that was compiled here, and goes without.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

export async function setup({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (vitest.config.coverage.enabled) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-compiled-'));
  // Workers, and whatever they start, have it from here.
  process.env.NODE_COMPILE_CACHE = folder;
  return async () => {
    delete process.env.NODE_COMPILE_CACHE;
    // A worker that ends writes what it has compiled, perhaps just now.
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  };
}

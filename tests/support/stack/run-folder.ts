/** A Vitest global setup: a folder for what all files of one run share, whichever needs it first. It goes when the run ends. */

import type { TestProject } from 'vitest/node';
import { ownFolder } from '../repo/run-folders.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    runFolder: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { folder, remove } = await ownFolder('tests');
  project.provide('runFolder', folder);
  return remove;
}

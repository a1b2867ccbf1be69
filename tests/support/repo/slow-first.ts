/**
 * The order of the test files. On a fresh clone nothing is known of their times, and the largest files come first; the slowest are small, would come last, and
 * leave one core to itself for a minute.
 */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that need more than some 20 s of a quiet core, the slowest first. */
const SLOW = [
  'tests/model/model.test.ts',
  'tests/faults/faults.property.test.ts',
  'tests/integration/full-disk.test.ts',
  'tests/faults/teeth.test.ts',
  'tests/integration/unheard.test.ts',
  'tests/sqlite/durability.test.ts',
  'tests/integration/cross-origin.test.ts',
  'tests/integration/verify.test.ts',
  'tests/integration/cli.test.ts',
];

/** Lower comes first. */
function rank({ moduleId }: TestSpecification): number {
  const found = SLOW.findIndex((file) => moduleId.replaceAll('\\', '/').endsWith(file));
  return found < 0 ? SLOW.length : found;
}

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byDefault = await super.sort(files);
    return byDefault.toSorted((a, b) => rank(a) - rank(b));
  }
}

/**
 * The order of the test files. On a fresh clone nothing is known of their times, and the largest files come first; the slowest are small, would come last, and
 * leave one core to itself for a minute.
 */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that share a process run one after the other, so each project's stay together. Small files of much work come last: they fill what is left. */
const PROJECTS = ['local-own-process', 'second', 'local', 'doubles'];

/** Those that need some 5 s and more of a quiet machine, the slowest first. */
const SLOW = [
  'tests/model/model.test.ts',
  'tests/integration/crash.test.ts',
  'tests/integration/cross-origin.test.ts',
  'tests/model/mutations.test.ts',
  'tests/model/streams/streams.test.ts',
  'tests/contract/mailboxes.test.ts',
  'tests/integration/readers.test.ts',
  'tests/faults/teeth.test.ts',
  'tests/faults/faults.property.test.ts',
  'tests/packages/judges.test.ts',
  'tests/integration/full-disk.test.ts',
  'tests/integration/offline-life.test.ts',
  'tests/packages/testing.test.ts',
  'tests/integration/stack-settings.test.ts',
  'tests/browser/control-room.test.ts',
  'tests/integration/proxies.test.ts',
  'tests/packages/client.test.ts',
  'tests/integration/verify.test.ts',
  'tests/integration/tokens.test.ts',
  'tests/browser/accessible.test.ts',
  'tests/integration/numbers.test.ts',
  'tests/browser/client.test.ts',
  'tests/browser/page.test.ts',
  'tests/integration/hub-h2c-limits.test.ts',
  'tests/integration/unheard.test.ts',
  'tests/sqlite/durability.test.ts',
  'tests/integration/cost.test.ts',
  'tests/packages/cli.test.ts',
  'tests/integration/cli.test.ts',
  'tests/unit/log/hot-channel.test.ts',
  'tests/unit/poll/direct-wait.test.ts',
];

/** Lower comes first. What is not named comes after what is. */
function rank(name: string, order: readonly string[]): number {
  const found = order.findIndex((one) => name.replaceAll('\\', '/').endsWith(one));
  return found < 0 ? order.length : found;
}

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byDefault = await super.sort(files);
    return byDefault.toSorted(
      (a, b) =>
        rank(a.project.name, PROJECTS) - rank(b.project.name, PROJECTS) ||
        rank(a.moduleId, SLOW) - rank(b.moduleId, SLOW),
    );
  }
}

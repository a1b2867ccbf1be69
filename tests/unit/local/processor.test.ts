/** How long a process has waited for a processor: what tells a busy machine from a slow program. */

import { expect, test } from 'vitest';
import { waitedForProcessorMs } from '../../../local/lambda/processor.ts';

test('a process that is not there has waited for nothing', () => {
  expect(waitedForProcessorMs(undefined)).toBe(0);
  expect(waitedForProcessorMs(2 ** 30)).toBe(0);
});

test.runIf(process.platform === 'linux')(
  'a process that is there has waited, and never for less than before',
  () => {
    const before = waitedForProcessorMs('self');

    expect(before).toBeGreaterThan(0);
    expect(waitedForProcessorMs('self')).toBeGreaterThanOrEqual(before);
    expect(waitedForProcessorMs(process.pid)).toBeGreaterThanOrEqual(before);
  },
);

/** A process that is the only one of its log has no mailbox; what stands in its place still lets a wait last as long as it was to. */

import { expect, test } from 'vitest';
import { LoneMailbox } from '../../../lib/wakeup/lone-mailbox.ts';
import { FakeClock, SeededRandom } from '../../support/time/clock.ts';

test('a wait ends at its deadline by the monotonic clock, and not before', async () => {
  const clock = new FakeClock();
  const mailbox = new LoneMailbox({ clock, random: new SeededRandom() });
  let isOver = false;
  mailbox.quietAt(clock.elapsed() + 2_000, () => {
    isOver = true;
  });

  clock.setOff(3_600_000);
  await clock.advance(1_999);
  expect(isOver).toBe(false);
  await clock.advance(1);
  expect(isOver).toBe(true);
});

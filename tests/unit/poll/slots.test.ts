/** Slots: how long a reader of a shared address waits, and what it asks with next. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leftOfSlot, MAX_SLOT, nextSlot, SLOT_MS, slotAt } from '../../../lib/poll/slots.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';

const NOW = 1_764_000_013_000;
const slot = fc.integer({ min: 0, max: MAX_SLOT });
const moment = fc.integer({ min: 0, max: 4_000_000_000_000 });

test('a slot is waited in until it is over', () => {
  expect(leftOfSlot(slotAt(NOW), NOW)).toBe(SLOT_MS - 13_000);
});

test('one that is over is not waited in, and one that has yet to come for 20 s at most', () => {
  expect([leftOfSlot(slotAt(NOW) - 1, NOW), leftOfSlot(slotAt(NOW) + 1_000, NOW)]).toEqual([0, 20_000]);
});

test('no reader waits longer than a poll may be held', () => {
  fc.assert(
    fc.property(slot, moment, (sent, now) => {
      const ms = leftOfSlot(sent, now);
      expect(ms >= 0 && ms <= LIMITS.waitSeconds * 1000).toBe(true);
    }),
  );
});

test('after an empty answer the next slot is a later one, whatever the clock says', () => {
  fc.assert(
    fc.property(
      slot.filter((sent) => sent < MAX_SLOT),
      moment,
      (sent, now) => {
        const next = nextSlot(sent, true, now);
        expect(next).toBeGreaterThan(sent);
        expect(next).toBeLessThanOrEqual(MAX_SLOT);
      },
    ),
  );
});

test('after events the slot stays, so that those who begin now ask for the same', () => {
  const now = slotAt(NOW);

  expect([now - 3, now, now + 2].map((sent) => nextSlot(sent, false, NOW))).toEqual([now, now, now + 2]);
  expect(nextSlot(undefined, false, NOW)).toBe(now);
});

test('beyond the last slot comes the one of now', () => {
  expect(nextSlot(MAX_SLOT, true, NOW)).toBe(slotAt(NOW));
});

test('a clock before 1970 has slots, too', () => {
  expect(slotAt(-1)).toBe(0);
});

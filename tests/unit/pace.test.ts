/** The brake for clients that ask in a hot loop. */

import { expect, test } from 'vitest';
import { Pace } from '../../lib/pace.ts';
import { FakeClock } from '../support/clock.ts';

function setUp(perSecond = 2) {
  const clock = new FakeClock();
  const pace = new Pace(clock, perSecond);
  /** How many of `times` polls from the same place are let through. */
  const admitted = (client: string, place: string, times: number) => {
    let count = 0;
    for (let i = 0; i < times; i++) {
      try {
        pace.admit(client, place);
        count++;
      } catch {
        // Refused: not counted.
      }
    }
    return count;
  };
  return { clock, pace, admitted };
}

test('a client that moves on may ask as fast as it likes', () => {
  const { admitted } = setUp();

  for (let maxvid = 0; maxvid < 1_000; maxvid++) expect(admitted('wall', `doors:${maxvid}`, 1)).toBe(1);
});

test('one that asks from the same place has ten seconds of repeats at once, then so many a second', async () => {
  const { clock, admitted } = setUp(2);

  expect(admitted('wall', 'doors:7', 100)).toBe(20);
  await clock.advance(500);
  expect(admitted('wall', 'doors:7', 100)).toBe(1);
  await clock.advance(60_000);
  expect(admitted('wall', 'doors:7', 100)).toBe(20);
});

test('does not get more by going back and forth', () => {
  const { admitted } = setUp(2);
  admitted('wall', 'doors:7', 100);
  admitted('wall', 'doors:8', 1);

  expect(admitted('wall', 'doors:8', 100)).toBe(0);
});

test('leaves other clients alone', () => {
  const { admitted } = setUp(2);
  admitted('wall', 'doors:7', 100);

  expect(admitted('desk', 'doors:7', 1)).toBe(1);
});

test('says when to come again', async () => {
  const { clock, pace, admitted } = setUp(1);
  admitted('wall', 'doors:7', 100);
  const refused = { code: 'too-many-requests', status: 429, details: { field: 'client', retryAfter: 1 } };

  expect(() => pace.admit('wall', 'doors:7')).toThrow(expect.objectContaining(refused));
  await clock.advance(1_000);
  expect(() => pace.admit('wall', 'doors:7')).not.toThrow();
});

test('forgets the client that was not heard of for longest, and no more than that', () => {
  const { admitted } = setUp(2);
  admitted('first', 'doors:7', 100);
  admitted('second', 'doors:7', 100);
  for (let i = 0; i < 9_999; i++) admitted(`c${i}`, 'doors:7', 1);

  expect(admitted('second', 'doors:7', 1)).toBe(0);
  expect(admitted('first', 'doors:7', 1)).toBe(1);
});

/** The time that is held against slow clients. */

import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { ServedTime } from '../../../hub/served-time.ts';
import { UnreadBytes } from '../../../hub/unread-bytes.ts';
import { FakeClock } from '../../support/time/clock.ts';

test('time passes as on the clock while it is looked at often enough', () => {
  const clock = new FakeClock();
  const time = new ServedTime(clock, 10_000);
  const began = time.elapsed();
  for (let i = 0; i < 6; i++) {
    clock.jump(5_000);
    time.look();
  }
  clock.jump(3);

  expect(time.elapsed() - began).toBe(30_003);
});

test('what a process does without listening is not held against its clients', () => {
  const clock = new FakeClock();
  const time = new ServedTime(clock, 10_000);
  const cuts: string[] = [];
  const unread = new UnreadBytes({ perConnection: 100, perProcess: 100 }, time, (why) => cuts.push(why));
  unread.hold(unread.answer(new EventEmitter(), { answer: () => {}, connection: () => {} }), 'x');
  const look = (ms: number) => {
    clock.jump(ms);
    time.look();
    unread.cutOlderThan(30_000);
  };

  look(3_600_000);
  look(10_000);
  expect(cuts).toEqual([]);
  look(10_000);
  expect(cuts).toEqual(['time']);
});

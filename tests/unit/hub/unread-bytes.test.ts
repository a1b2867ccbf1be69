/** The account of what clients have asked for and not taken: its two bounds, its time, and who is cut. */

import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type UnreadAnswer, UnreadBytes, type UnreadCut } from '../../../hub/unread-bytes.ts';
import { FakeClock } from '../../support/time/clock.ts';

function setUp() {
  const clock = new FakeClock();
  const counted: UnreadCut[] = [];
  const unread = new UnreadBytes({ perConnection: 100, perProcess: 250 }, clock, (why) => counted.push(why));
  const cuts: string[] = [];
  const answer = (name: string, connection = new EventEmitter()): UnreadAnswer =>
    unread.answer(connection, {
      answer: (why) => cuts.push(`${name}: ${why}`),
      connection: () => cuts.push(`the connection of ${name}`),
    });
  return { clock, unread, counted, cuts, answer };
}
const bytes = (count: number) => new Uint8Array(count);

test('bytes are counted until they are taken, once, or until their connection is gone', () => {
  const { unread, answer } = setUp();
  const connection = new EventEmitter();
  const taken = unread.hold(answer('a', connection), bytes(40));
  unread.hold(answer('b', connection), 'ä');
  expect(unread.bytes).toBe(42);

  taken();
  taken();
  expect(unread.bytes).toBe(2);

  connection.emit('close');
  expect(unread.bytes).toBe(0);
});

test('what many answers share is counted once, on one connection and on many', () => {
  const { unread, cuts, answer } = setUp();
  const [one, other] = [new EventEmitter(), new EventEmitter()];
  const shared = bytes(90);
  const taken = [one, one, other].map((connection) => unread.hold(answer('any', connection), shared));

  expect(unread.bytes).toBe(90);
  expect(unread.hasRoom(one, shared)).toBe(true);
  expect(unread.hasRoom(one, bytes(90))).toBe(false);
  for (const release of taken.slice(1)) release();
  expect(unread.bytes).toBe(90);
  taken[0]?.();
  expect(unread.bytes).toBe(0);
  expect(cuts).toEqual([]);
});

test('the answer that is too much for its connection is cut, and no other', () => {
  const { unread, counted, cuts, answer } = setUp();
  const connection = new EventEmitter();
  unread.hold(answer('first', connection), bytes(60));
  unread.hold(answer('second', connection), bytes(60));

  expect(cuts).toEqual(['second: connection']);
  expect(counted).toEqual(['connection']);
  expect(unread.bytes).toBe(60);
});

test('when the process has too many, the answers of which nothing was taken for longest are cut until it has not', () => {
  const { unread, cuts, counted, answer } = setUp();
  const read = answer('read');
  const taken = unread.hold(read, bytes(50));
  unread.hold(read, bytes(10));
  unread.hold(answer('stuck'), bytes(90));
  // From now on the one that began first has waited least.
  taken();
  unread.hold(answer('late'), bytes(90));
  unread.hold(answer('last'), bytes(80));

  expect(cuts).toEqual(['the connection of stuck']);
  expect(counted).toEqual(['process']);
  expect(unread.bytes).toBe(180);
});

test('an answer of which nothing is taken in time is cut alone while its connection takes others, else with its connection', async () => {
  const { clock, unread, cuts, counted, answer } = setUp();
  const [busy, stuck] = [new EventEmitter(), new EventEmitter()];
  unread.hold(answer('slow', busy), bytes(10));
  for (const name of ['one', 'two']) unread.hold(answer(name, stuck), bytes(10));
  await clock.advance(999);
  unread.hold(answer('quick', busy), bytes(10))();
  unread.cutOlderThan(1_000);
  expect(cuts).toEqual([]);

  await clock.advance(1);
  unread.cutOlderThan(1_000);

  expect(cuts).toEqual(['slow: time', 'the connection of one']);
  expect(counted).toEqual(['time', 'time', 'time']);
  expect(unread.bytes).toBe(0);
});

test('an answer that is taken piece by piece has its time anew after each', async () => {
  const { clock, unread, cuts, answer } = setUp();
  const slow = answer('slow');
  const taken = [1, 2, 3].map(() => unread.hold(slow, bytes(10)));
  for (const release of taken) {
    await clock.advance(900);
    unread.cutOlderThan(1_000);
    release();
  }

  expect(cuts).toEqual([]);
});

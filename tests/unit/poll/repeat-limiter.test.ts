/** The brake for clients that ask in a hot loop. */

import { expect, test } from 'vitest';
import { type ChannelPosition, RepeatLimiter } from '../../../lib/poll/repeat-limiter.ts';
import { FakeClock } from '../../support/time/clock.ts';

/** `channel[:maxvid[:epoch]]`, with blanks between. */
function at(text: string): readonly ChannelPosition[] {
  return text.split(' ').map((place) => {
    const [channel = '', maxvid, epoch] = place.split(':');
    return {
      channel,
      ...(maxvid === undefined ? {} : { maxvid: Number(maxvid) }),
      ...(epoch === undefined ? {} : { epoch }),
    };
  });
}

function setUp(perSecond = 2) {
  const clock = new FakeClock();
  const repeatLimiter = new RepeatLimiter(clock, perSecond);
  /** How many of `times` polls from the same place are let through. */
  const admitted = (client: string, place: string, times: number) => cycle(client, [place], times);
  /** How many of `times` polls are let through that take the places in turn. */
  const cycle = (client: string, places: readonly string[], times: number) => {
    let count = 0;
    for (let i = 0; i < times; i++) {
      try {
        repeatLimiter.admit(client, at(places[i % places.length] ?? ''));
        count++;
      } catch {
        // Refused: not counted.
      }
    }
    return count;
  };
  return { clock, repeatLimiter, admitted, cycle };
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

test('a client does not get more by going back and forth', () => {
  const { admitted } = setUp(2);
  admitted('wall', 'doors:7', 100);
  admitted('wall', 'doors:8', 1);

  expect(admitted('wall', 'doors:8', 100)).toBe(0);
});

test.each([
  ['two places', ['doors:7', 'doors:8'], 40],
  ['two channels', ['doors:7', 'alerts:7'], 20],
  ['a place and none', ['doors:7', 'doors'], 20],
  ['two lives', ['doors:7:old', 'doors:8:new'], 20],
  ['one channel to and one fro', ['doors:7 alerts:8', 'doors:8 alerts:7'], 20],
])('one that goes to and fro between %s is slowed too', (_, places, most) => {
  const { cycle } = setUp(2);

  expect(cycle('wall', places, 1_000)).toBe(most);
});

test('one that begins again may go through all that is kept, however long ago it was there', () => {
  const { admitted } = setUp(2);
  for (const round of [1, 2, 3])
    for (let page = 0; page < 500; page++)
      expect([round, admitted('wall', `doors:${page * 500}:life`, 1)]).toEqual([round, 1]);
});

test('a new life of a channel is followed as fast as the old one', () => {
  const { admitted } = setUp(2);
  for (let maxvid = 0; maxvid < 100; maxvid++) admitted('wall', `doors:${maxvid}:old`, 1);
  for (let maxvid = 0; maxvid < 100; maxvid++) expect(admitted('wall', `doors:${maxvid}:new`, 1)).toBe(1);
});

test('one that names channel after channel is slowed too, also when it comes to the first again', () => {
  const { cycle } = setUp(2);
  const many = Array.from({ length: 100 }, (_, i) => `c${i}:0`);

  expect(cycle('wall', many, 1_000)).toBe(20);
});

test('40 channels may be followed side by side', async () => {
  const { clock, admitted } = setUp(2);
  for (let round = 0; round < 5; round++)
    for (let i = 0; i < 40; i++) {
      expect(admitted('wall', `c${i}:${round}`, 1)).toBe(1);
      if (round === 0) await clock.advance(500);
    }
});

test('leaves other clients alone', () => {
  const { admitted } = setUp(2);
  admitted('wall', 'doors:7', 100);

  expect(admitted('desk', 'doors:7', 1)).toBe(1);
});

test('a client id that two holders use is two clients', () => {
  const { repeatLimiter } = setUp(2);
  const ask = (principal: string | undefined) => () => repeatLimiter.admit('wall', at('doors:7'), principal);
  for (let i = 0; i < 20; i++) ask('token a')();

  expect(ask('token a')).toThrow('over and over');
  expect(ask('token b')).not.toThrow();
  expect(ask(undefined)).not.toThrow();
});

test('a client says when to come again', async () => {
  const { clock, repeatLimiter, admitted } = setUp(1);
  admitted('wall', 'doors:7', 100);
  const refused = { code: 'too-many-requests', status: 429, details: { field: 'client', retryAfter: 1 } };

  expect(() => repeatLimiter.admit('wall', at('doors:7'))).toThrow(expect.objectContaining(refused));
  await clock.advance(1_000);
  expect(() => repeatLimiter.admit('wall', at('doors:7'))).not.toThrow();
});

test.each([
  { perSecond: 1, afterMs: 500, retryAfter: 1 },
  { perSecond: 2, afterMs: 0, retryAfter: 1 },
  { perSecond: 4, afterMs: 200, retryAfter: 1 },
])('at $perSecond a second, $afterMs ms later, a client is told to come in $retryAfter s', async (row) => {
  const { clock, repeatLimiter, admitted } = setUp(row.perSecond);
  admitted('wall', 'doors:7', 100);
  await clock.advance(row.afterMs);

  const refused = { details: { field: 'client', retryAfter: row.retryAfter } };

  expect(() => repeatLimiter.admit('wall', at('doors:7'))).toThrow(expect.objectContaining(refused));
});

test('a client that named no place and then the beginning has moved on', () => {
  const { admitted } = setUp();
  admitted('wall', 'doors', 100);

  expect(admitted('wall', 'doors:0', 1)).toBe(1);
  expect(admitted('wall', 'doors:0', 1)).toBe(0);
});

test('a client that moves on in one channel while another is quiet may ask as fast as it likes', () => {
  const { admitted } = setUp();

  for (let maxvid = 0; maxvid < 1_000; maxvid++)
    expect(admitted('wall', `doors:${maxvid} alerts:7`, 1)).toBe(1);
});

test('forgets the client that was not heard of for longest, and no more than that', () => {
  const { admitted } = setUp(2);
  admitted('first', 'doors:7', 100);
  admitted('second', 'doors:7', 100);
  for (let i = 0; i < 9_999; i++) admitted(`c${i}`, 'doors:7', 1);

  expect(admitted('second', 'doors:7', 1)).toBe(0);
  expect(admitted('first', 'doors:7', 1)).toBe(1);
});

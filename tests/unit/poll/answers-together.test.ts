/** The answers of one poll, put together so that they fit. */

import { describe, expect, test } from 'vitest';
import { bytesOfAnswer } from '../../../lib/log/read/page.ts';
import { atRest, news, type Reader, reader } from '../../../lib/poll/reader.ts';
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';

/** An answer of so many events of 1,000 characters each. */
function answerOf(channel: string, count: number): PollAnswer {
  const events = Array.from({ length: count }, (_, i) => ({
    vid: i + 1,
    id: `${channel}-${i + 1}`,
    at: '2026-01-01T00:00:00.000Z',
    data: 'x'.repeat(1_000),
  }));
  return { channel, epoch: 'e1', events, maxvid: count, missed: 0 };
}

const head = (vid: number) => ({ vid, epoch: 'e1' });
const readerOf = (answer: PollAnswer): Reader =>
  reader(answer.channel, { maxvid: 0 }, undefined, { head: head(answer.maxvid), answer: async () => answer });
const lengths = async (answers: readonly PollAnswer[], maxBytes: number) =>
  (await news(answers.map(readerOf), 100, maxBytes)).map(({ channel, events }) => [channel, events.length]);

const [a, b, c] = [answerOf('a', 3), answerOf('b', 3), answerOf('c', 1)] as const;
const A = bytesOfAnswer(a);
const B = bytesOfAnswer(b);

describe('of readers that are behind', () => {
  test('all get their answers where these fit to the byte', async () => {
    expect(await lengths([a, b], A + B)).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });

  test('one whose answer is too long by an event gets the part that fits', async () => {
    expect(await lengths([a, b], A + B - 1_000)).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
  });

  test('one for whom there is no room at all comes again, and those behind it are served where they fit', async () => {
    const big = answerOf('big', 1);
    const small = { ...c, events: [], channel: 's' };

    expect(await lengths([a, big, small], A + bytesOfAnswer(small))).toEqual([
      ['a', 3],
      ['s', 0],
    ]);
  });

  test('the first gets one event, whatever its size', async () => {
    expect(await lengths([a, b], 10)).toEqual([['a', 1]]);
  });

  test('a lone one gets its answer whole', async () => {
    expect(await lengths([a], 10)).toEqual([['a', 3]]);
  });

  test('each is asked from its own place, with the limit', async () => {
    const asked: unknown[] = [];
    const sight = (answer: PollAnswer) => ({
      head: head(3),
      answer: async (...args: unknown[]) => {
        asked.push(args);
        return answer;
      },
    });
    const readers = [
      reader('a', { maxvid: 1 }, undefined, sight(a)),
      reader('b', {}, { maxvid: 2, seenAt: 0 }, sight(b)),
    ];

    await news(readers, 7, 1_000_000);

    expect(asked).toEqual([
      [1, 7, undefined],
      [2, 7, undefined],
    ]);
  });
});

describe('a reader', () => {
  const sight = { head: head(9), answer: async () => a };

  test.each([
    {
      what: 'where it says',
      seen: { maxvid: 4, epoch: 'e0' },
      kept: { maxvid: 2, epoch: 'e2' },
      after: 4,
      epoch: 'e0',
    },
    {
      what: 'where it says, in the life of the log',
      seen: { maxvid: 4 },
      kept: { maxvid: 2, epoch: 'e2' },
      after: 4,
      epoch: 'e1',
    },
    { what: 'where its cursor says', seen: {}, kept: { maxvid: 2, epoch: 'e2' }, after: 2, epoch: 'e2' },
    { what: 'at the head', seen: {}, kept: undefined, after: 9, epoch: 'e1' },
  ])('is placed $what', ({ seen, kept, after, epoch }) => {
    const cursor = kept && { ...kept, seenAt: 0 };

    expect(reader('doors', seen, cursor, sight)).toMatchObject({ after, epoch });
  });

  test('that has seen everything stays where it is, and is told when a newer poll ended this one', () => {
    const one = reader('doors', { maxvid: 9 }, undefined, sight);

    expect(atRest([one], false)).toEqual([
      { channel: 'doors', epoch: 'e1', events: [], maxvid: 9, missed: 0 },
    ]);
    expect(atRest([one], true)).toMatchObject([{ superseded: true }]);
  });
});

/** What a mark tells of events of a queue, and when it leaves the question open. */

import { describe, expect, test } from 'vitest';
import {
  markAfter,
  markOfText,
  type QueueMark,
  type QueuePlace,
  standingInQueue,
  textOfMark,
} from '../../../lib/log/queue-mark.ts';

const MARK: QueueMark = { queue: 'q', sequence: '1000', count: 3, at: 5_000 };
const place = (more: Partial<QueuePlace> = {}): QueuePlace => ({
  queue: 'q',
  sequence: '1000',
  index: 0,
  sentAt: 4_000,
  ...more,
});

describe('standingInQueue', () => {
  test.for<{ what: string; place: Partial<QueuePlace>; standing: string }>([
    { what: 'an earlier message', place: { sequence: '999', index: 7 }, standing: 'in' },
    { what: 'the last event that was taken', place: { index: 2 }, standing: 'in' },
    { what: 'the next event of that message', place: { index: 3 }, standing: 'new' },
    { what: 'a later message', place: { sequence: '1001' }, standing: 'new' },
    { what: 'a number with more digits', place: { sequence: '18849496460467696128' }, standing: 'new' },
    { what: 'zeros in front', place: { sequence: '00000000000000000999' }, standing: 'in' },
    { what: 'a message of another queue', place: { queue: 'r', sequence: '1' }, standing: 'open' },
    {
      what: 'an earlier number that was sent later',
      place: { sequence: '1', sentAt: 5_001 },
      standing: 'open',
    },
  ])('$what is $standing', ({ place: more, standing }) => {
    expect(standingInQueue(MARK, place(more))).toBe(standing);
  });

  test('without a mark everything is open', () => {
    expect(standingInQueue(undefined, place())).toBe('open');
  });
});

describe('markAfter', () => {
  const taken = (of: Partial<QueuePlace>, isNew = true) => ({ place: place(of), isNew });

  test('goes to the last event of the last message', () => {
    const events = [taken({ index: 3 }), taken({ sequence: '1001' }), taken({ sequence: '1001', index: 1 })];

    expect(markAfter(MARK, events, 9_000)).toEqual({ queue: 'q', sequence: '1001', count: 2, at: 9_000 });
  });

  test('stays where nothing came from the queue, or nothing that is new', () => {
    expect(markAfter(MARK, [{ place: undefined, isNew: true }], 9_000)).toBe(MARK);
    expect(markAfter(MARK, [taken({ sequence: '999' }, false)], 9_000)).toBe(MARK);
    expect(markAfter(undefined, [{ place: undefined, isNew: true }], 9_000)).toBeUndefined();
  });

  test('begins with the first messages, also with those whose ids were there', () => {
    expect(markAfter(undefined, [taken({ sequence: '7' }), taken({ sequence: '8' }, false)], 9_000)).toEqual({
      queue: 'q',
      sequence: '8',
      count: 1,
      at: 9_000,
    });
  });

  test('goes over to another queue', () => {
    expect(markAfter(MARK, [taken({ queue: 'r', sequence: '1' })], 9_000)).toMatchObject({ queue: 'r' });
  });

  test('is dropped when its queue counts anew', () => {
    expect(markAfter(MARK, [taken({ sequence: '1', sentAt: 6_000 })], 9_000)).toBeUndefined();
  });
});

test('is read as it was written, and not at all when another version wrote it', () => {
  expect(markOfText(textOfMark(MARK))).toEqual(MARK);
  for (const text of [undefined, '', '2 q 1000 3 5000', '1 q x 3 5000', `${textOfMark(MARK)} 1`])
    expect(markOfText(text)).toBeUndefined();
});

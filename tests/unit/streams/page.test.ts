/** One answer to a reader of a stream: what it holds, and where the next one begins. */

import { describe, expect, test } from 'vitest';
import type { Block, Mark } from '../../../lib/log/block.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { bodyOf, bytesPage, jsonPage } from '../../../lib/streams/page.ts';

const AT = { epoch: 'e1', at: '2026-01-01T00:00:00.000Z' };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A block of messages, or of bytes, at `first`; a mark takes a number too. */
function block(first: number, content: readonly unknown[] | string, mark?: Mark): Block {
  const entries = typeof content === 'string' ? [] : content.map((data, i) => ({ id: `${first + i}`, data }));
  return {
    ...AT,
    first,
    last: first + content.length - 1 + (mark ? 1 : 0),
    entries,
    ...(typeof content === 'string' ? { bytes: bytes(content) } : {}),
    ...(mark ? { mark } : {}),
  };
}
const textOf = (parts: readonly (string | Uint8Array)[]) => parts.map((part) => Buffer.from(part).toString());

describe('messages', () => {
  test('come after the place, as JSON, up to the last that is at hand', () => {
    expect(jsonPage([block(1, ['a', { b: 1 }]), block(3, [null])], 1)).toEqual({
      parts: ['{"b":1}', 'null'],
      next: 3,
      isLast: false,
      isDeleted: false,
      missed: 0,
    });
  });

  test('that are not kept any more are counted', () => {
    expect(jsonPage([block(5, ['a'])], 1)).toMatchObject({ missed: 3, next: 5 });
  });

  test('are none where nothing is at hand: the reader stays where it is', () => {
    expect(jsonPage([], 7)).toMatchObject({ parts: [], next: 7, missed: 0, isLast: false });
  });

  test('are cut before they pass an answer, but for the first', () => {
    const large = 'x'.repeat(LIMITS.answerBytes / 2 - 3);
    const page = jsonPage([block(1, [large, large]), block(3, ['more'])], 0);

    expect(page).toMatchObject({ next: 2, isLast: false });
    expect(page.parts).toHaveLength(2);
    expect(jsonPage([block(1, ['x'.repeat(LIMITS.answerBytes), 1])], 0)).toMatchObject({ next: 1 });
  });
});

describe('bytes', () => {
  test('come after the place', () => {
    const page = bytesPage([block(1, 'abc'), block(4, 'de')], 2);

    expect([textOf(page.parts), page.next, page.missed]).toEqual([['c', 'de'], 5, 0]);
  });

  test('are cut where an answer is full, in the middle of a block too', () => {
    const page = bytesPage(
      [block(1, 'x'.repeat(LIMITS.answerBytes - 2)), block(LIMITS.answerBytes - 1, 'abc', 'closed')],
      0,
    );

    expect(textOf(page.parts).at(-1)).toBe('ab');
    expect(page).toMatchObject({ next: LIMITS.answerBytes, isLast: false });
  });

  test('go on from where they were cut', () => {
    const first = bytesPage([block(1, 'x'.repeat(LIMITS.answerBytes + 5))], 3);
    const second = bytesPage([block(1, 'x'.repeat(LIMITS.answerBytes + 5))], first.next);

    expect(first.next).toBe(LIMITS.answerBytes + 3);
    expect([textOf(second.parts), second.next]).toEqual([['xx'], LIMITS.answerBytes + 5]);
  });
});

describe('the end of a stream', () => {
  test.each([
    { mark: 'closed' as const, isLast: true, isDeleted: false },
    { mark: 'deleted' as const, isLast: false, isDeleted: true },
  ])(
    "that is $mark is told with the last that it holds, and its number is nobody's place",
    ({ mark, isLast, isDeleted }) => {
      expect(jsonPage([block(1, ['a'], mark)], 0)).toMatchObject({ next: 1, isLast, isDeleted });
      expect(bytesPage([block(1, 'ab', mark)], 0)).toMatchObject({ next: 2, isLast, isDeleted });
    },
  );
});

test('a page is one body: an array of JSON, or the bytes', () => {
  expect(Buffer.from(bodyOf(jsonPage([block(1, [1, 'a'])], 0), true)).toString()).toBe('[1,"a"]');
  expect(Buffer.from(bodyOf(jsonPage([], 0), true)).toString()).toBe('[]');
  expect(Buffer.from(bodyOf(bytesPage([block(1, 'ab'), block(3, 'c')], 0), false)).toString()).toBe('abc');
});

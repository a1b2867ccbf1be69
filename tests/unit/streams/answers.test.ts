/** Pages, events and cursors: what answers to readers are made of. */

import { describe, expect, test } from 'vitest';
import { incompleteBytes, textOf } from '../../../lib/http/durable-streams/sse-text.ts';
import { type Block, newEvent } from '../../../lib/log/block.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { nextCursor } from '../../../lib/streams/cursor.ts';
import { bytesPage, jsonPage } from '../../../lib/streams/page.ts';

const at = '2026-01-01T00:00:00.000Z';
const json = (first: number, ...data: readonly unknown[]): Block => {
  const entries = data.map((each) => newEvent('id', each));
  return { first, last: first + data.length - 1, epoch: 'e', at, entries };
};
const bytes = (first: number, length: number): Block => {
  const held = Uint8Array.from({ length }, (_, i) => (first + i) % 256);
  return { first, last: first + length - 1, epoch: 'e', at, entries: [], bytes: held };
};
const mark = (first: number, kind: 'closed' | 'deleted'): Block => {
  return { first, last: first, epoch: 'e', at, entries: [], mark: kind };
};

describe('a page of messages', () => {
  test('begins in the middle of a block', () => {
    expect(jsonPage([json(1, 'a', 'b', 'c'), json(4, 'd')], 2)).toMatchObject({
      parts: ['"c"', '"d"'],
      next: 4,
      missed: 0,
    });
  });

  test('ends before it is larger than an answer, but has one message', () => {
    const large = 'x'.repeat(LIMITS.answerBytes);

    expect(jsonPage([json(1, large, 'b')], 0)).toMatchObject({ parts: [JSON.stringify(large)], next: 1 });
  });

  test('says how many are not kept any more', () => {
    expect(jsonPage([json(6, 'f')], 2)).toMatchObject({ next: 6, missed: 3 });
  });

  test('leaves a mark out of its end', () => {
    expect(jsonPage([json(1, 'a'), mark(2, 'closed')], 0)).toMatchObject({ next: 1, isLast: true });
    expect(jsonPage([{ ...json(1, 'a'), last: 2, mark: 'closed' }], 1)).toMatchObject({
      parts: [],
      next: 1,
      isLast: true,
    });
    expect(jsonPage([mark(2, 'deleted')], 1)).toMatchObject({ isDeleted: true });
  });

  test('goes on after numbers that were passed over', () => {
    expect(jsonPage([json(1, 'a'), { ...json(2), last: 9 }], 0)).toMatchObject({ parts: ['"a"'], next: 9 });
  });
});

describe('a page of bytes', () => {
  test('is cut within a block, and goes on there', () => {
    const blocks = [bytes(1, LIMITS.answerBytes - 10), bytes(LIMITS.answerBytes - 9, 100)];

    const page = bytesPage(blocks, 0);

    expect(page.next).toBe(LIMITS.answerBytes);
    expect(bytesPage(blocks.slice(1), page.next)).toMatchObject({ next: LIMITS.answerBytes + 90, missed: 0 });
  });

  test('is never larger than an answer, wherever it begins', () => {
    const block = bytes(1, 3 * LIMITS.answerBytes);
    for (let after = 0; after < block.last; ) {
      const { parts, next } = bytesPage([block], after);
      const length = (parts as readonly Uint8Array[]).reduce((sum, part) => sum + part.byteLength, 0);
      expect([length, next - after]).toEqual([length, length]);
      expect(length).toBeLessThanOrEqual(LIMITS.answerBytes);
      expect(length).toBeGreaterThan(0);
      after = next;
    }
  });
});

describe('a data event', () => {
  test.each([
    ['one line', 'a', 'event: data\ndata:a\n\n'],
    ['every kind of line end', 'a\r\nb\rc\nd', 'event: data\ndata:a\ndata:b\ndata:c\ndata:d\n\n'],
    ['a space in front, which readers take away', ' a', 'event: data\ndata:  a\n\n'],
    ['no line end of other alphabets', 'a\u2028b\u0085c', 'event: data\ndata:a\u2028b\u0085c\n\n'],
  ])('holds %s', (_, text, event) => {
    expect(textOf(text)).toBe(event);
  });

  test.each([
    ['', 0],
    ['a', 0],
    ['ü', 0],
    ['🚪', 0],
  ])('nothing of %j is held back', (text, count) => {
    expect(incompleteBytes(Buffer.from(text))).toBe(count);
  });

  test('the beginning of a character is held back until the rest comes', () => {
    for (const character of ['ü', '€', '🚪']) {
      const whole = Buffer.from(`a${character}`);
      for (let cut = 2; cut < whole.byteLength; cut++)
        expect(incompleteBytes(whole.subarray(0, cut))).toBe(cut - 1);
    }
  });

  test('what is no text is not held back for good', () => {
    expect(incompleteBytes(Uint8Array.of(0x80, 0x80, 0x80, 0x80))).toBe(0);
  });
});

describe('a cursor', () => {
  const clock = { now: () => Date.UTC(2024, 9, 9) + 100 * 20_000 + 7 };
  const of = (sent: string | undefined, fraction = 0) =>
    Number(nextCursor(sent, { clock, random: { fraction: () => fraction } }));

  test('counts intervals of 20 s', () => {
    for (const sent of [undefined, '99', '', 'x', '-1', '9'.repeat(40)]) expect(of(sent)).toBe(100);
  });

  test.each([100, 101, 5_000])('goes on from a client that has %i', (sent) => {
    for (const fraction of [0, 0.5, 0.999]) {
      expect(of(String(sent), fraction)).toBeGreaterThan(sent);
      expect(of(String(sent), fraction)).toBeLessThanOrEqual(sent + 180);
    }
  });
});

/** What travels through a mailbox. */

import { describe, expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../../lib/log/block.ts';
import type { NewBlock } from '../../../lib/log/ports.ts';
import { parseDoorbell, ringText, supersedeText } from '../../../lib/wakeup/doorbell.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';

const KIB = 1024;
const AT = '2026-01-01T00:00:00.000Z';
const RING = { kind: 'ring', channel: 'doors', nonce: 'n1', epoch: 'e1', first: 7, last: 8 };
const ENTRIES = [
  { id: 'a', data: 1 },
  { id: 'b', data: 2 },
];

const blockOf = (...drafts: readonly NewEvent[]): NewBlock => newBlock(7, drafts, { at: AT });

/** A block whose ring, with the block in it, has so many bytes. */
function blockOfSize(bytes: number, letter: string): NewBlock {
  const empty = Buffer.byteLength(ringText('doors', blockOf(newEvent('a', '')))('n1'));
  const letters = (bytes - empty) / Buffer.byteLength(letter);
  return blockOf(
    newEvent(
      'a',
      letter.repeat(Math.floor(letters)) + 'x'.repeat((bytes - empty) % Buffer.byteLength(letter)),
    ),
  );
}

describe('a ring', () => {
  test('arrives as it was sent, with the block in it', () => {
    const text = ringText(
      'doors',
      blockOf(newEvent('a', { text: 'Tür „Süd“ 🚪' }), newEvent('"b"', null)),
    )('n1');

    const ring = parseDoorbell(text);

    const entries = [
      { id: 'a', data: { text: 'Tür „Süd“ 🚪' } },
      { id: '"b"', data: null },
    ];
    expect(ring).toEqual({
      ...RING,
      block: { first: 7, last: 8, epoch: 'e1', at: AT, entries },
    });
  });

  test.each(['x', 'ü'])('carries the block up to 64 KiB of UTF-8, made of %s', (letter) => {
    const text = ringText('doors', blockOfSize(64 * KIB, letter))('n1');

    expect(Buffer.byteLength(text)).toBe(64 * KIB);
    expect(parseDoorbell(text)).toHaveProperty('block');
  });

  test.each(['x', 'ü'])('leaves the block out beyond 64 KiB, made of %s', (letter) => {
    const text = ringText('doors', blockOfSize(64 * KIB + 1, letter))('n1');

    expect(parseDoorbell(text)).toEqual({ ...RING, last: 7 });
    expect(Buffer.byteLength(text)).toBeLessThan(KIB);
  });

  // SQS takes U+FFFE and U+FFFF from no message; some emulators take no surrogate pair either.
  test.each([
    { what: 'U+FFFF', data: 'before \uffff after' },
    { what: 'U+FFFE', data: ['\ufffe'] },
    { what: 'a character outside the basic plane', data: { door: '🚪' } },
    { what: 'half a surrogate pair', data: '\ud83d' },
    { what: 'a null character', data: '\u0000' },
  ])('holds only characters that a queue takes when the data holds $what', ({ data }) => {
    const text = ringText('doors', blockOf(newEvent('a', data)))('n1');

    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a queue refuses
    expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/);
    expect(parseDoorbell(text)).toHaveProperty('block.entries', [{ id: 'a', data }]);
  });
});

test('a supersede arrives as it was sent', () => {
  expect(parseDoorbell(supersedeText('n1'))).toEqual({ kind: 'supersede', nonce: 'n1' });
});

describe('parseDoorbell', () => {
  test.each([
    ['no text', ''],
    ['no JSON', 'ring!'],
    ['broken JSON', '{"kind":"ring"'],
    ['null', 'null'],
    ['an array', '[]'],
    ['text', '"ring"'],
    ['an empty object', '{}'],
    ['another kind', '{"kind":"bark","nonce":"n1"}'],
    ['a supersede without a nonce', '{"kind":"supersede"}'],
    ['a supersede with a number', '{"kind":"supersede","nonce":1}'],
    ...['channel', 'nonce', 'epoch', 'first', 'last'].map((name) => [
      `a ring without ${name}`,
      JSON.stringify({ ...RING, [name]: undefined }),
    ]),
    ['a ring with vid 0', JSON.stringify({ ...RING, first: 0 })],
    ['a ring with half a vid', JSON.stringify({ ...RING, first: 1.5 })],
    ['a ring with a vid that is no safe integer', JSON.stringify({ ...RING, last: 2 ** 53 })],
    ['a ring with a vid in quotes', JSON.stringify({ ...RING, last: '8' })],
    ['a ring with entries that are none', JSON.stringify({ ...RING, at: AT, entries: [{ data: 1 }] })],
  ])('refuses %s', (_, text = '') => {
    expect(parseDoorbell(text)).toBeUndefined();
  });

  test.each([
    { what: 'fewer', entries: ENTRIES.slice(0, 1), at: AT },
    { what: 'more', entries: [...ENTRIES, ...ENTRIES], at: AT },
    { what: 'no', entries: [], at: AT },
    { what: 'timeless', entries: ENTRIES, at: undefined },
  ])('takes a ring with $what entries as one without its block', ({ entries, at }) => {
    const text = JSON.stringify({ ...RING, at, entries });

    expect(parseDoorbell(text)).toEqual(RING);
  });

  test('passes over members that it does not know', () => {
    expect(parseDoorbell(JSON.stringify({ ...RING, colour: 'red' }))).toEqual(RING);
  });
});

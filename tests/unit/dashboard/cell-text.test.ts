/** Values as one line of text. */
import { describe, expect, test } from 'vitest';
import {
  CELL_CHARACTERS,
  jsonText,
  pairsText,
  valueText,
  visible,
} from '../../../dashboard/model/cell-text.ts';

describe('a value', () => {
  test.each([
    ['open', 'open'],
    [7, '7'],
    ['7', '"7"'],
    ['true', '"true"'],
    ['', '""'],
    [' ', '" "'],
    ['{"a"', '"{\\"a\\""'],
    [null, 'null'],
    [{ a: [1] }, '{"a":[1]}'],
    ['04A2F19C', '04A2F19C'],
    ['2026-01-01', '2026-01-01'],
  ])('%j is shown as %s: nothing looks like what it is not', (value, text) => {
    expect(valueText(value)).toBe(text);
  });

  test('shows characters that are not seen and turn what is around them', () => {
    expect(valueText('04A2\u202e2A40')).toBe('04A2\\u202e2A40');
    expect(valueText('a\nb\u0000')).toBe('a\\nb\\u0000');
    expect(visible('שלום, مرحبا 👩‍🚒')).toBe('שלום, مرحبا 👩‍🚒');
  });

  test('is cut where it is long', () => {
    for (const value of ['x'.repeat(250_000), ['x'.repeat(250_000)]]) {
      expect(valueText(value).length).toBe(CELL_CHARACTERS + 1);
      expect(jsonText(value).endsWith('…')).toBe(true);
    }
  });

  test('may be nested as deep as the protocol allows', () => {
    const deep: unknown = JSON.parse('['.repeat(100) + ']'.repeat(100));

    expect(valueText(deep)).toBe('['.repeat(100) + ']'.repeat(100));
  });
});

test('data of many keys is as many pairs as there is room for', () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key${i}`, i]));

  expect(pairsText({ doorno: 3, ynopen: 'Y' })).toEqual([
    ['doorno', '3'],
    ['ynopen', 'Y'],
  ]);
  expect(pairsText([1])).toEqual([['', '[1]']]);
  expect(pairsText(many).length).toBeLessThan(100);
  expect(pairsText(many).at(-1)).toEqual(['', '…']);
});

/** Which events a filter chooses. */
import { expect, test } from 'vitest';
import { filterOf } from '../../../dashboard/model/filter.ts';
import type { EventRow } from '../../../dashboard/model/rows.ts';

const row: EventRow = {
  kind: 'event',
  seq: 1,
  vid: 42,
  id: 'badge-77',
  at: '2026-01-01T00:00:00.000Z',
  json: JSON.stringify({ doorno: 12, ynopen: 'N', place: 'North gate', 'a b': null }),
};

test.each([
  ['north', true],
  ['north 12', true],
  ['north south', false],
  ['"north gate"', true],
  ['"gate north"', false],
  ['-south', true],
  ['-north', false],
  ['doorno:12', true],
  ['doorno:2', true],
  ['doorno:13', false],
  ['ynopen:n -doorno:7', true],
  ['place:"north gate"', true],
  ['north:12', false],
  ['constructor:native', false],
  ['badge-77', true],
  ['42', true],
  ['-', true],
  ['"', true],
])('%s: %s', (text, chosen) => {
  expect(filterOf(text)?.(row) ?? true).toBe(chosen);
});

test('a text without a word chooses everything', () => {
  expect(filterOf('  ')).toBeUndefined();
});

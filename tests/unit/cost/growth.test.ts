/** docs/evidence/units.md says what is metered, and what is metered does not grow with the length of a channel. */

import { beforeAll, expect, test } from 'vitest';
import {
  blocksTable,
  idsTable,
  lengthTable,
  readersTable,
  statesTable,
} from '../../../bench/cost/growth-tables.ts';
import { sectionOf } from '../../support/repo/documents.ts';

const DOCUMENT = 'docs/evidence/units.md';

let length: string;
beforeAll(async () => {
  length = await lengthTable();
}, 60_000);

test('docs/evidence/units.md says what each operation is billed as (node bench/cost/growth.ts --write)', async () => {
  expect(sectionOf(DOCUMENT, 'blocks')).toBe(await blocksTable());
  expect(sectionOf(DOCUMENT, 'length')).toBe(length);
  expect(sectionOf(DOCUMENT, 'readers')).toBe(await readersTable());
  expect(sectionOf(DOCUMENT, 'states')).toBe(await statesTable());
  // The rates above take some 10 s of CPU.
  for (const line of (await idsTable([1, 10])).split('\n'))
    expect(sectionOf(DOCUMENT, 'ids')).toContain(line);
}, 60_000);

test('pages cost the same, however long the channel is', () => {
  const rows = length.split('\n').map((line) => line.split(' | '));

  const costs = (events: string) => rows.filter((row) => row[1] === events).map((row) => row.slice(2));

  expect(costs('500')).toHaveLength(2);
  expect(costs('500')).toEqual(costs('5,000'));
});

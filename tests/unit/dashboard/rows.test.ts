/** What the table keeps and shows. */
import { describe, expect, test } from 'vitest';
import { filterOf } from '../../../dashboard/model/filter.ts';
import { BOUNDS, Rows } from '../../../dashboard/model/rows.ts';

const add = (rows: Rows, vid: number, data: unknown = vid) =>
  rows.addEvent({ vid, id: `id-${vid}`, at: '2026-01-01T00:00:00.000Z', data });
const shown = (rows: Rows) =>
  Array.from({ length: rows.length }, (_, i) => {
    const row = rows.at(i);
    return row?.kind === 'event' ? row.vid : row?.text;
  });
const filled = (count: number, bounds = BOUNDS) => {
  const rows = new Rows(bounds);
  for (let vid = 1; vid <= count; vid++) add(rows, vid);
  return rows;
};

describe('the rows', () => {
  test('are shown newest first, notices between the events before and after them', () => {
    const rows = filled(1);
    rows.addNotice('2 are gone');
    add(rows, 4);

    expect(shown(rows)).toEqual([4, '2 are gone', 1]);
  });

  test('are bounded in number', () => {
    const rows = filled(BOUNDS.rows + 2_500);

    expect(rows.kept).toBe(BOUNDS.rows);
    expect(rows.length).toBe(BOUNDS.rows);
    expect(rows.at(BOUNDS.rows - 1)).toMatchObject({ vid: 2_501 });
  });

  test('are bounded in size, but the newest stays however large it is', () => {
    const rows = new Rows({ rows: 100, characters: 1_000 });
    for (let vid = 1; vid <= 10; vid++) add(rows, vid, 'x'.repeat(400));

    expect(shown(rows)).toEqual([10, 9]);
    add(rows, 11, 'x'.repeat(5_000));
    expect(shown(rows)).toEqual([11]);
  });

  test('are what a filter chooses, also of what comes and goes later', () => {
    const rows = new Rows({ rows: 4, characters: 1_000 });
    rows.filter(filterOf('even'));
    for (let vid = 1; vid <= 7; vid++) add(rows, vid, vid % 2 ? 'odd' : 'even');
    rows.addNotice('not an event');

    expect(shown(rows)).toEqual([6]);
    rows.filter(undefined);
    expect(shown(rows)).toEqual(['not an event', 7, 6, 5]);
  });

  test('stand still in a pause, which keeps what comes for later', () => {
    const rows = filled(3, { rows: 4, characters: 1_000 });
    rows.pause();
    for (let vid = 4; vid <= 9; vid++) add(rows, vid);

    expect(shown(rows)).toEqual([3, 2, 1]);
    expect(rows.waiting).toBe(6);
    rows.filter(filterOf('id-2'));
    expect(shown(rows)).toEqual([2]);
    rows.filter(undefined);
    rows.resume();
    expect(shown(rows)).toEqual([9, 8, 7, 6]);
  });

  test('are copied as they are shown, one event a line, oldest first', () => {
    const rows = filled(1);
    rows.addNotice('nothing to copy');
    add(rows, 2, { text: 'two\nlines', '"': null });

    const { text, count } = rows.toNdjson();

    expect(count).toBe(2);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { vid: 1, id: 'id-1', at: '2026-01-01T00:00:00.000Z', data: 1 },
      { vid: 2, id: 'id-2', at: '2026-01-01T00:00:00.000Z', data: { text: 'two\nlines', '"': null } },
    ]);
  });
});

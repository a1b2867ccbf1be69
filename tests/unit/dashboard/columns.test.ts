/** Columns made of the data's own keys. */
import { describe, expect, test } from 'vitest';
import { Columns, MOST_COLUMNS, restOf } from '../../../dashboard/model/columns.ts';

const seen = (...data: unknown[]) => {
  const columns = new Columns();
  for (const one of data) columns.see(one);
  return columns;
};
const keys = (columns: Columns) => columns.list.map(({ key }) => key);
const wide = (count: number, name = 'k') =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, i]));

describe('the columns', () => {
  test('are the keys of the data in the order of their appearance', () => {
    const columns = seen({ doorno: 3, ynopen: 'Y' }, { rfsim: '04A2', doorno: 1 });

    expect(keys(columns)).toEqual(['doorno', 'ynopen', 'rfsim']);
    expect(columns.list.map(({ numeric }) => numeric)).toEqual([true, false, false]);
  });

  test('stay the same array while nothing changes, so that nothing is drawn anew', () => {
    const columns = seen({ a: 1 });
    const { list } = columns;

    columns.see({ a: 'much longer than it was' });

    expect(columns.list).toBe(list);
  });

  test.each([['a text'], [[1, 2]], [null], [{}]])('are one for data that has no keys: %j', (data) => {
    expect(keys(seen(data))).toEqual([undefined]);
  });

  test('are at most twelve; what has none is the rest', () => {
    const columns = seen(wide(14));

    expect(columns.list.length).toBe(MOST_COLUMNS);
    expect(columns.rest).toBe(true);
    expect(restOf(wide(14), columns.list)).toEqual({ k12: 12, k13: 13 });
    expect(restOf({ k0: 0 }, columns.list)).toBeUndefined();
    expect(restOf(['no', 'keys'], columns.list)).toEqual(['no', 'keys']);
    expect(restOf(['no', 'keys'], seen('a text').list)).toBeUndefined();
  });

  test('go to other keys when nothing has used them for long', () => {
    const columns = seen(wide(12, 'old'));
    for (let i = 0; i < 500; i++) columns.see({ fresh: i });
    expect(keys(columns)).not.toContain('fresh');

    for (let i = 0; i < 600; i++) columns.see({ fresh: i });

    expect(keys(columns)).toContain('fresh');
    expect(columns.list.length).toBe(MOST_COLUMNS);
  });

  test('are not confused by keys that mean something to JavaScript', () => {
    const data: unknown = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toString": 3}');
    const columns = seen(data);

    expect(keys(columns)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(restOf(data, [])).toEqual(data);
  });

  test('are found in data of thousands of keys without looking at all of them', () => {
    const columns = seen(wide(5_000));

    expect(columns.list.length).toBe(MOST_COLUMNS);
    expect(Object.keys(restOf(wide(5_000), columns.list) ?? {}).length).toBe(64);
  });
});

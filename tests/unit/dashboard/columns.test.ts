/** Columns made of the data's own keys. */
import { describe, expect, test } from 'vitest';
import { Columns, inOrder, MOST_COLUMNS, restOf } from '../../../dashboard/model/columns.ts';

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

  test.each([['a text'], [[1, 2]], [null], [{}]])('are none for data that has no keys: %j', (data) => {
    const columns = seen(data);

    expect(keys(columns)).toEqual([]);
    expect(columns.fits(data)).toBe(false);
  });

  test('are at most twelve; what has none is the rest', () => {
    const columns = seen(wide(14));

    expect(columns.list.length).toBe(MOST_COLUMNS);
    expect(columns.rest).toBe(true);
    expect(restOf(wide(14), columns.list)).toEqual({ k12: 12, k13: 13 });
    expect(restOf({ k0: 0 }, columns.list)).toBeUndefined();
    expect(restOf(['no', 'keys'], columns.list)).toEqual(['no', 'keys']);
  });

  test('are of the shape that most events have, and not of the first event', () => {
    const columns = seen({ hello: 'world' });
    for (let i = 0; i < 20; i++) columns.see({ doorno: i, ynopen: 'Y' });

    expect(keys(columns)).toEqual(['doorno', 'ynopen']);
  });

  test('stay while two shapes are equally common', () => {
    const columns = seen({ order: 1, total: 2 });
    const { list } = columns;
    for (let i = 0; i < 2_000; i++)
      columns.see(i % 2 ? { order: i, total: i } : { type: 'beat', node: 'n1' });

    expect(columns.list).toBe(list);
  });

  test('go to another shape when it has been the common one for long', () => {
    const columns = seen();
    for (let i = 0; i < 2_000; i++) columns.see({ order: i, total: i });
    for (let i = 0; i < 1_000; i++) columns.see({ type: 'beat', node: i });

    expect(keys(columns)).toEqual(['type', 'node']);
  });

  test.each([
    ['all of its members', { a: 1, b: 2 }, true],
    ['half of the columns', { a: 1, b: 2, x: 1, y: 2, z: 3 }, true],
    ['half of its own members', { a: 1, x: 2 }, true],
    ['one of many', { a: 1, x: 1, y: 2, z: 3 }, false],
    ['none', { x: 1 }, false],
  ])('hold data with %s in them, and no row is blank', (_, data, fits) => {
    expect(seen({ a: 1, b: 2, c: 3, d: 4 }).fits(data)).toBe(fits);
  });

  test('are what somebody chose, in that order, until the data decides again', () => {
    const columns = seen({ a: 1, b: 2, c: 3 });
    columns.choose(['c', 'never seen', 'a']);
    columns.see({ d: 4, e: 5 });

    expect(keys(columns)).toEqual(['c', 'never seen', 'a']);
    expect(columns.keys).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(columns.rest).toBe(false);
    expect([columns.fits({ a: 1, x: 1, y: 2, z: 3 }), columns.fits({ b: 2 })]).toEqual([true, false]);
    columns.choose(undefined);
    expect(keys(columns)).toEqual(['a', 'b', 'c']);
  });

  test('say which members stand in one cell on a phone, and in which order', () => {
    const columns = seen({ a: 1, b: 2, c: 3 });
    columns.choose(['c', 'a']);

    expect(JSON.stringify(inOrder({ a: 1, b: 2, c: 3 }, columns.list))).toBe('{"c":3,"a":1}');
    expect(inOrder({ other: 1 }, columns.list)).toEqual({ other: 1 });
    expect(inOrder('a text', columns.list)).toBe('a text');
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

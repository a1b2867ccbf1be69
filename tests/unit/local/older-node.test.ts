/** What the packages bring for Node 20 does what newer releases do. */

import { afterAll, beforeAll, expect, test } from 'vitest';

const own = { withResolvers: Promise.withResolvers, groupBy: Map.groupBy, parse: URL.parse };

beforeAll(async () => {
  for (const [of, name] of [
    [Promise, 'withResolvers'],
    [Map, 'groupBy'],
    [URL, 'parse'],
  ] as const)
    Object.assign(of, { [name]: undefined });
  await import('../../../local/bundle/older-node.ts');
});

afterAll(() => {
  Promise.withResolvers = own.withResolvers;
  Map.groupBy = own.groupBy;
  URL.parse = own.parse;
});

test('a promise is settled from outside', async () => {
  const [kept, broken] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  expect(Promise.withResolvers).not.toBe(own.withResolvers);

  kept.resolve(1);
  broken.reject(new Error('no'));

  expect(await kept.promise).toBe(1);
  await expect(broken.promise).rejects.toThrow('no');
});

test('items are grouped in the order in which they come', () => {
  expect([...Map.groupBy([1, 2, 3], (n) => n % 2)]).toEqual([
    [1, [1, 3]],
    [0, [2]],
  ]);
});

test('an address is read, and what is none gives null', () => {
  expect(URL.parse('/a', 'http://x.example')?.href).toBe('http://x.example/a');
  expect(URL.parse('no address')).toBeNull();
});

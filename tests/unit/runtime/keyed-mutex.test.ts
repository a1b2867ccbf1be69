/** What concerns one thing is done one after the other; what concerns others is not held up. */

import { expect, test } from 'vitest';
import { KeyedMutex } from '../../../lib/runtime/keyed-mutex.ts';
import { settle } from '../../support/time/clock.ts';

/** Work that goes on until it is told to end. */
function setUp() {
  const mutex = new KeyedMutex();
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const start = (key: string, name: string) =>
    mutex.do(key, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, { resolve, reject });
      });
    });
  const end = async (name: string) => {
    ends.get(name)?.resolve(name);
    await settle();
  };
  const fail = async (name: string) => {
    ends.get(name)?.reject(new Error(name));
    await settle();
  };
  return { mutex, begun, start, end, fail };
}

test('work on one key is begun in the order asked, each when the one before has ended', async () => {
  const { begun, start, end } = setUp();
  const all = ['a', 'b', 'c'].map((name) => start('key', name));
  await settle();

  expect(begun).toEqual(['a']);
  await end('a');
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  await end('c');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
});

test('the first work on a key begins at once', () => {
  const { begun, start } = setUp();
  void start('key', 'a');

  expect(begun).toEqual(['a']);
});

test('work on another key does not wait', async () => {
  const { begun, start } = setUp();
  void start('one', 'a');
  void start('other', 'b');
  await settle();

  expect(begun).toEqual(['a', 'b']);
});

test('what fails is told to whoever asked for it, and the next goes on', async () => {
  const { begun, start, end, fail } = setUp();
  const first = expect(start('key', 'a')).rejects.toThrow('a');
  const second = start('key', 'b');
  await fail('a');
  await first;

  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(await second).toBe('b');
});

test('a key whose work has ended begins the next at once, and one whose work goes on does not', async () => {
  const { begun, start, end } = setUp();
  void start('key', 'a');
  void start('key', 'b');
  await end('a');
  void start('key', 'c');
  await settle();
  expect(begun).toEqual(['a', 'b']);

  await end('b');
  await end('c');
  void start('key', 'd');

  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

test('a keyed mutex is idle when everything that was asked for has ended, also what failed', async () => {
  const { mutex, start, end, fail } = setUp();
  void start('one', 'a');
  start('other', 'b').catch(() => undefined);
  let idle = false;
  const waiting = mutex.idle().then(() => {
    idle = true;
  });
  await fail('b');
  expect(idle).toBe(false);

  await end('a');
  await waiting;

  expect(idle).toBe(true);
});

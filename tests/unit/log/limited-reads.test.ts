/** A log that is read by few at a time. */

import { expect, test } from 'vitest';
import type { EventLog } from '../../../lib/log/ports.ts';
import { readByFew } from '../../../lib/log/read/limited-reads.ts';
import { range } from '../../support/http/http.ts';
import { settle } from '../../support/time/clock.ts';

function setUp(most: number) {
  const begun: number[] = [];
  const ends: Array<(error?: Error) => void> = [];
  const read: EventLog['read'] = (_channel, after) => {
    begun.push(after);
    return new Promise((resolve, reject) => {
      ends.push((error) => (error ? reject(error) : resolve([])));
    });
  };
  const log = readByFew({ read } as EventLog, most);
  return { begun, ends, log };
}

test('no more reads are under way than may be, and they begin in the order in which they were asked for', async () => {
  const { begun, ends, log } = setUp(2);
  const reads = range(1, 5).map((after) => log.read('doors', after, 1));
  await settle();
  expect(begun).toEqual([1, 2]);

  ends[1]?.();
  await settle();
  expect(begun).toEqual([1, 2, 3]);

  for (const _ of range(1, 5)) {
    for (const end of ends) end();
    await settle();
  }
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  await Promise.all(reads);
});

test('a read that fails gives its place to the next, and is told so alone', async () => {
  const { begun, ends, log } = setUp(1);
  const failed = log.read('doors', 1, 1);
  const next = log.read('doors', 2, 1);
  await settle();
  ends[0]?.(new Error('nobody is there'));

  await expect(failed).rejects.toThrow('nobody is there');
  await settle();
  expect(begun).toEqual([1, 2]);
  ends[1]?.();
  expect(await next).toEqual([]);
});

/** The list of channels: page by page, what the caller may read and no hint of anything else. */

import { expect, test } from 'vitest';
import { listChannels } from '../../../lib/channels/channels.ts';
import { CHANNEL_PATTERN } from '../../../lib/protocol/doorbell.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';

async function world(...names: readonly string[]) {
  const log = new MemoryLog();
  for (const name of names) await log.begin(name, { epoch: 'e', highWaterMark: 1000 });
  const calls = new Calls();
  const directory = counting(log, calls);
  const page = (read: readonly string[], limit: number, after?: string) =>
    listChannels({ directory }, { read, write: [] }, { after, limit });
  /** All pages, and what each said of the next. */
  const pages = async (read: readonly string[], limit: number) => {
    const names: string[] = [];
    const nexts: string[] = [];
    for (let after: string | undefined, i = 0; i < 100; i++) {
      const { channels, next } = await page(read, limit, after);
      expect(channels.length).toBeLessThanOrEqual(limit);
      names.push(...channels.map(({ channel }) => channel));
      if (next === null) return { names, nexts };
      nexts.push(next);
      after = next;
    }
    throw new Error('the pages do not end');
  };
  return { calls, page, pages };
}

test('the list of channels is empty for a caller that may read nothing', async () => {
  const { page } = await world('doors');

  expect(await page([], 10)).toEqual({ channels: [], next: null });
});

test.each([1, 2, 3, 4, 5])('the list of channels is whole in pages of %i', async (limit) => {
  const { pages } = await world('d', 'b', 'a', 'c');

  expect((await pages(['*'], limit)).names).toEqual(['a', 'b', 'c', 'd']);
});

test('the list of channels has what the grants cover, once, and where it goes on tells of nothing else', async () => {
  const { pages } = await world('alerts', 'doors', 'doors.1', 'doors.2', 'doors.secret', 'host', 'house');

  const { names, nexts } = await pages(['host', 'doors.*', 'doors.1', 'nowhere'], 2);

  expect(names).toEqual(['doors.1', 'doors.2', 'doors.secret', 'host']);
  for (const next of nexts) expect(names).toContain(next);
});

test('the list of channels looks no further once the page is full', async () => {
  const { calls, page } = await world('a', 'b', 'c');

  expect(await page(['a', 'b', 'c'], 2)).toEqual({
    channels: [{ channel: 'a' }, { channel: 'b' }],
    next: 'b',
  });
  expect(calls.all.channels).toBe(2);
});

test('the list of channels for a token with as many grants as are looked through at once is whole in one page', async () => {
  const grants = Array.from({ length: 25 }, (_, i) => `c${String(i).padStart(2, '0')}`);
  const { page } = await world('c00');

  expect(await page(grants, 10)).toEqual({ channels: [{ channel: 'c00' }], next: null });
});

test('the list of channels for a token with very many grants comes in more pages, each after a bounded number of looks', async () => {
  const granted = Array.from({ length: 60 }, (_, i) => `c${String(i).padStart(2, '0')}`);
  const { calls, page, pages } = await world('c00', 'c59', 'd.1', 'e');
  const grants = [...granted, 'd.*'];

  expect(await page(grants, 10)).toEqual({ channels: [{ channel: 'c00' }], next: 'c24' });
  expect(calls.all.channels).toBe(25);
  expect((await pages(grants, 10)).names).toEqual(['c00', 'c59', 'd.1']);
});

test('the list of channels goes on from a prefix that was looked through with a name that may be sent', async () => {
  const grants = Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(97 + i)}.*`);
  const { page, pages } = await world('a.1', 'z.1');

  const { next } = await page(grants, 10);

  expect(next).toMatch(CHANNEL_PATTERN);
  expect((await pages(grants, 10)).names).toEqual(['a.1', 'z.1']);
});

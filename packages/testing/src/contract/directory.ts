/** The contract of `Directory`. It may lag behind, so that a test waits for what it has put there. */

import { expect, test, vi } from 'vitest';
import { newBlock } from './blocks.ts';
import { describeImplementation, fresh, type Implementation, type Stores } from './implementation.ts';

export function directoryContract(implementation: Implementation<Stores>): void {
  describeImplementation('Directory', implementation, (ports) => {
    /** Begins channels of these names behind a prefix of the test's own; a function reads names without it. */
    async function channels(...names: readonly string[]) {
      const { log, directory } = ports();
      const prefix = fresh();
      for (const name of names) await log.begin(`${prefix}${name}`, { epoch: 'e1', highWaterMark: 1000 });
      const list = async (from: string, to: string, limit = 100) => {
        const found = await directory.channels(`${prefix}${from}`, `${prefix}${to}`, limit);
        return found.map((name) => name.slice(prefix.length));
      };
      await vi.waitFor(async () => expect(await list('-', 'z')).toHaveLength(names.length), {
        timeout: 45_000,
      });
      return { prefix, list };
    }

    test('lists channels by character code, in whatever order they came', async () => {
      const { list } = await channels('b', 'B', '_', 'a.b', 'a-b', 'a', '9', 'aa');

      expect(await list('-', 'z')).toEqual(['9', 'B', '_', 'a', 'a-b', 'a.b', 'aa', 'b']);
    });

    test('lists those from the first to the last name, both included', async () => {
      const { list } = await channels('a', 'b', 'b1', 'c', 'd');

      expect(await list('b', 'c')).toEqual(['b', 'b1', 'c']);
      expect(await list('b', 'b')).toEqual(['b']);
      expect(await list('b0', 'b0')).toEqual([]);
    });

    test('lists from the empty name on', async () => {
      const { prefix } = await channels('a', 'b');

      const found = await ports().directory.channels('', `${prefix}z`, 10_000);

      expect(found.filter((name) => name.startsWith(prefix))).toEqual([`${prefix}a`, `${prefix}b`]);
    });

    test('lists the first so many, and all where there are fewer', async () => {
      const { list } = await channels('a', 'b', 'c');

      expect(await list('-', 'z', 2)).toEqual(['a', 'b']);
      expect(await list('-', 'z', 3)).toEqual(['a', 'b', 'c']);
      expect(await list('-', 'z', 4)).toEqual(['a', 'b', 'c']);
    });

    test('lists a channel once, however much it holds and reserves', async () => {
      const { log } = ports();
      const { prefix, list } = await channels('a', 'b');

      await log.append(`${prefix}a`, newBlock(1, ['x']));
      await log.begin(`${prefix}a`, { epoch: 'e2', highWaterMark: 1000 });
      await log.reserve(`${prefix}a`, 'e1', 3000);

      expect(await list('-', 'z')).toEqual(['a', 'b']);
    });
  });
}

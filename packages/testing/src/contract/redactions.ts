/** The contract of `Redactions`. */

import { expect, test, vi } from 'vitest';
import { newEvent } from '../../../../lib/log/block.ts';
import { LIMITS } from '../../../../lib/protocol/doorbell.ts';
import { parseJson } from '../../../../lib/runtime/json.ts';
import { newBlock } from './blocks.ts';
import {
  describeImplementation,
  fresh,
  type Implementation,
  type PromisingStores,
} from './implementation.ts';

export function redactionsContract(implementation: Implementation<PromisingStores>): void {
  describeImplementation('Redactions', implementation, (ports) => {
    test('takes the data of one event out, and leaves everything else as it was', async () => {
      const { log, redactions } = ports();
      const channel = fresh();
      const big = parseJson('{"n":12345678901234567890}');
      const events = [
        newEvent('a', big, 'k'),
        newEvent('b', 'secret', 'k', { expect: 'PT5M' }),
        newEvent('c', { c: 'Tür' }),
      ];
      await log.append(channel, newBlock(1, events));
      await log.append(channel, newBlock(4, ['later']));
      const before = await log.read(channel, 0, 10);

      expect(await redactions.redact(channel, 2)).toEqual({ key: 'k' });

      const after = await log.read(channel, 0, 10);
      expect(after[0]?.entries).toEqual([
        before[0]?.entries[0],
        { id: 'b', key: 'k', expect: 'PT5M', redacted: true, data: null },
        before[0]?.entries[2],
      ]);
      expect(JSON.stringify(after)).not.toContain('secret');
      expect(after[1]).toEqual(before[1]);
      const { entries: _, textLength: __, ...rest } = { ...after[0], textLength: 0 };
      expect(before[0]).toMatchObject(rest);
    });

    test('may be repeated, and run at once for events of one block', async () => {
      const { log, redactions } = ports();
      const channel = fresh();
      await log.append(channel, newBlock(1, ['a', 'b', 'c', 'd']));

      const all = await Promise.all([1, 2, 3, 3].map((vid) => redactions.redact(channel, vid)));

      expect(all).toEqual([{}, {}, {}, {}]);
      expect(await redactions.redact(channel, 1)).toEqual({});
      const [block] = await log.read(channel, 0, 10);
      expect(block?.entries.map(({ redacted, data }) => redacted ?? data)).toEqual([true, true, true, 'd']);
    });

    test('finds no event where there is none', async () => {
      const { log, redactions } = ports();
      const channel = fresh();
      await log.append(channel, newBlock(1, ['a', 'b']));
      await log.append(channel, newBlock(3, [], { last: 9 }));
      await log.append(channel, newBlock(10, [], { last: 10, mark: 'closed' }));

      for (const vid of [3, 9, 10, 11]) expect(await redactions.redact(channel, vid)).toBeUndefined();
      expect(await redactions.redact(fresh(), 1)).toBeUndefined();
    });

    test('takes data out of a block that is larger than an item may be', async () => {
      const { log, redactions } = ports();
      const channel = fresh();
      const large = 'x'.repeat(LIMITS.eventBytes - 2);
      const events = ['a', 'b', 'c'].map((id) => newEvent(id, id === 'b' ? 'secret' : large));
      await log.append(channel, newBlock(1, events));

      expect(await redactions.redact(channel, 2)).toEqual({});
      expect(await redactions.redact(channel, 1)).toEqual({});
      expect(await redactions.redact(channel, 3)).toEqual({});

      const [block] = await log.read(channel, 0, 10);
      expect(block?.entries.map(({ redacted, data }) => [redacted, data])).toEqual(
        Array(3).fill([true, null]),
      );
    });

    test('erases blocks below a number, some at once, and no other, and may be repeated', async () => {
      const { log, redactions } = ports();
      const [channel, other] = [fresh(), fresh()];
      for (let vid = 1; vid <= 60; vid++) await log.append(channel, newBlock(vid, ['a']));
      await log.append(other, newBlock(1, ['a']));

      for (let steps = 0; steps < 60 && (await redactions.eraseBelow(channel, 60)); steps++);
      await redactions.eraseBelow(channel, 60);

      expect((await log.since(channel, 0)).map(({ first }) => first)).toEqual([60]);
      expect(await log.since(other, 0)).toHaveLength(1);
    });

    test('takes a channel out of the directory, and no other', async () => {
      const { log, directory, redactions } = ports();
      const [one, other] = [fresh('d'), fresh('d')];
      for (const channel of [one, other]) await log.begin(channel, { epoch: 'e1', highWaterMark: 1_000 });
      const lists = (name: string, names: readonly string[]) =>
        vi.waitFor(async () => expect(await directory.channels(name, name, 10)).toEqual(names), {
          timeout: 45_000,
        });
      await lists(one, [one]);
      await redactions.unlist(one);
      await redactions.unlist(one);
      await redactions.unlist(fresh());

      await lists(one, []);
      await lists(other, [other]);
    });

    test('leaves a block that may expire one that may', async () => {
      const { log, redactions } = ports();
      const channel = fresh();
      await log.begin(channel, { epoch: 'e1', highWaterMark: 1_000 });
      await log.append(channel, newBlock(1, ['a']));
      const before = await log.last(channel);
      await redactions.redact(channel, 1);

      expect((await log.last(channel))?.expires).toBe(before?.expires);
    });
  });
}

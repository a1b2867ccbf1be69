/** The contract of `Lives`. */

import { expect, test } from 'vitest';
import { newBlock } from './blocks.ts';
import { describeImplementation, fresh, type Implementation, type Stores } from './implementation.ts';

export function channelRecordsContract(implementation: Implementation<Stores>): void {
  describeImplementation('ChannelRecords', implementation, (ports) => {
    test('knows no life of a channel that nobody has begun', async () => {
      const { log } = ports();

      const life = await log.get(fresh());

      expect(life).toBeUndefined();
    });

    test('records the first life and returns it to whoever comes later', async () => {
      const { log } = ports();
      const channel = fresh();

      const first = await log.begin(channel, { epoch: 'e1', highWaterMark: 1000 });
      const second = await log.begin(channel, { epoch: 'e2', highWaterMark: 2000 });

      expect(first).toEqual({ epoch: 'e1', highWaterMark: 1000 });
      expect(second).toEqual({ epoch: 'e1', highWaterMark: 1000 });
      expect(await log.get(channel)).toEqual({ epoch: 'e1', highWaterMark: 1000 });
    });

    test('agrees on one life when several begin one at once', async () => {
      const { log } = ports();
      const channel = fresh();

      const records = await Promise.all(
        ['e1', 'e2', 'e3', 'e4'].map((epoch) => log.begin(channel, { epoch, highWaterMark: 1000 })),
      );

      const recorded = await log.get(channel);
      expect(records).toEqual(records.map(() => recorded));
    });

    test('raises what is reserved', async () => {
      const { log } = ports();
      const channel = fresh();
      await log.begin(channel, { epoch: 'e1', highWaterMark: 1000 });

      const raised = await log.reserve(channel, 'e1', 3000);

      expect(raised).toBe(true);
      expect(await log.get(channel)).toEqual({ epoch: 'e1', highWaterMark: 3000 });
    });

    test.for([2999, 3000])('never lowers what is reserved, and grants %i of 3000', async (upTo) => {
      const { log } = ports();
      const channel = fresh();
      await log.begin(channel, { epoch: 'e1', highWaterMark: 3000 });

      const granted = await log.reserve(channel, 'e1', upTo);

      expect(granted).toBe(true);
      expect(await log.get(channel)).toEqual({ epoch: 'e1', highWaterMark: 3000 });
    });

    test('ends at the highest of several reservations made at once', async () => {
      const { log } = ports();
      const channel = fresh();
      await log.begin(channel, { epoch: 'e1', highWaterMark: 1000 });

      const granted = await Promise.all(
        [3000, 5000, 2000, 4000].map((upTo) => log.reserve(channel, 'e1', upTo)),
      );

      expect(granted).toEqual([true, true, true, true]);
      expect((await log.get(channel))?.highWaterMark).toBe(5000);
    });

    test('grants nothing to a life that the channel does not live', async () => {
      const { log } = ports();
      const channel = fresh();
      await log.begin(channel, { epoch: 'e1', highWaterMark: 1000 });

      const granted = await log.reserve(channel, 'e2', 2000);

      expect(granted).toBe(false);
      expect(await log.get(channel)).toEqual({ epoch: 'e1', highWaterMark: 1000 });
    });

    test('grants nothing in a channel without a life, and begins none', async () => {
      const { log } = ports();
      const channel = fresh();

      const granted = await log.reserve(channel, 'e1', 2000);

      expect(granted).toBe(false);
      expect(await log.get(channel)).toBeUndefined();
    });

    test("does not show the channel's own item among its blocks", async () => {
      const { log } = ports();
      const channel = fresh();
      await log.begin(channel, { epoch: 'e1', highWaterMark: 1000 });

      const empty = [await log.last(channel), await log.read(channel, 0, 10), await log.since(channel, 0)];
      await log.append(channel, newBlock(1, ['a']));

      expect(empty).toEqual([undefined, [], []]);
      expect((await log.read(channel, 0, 10)).map(({ first }) => first)).toEqual([1]);
      expect((await log.since(channel, 0)).map(({ first }) => first)).toEqual([1]);
    });
  });
}

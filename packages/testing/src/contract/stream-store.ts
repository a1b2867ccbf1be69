/** The contract of `StreamStore`, and of what streams add to `EventLog` and `ChannelRecords`. */

import { expect, test } from 'vitest';
import { NEVER, newEvent } from '../../../../lib/log/block.ts';
import type { Doomed } from '../../../../lib/log/ports.ts';
import type { StreamRecord } from '../../../../lib/log/stream-record.ts';
import type { Writers } from '../../../../lib/log/writers.ts';
import { newBlock } from './blocks.ts';
import { describeImplementation, fresh, type Implementation, type Stores } from './implementation.ts';

function record(more: Partial<StreamRecord> = {}): StreamRecord {
  return {
    state: 'live',
    log: `doors~17~${fresh()}`,
    stamp: 17,
    contentType: 'text/plain; charset=utf-8',
    touchedAt: 17,
    base: 0,
    segments: [],
    ...more,
  };
}

export function streamStoreContract(implementation: Implementation<Stores>): void {
  describeImplementation('StreamStore', implementation, (ports) => {
    test('gives a record back as it was put', async () => {
      const { log, streams } = ports();
      const name = fresh('docs/');
      const put = record({
        ttlS: 60,
        asked: { ttlS: 60 },
        base: 7,
        segments: [{ log: 'a~1', upTo: 7, stamp: 1 }],
        forked: { from: 'a', offset: '-1', subOffset: 7, log: 'a~1' },
      });

      expect(await streams.swap(name, undefined, put)).toBe(true);

      const life = await log.get(name);
      expect(life?.stream?.record).toEqual(put);
      expect(life).toMatchObject({ epoch: '', highWaterMark: 0 });
    });

    test('changes a record only from the version that was read', async () => {
      const { log, streams } = ports();
      const name = fresh();
      await streams.swap(name, undefined, record());
      const version = (await log.get(name))?.stream?.version;

      expect(await streams.swap(name, undefined, record({ stamp: 1 }))).toBe(false);
      expect(await streams.swap(name, version, record({ stamp: 18 }))).toBe(true);
      expect(await streams.swap(name, version, record({ stamp: 19 }))).toBe(false);
      expect((await log.get(name))?.stream?.record.stamp).toBe(18);
    });

    test('lets one of several that make a name at once be first', async () => {
      const { streams } = ports();
      const name = fresh();

      const swaps = [1, 2, 3, 4].map((stamp) => streams.swap(name, undefined, record({ stamp })));

      expect((await Promise.all(swaps)).filter((done) => done)).toHaveLength(1);
    });

    test("keeps a channel's numbers beside its record", async () => {
      const { log, streams } = ports();
      const name = fresh();
      await log.begin(name, { epoch: 'e1', highWaterMark: 1_000 });

      expect(await streams.swap(name, undefined, record({ state: 'deleted', log: name }))).toBe(true);
      await log.reserve(name, 'e1', 2_000);

      expect(await log.get(name)).toMatchObject({
        epoch: 'e1',
        highWaterMark: 2_000,
        stream: { record: { state: 'deleted' } },
      });
    });

    test('gives back a block of bytes with its mark and its writers', async () => {
      const { log } = ports();
      const channel = fresh('bytes~');
      const bytes = Uint8Array.of(0, 128, 255, 10, 0);
      const writers: Writers = {
        producers: [{ id: 'Zoë "1"', epoch: 2, seq: 9 }],
        seq: 'a',
        closedBy: { id: 'Zoë "1"', epoch: 2, seq: 9 },
        evicted: true,
      };

      await log.append(channel, newBlock(1, [], { last: 6, expires: NEVER, bytes, mark: 'closed', writers }));

      const [read] = await log.read(channel, 2, 100);
      for (const block of [await log.last(channel), read]) {
        expect(block).toMatchObject({ first: 1, last: 6, entries: [], mark: 'closed', writers });
        expect(block?.expires).toBe(NEVER);
        expect(Uint8Array.from(block?.bytes ?? [])).toEqual(bytes);
      }
    });

    test('says nothing of bytes, marks and writers where there are none', async () => {
      const { log } = ports();
      const channel = fresh();

      await log.append(channel, newBlock(1, ['a']));

      const block = await log.last(channel);
      for (const name of ['bytes', 'mark', 'writers']) expect(block).not.toHaveProperty(name);
    });

    test('keeps a block of bytes that is larger than an item may be', async () => {
      const { log, streams } = ports();
      const channel = fresh('large~');
      const bytes = Uint8Array.from({ length: 2_000_000 }, (_, i) => (i * 7) % 251);
      const last = bytes.byteLength;
      await log.append(channel, newBlock(1, [], { last, bytes, expires: NEVER }));
      await log.append(
        channel,
        newBlock(last + 1, [], { bytes: Uint8Array.of(1), expires: NEVER, last: last + 1 }),
      );

      const [large] = await log.read(channel, 0, 100);

      expect(Buffer.compare(large?.bytes ?? new Uint8Array(), bytes)).toBe(0);
      expect((await log.read(channel, last, 100)).map(({ first }) => first)).toEqual([last + 1]);
      expect(await log.last(channel)).toMatchObject({ first: last + 1 });
      for (let more = true; more; ) more = await streams.purge(channel);
      expect(await log.read(channel, 0, 100)).toEqual([]);
    });

    test('keeps a block of events that is larger than an item may be', async () => {
      const { log } = ports();
      const channel = fresh('large~');
      const data = 'Tür 🚪 '.repeat(20_000);
      const newEvents = ['a', 'b', 'c', 'd'].map((id) => newEvent(id, { id, data }));

      await log.append(channel, newBlock(1, newEvents, { expires: NEVER }));

      const [block] = await log.read(channel, 1, 100);
      expect(block).toMatchObject({ first: 1, last: 4 });
      expect(block?.entries.map((entry) => entry.data)).toEqual(newEvents.map((newEvent) => newEvent.data));
    });

    test('lets one of two large blocks have a number', async () => {
      const { log } = ports();
      const channel = fresh('large~');
      const put = (fill: number) => {
        const bytes = new Uint8Array(600_000).fill(fill);
        const token = fresh();
        return log.append(channel, newBlock(1, [], { last: 600_000, bytes, expires: NEVER, token }));
      };

      const outcomes = await Promise.all([put(1), put(2)]);

      expect([...outcomes].sort()).toEqual(['appended', 'conflict']);
      const [block] = await log.read(channel, 0, 1);
      expect(new Set(block?.bytes)).toEqual(new Set([outcomes[0] === 'appended' ? 1 : 2]));
    });

    test('keeps what a large block holds when its writer, who got no answer, puts it again', async () => {
      const { log } = ports();
      const channel = fresh('large~');
      const bytes = new Uint8Array(600_000).fill(7);
      const block = newBlock(1, [], { last: 600_000, bytes, expires: NEVER, token: fresh() });
      await log.append(channel, block);
      await log.append(channel, block);

      const [there] = await log.read(channel, 0, 1);

      expect(there?.token).toBe(block.token);
      expect(Buffer.compare(there?.bytes ?? new Uint8Array(), bytes)).toBe(0);
    });

    test('reads blocks of bytes on and on', async () => {
      const { log } = ports();
      const channel = fresh('bytes~');
      for (const first of [1, 11, 21])
        await log.append(channel, newBlock(first, [], { last: first + 9, bytes: new Uint8Array(10) }));

      const spans = async (after: number, limit: number) =>
        (await log.read(channel, after, limit)).map(({ first }) => first);

      expect(await spans(0, 100)).toEqual([1, 11, 21]);
      expect((await spans(0, 5))[0]).toBe(1);
      expect(await spans(15, 100)).toEqual([11, 21]);
      expect(await spans(30, 100)).toEqual([]);
    });

    test('keeps the producer that is further', async () => {
      const { streams } = ports();
      const log = fresh('a~');
      const keep = async (epoch: number, seq: number) => {
        await streams.keepProducer(log, { id: 'p', epoch, seq });
        return streams.producer(log, 'p');
      };

      expect(await streams.producer(log, 'p')).toBeUndefined();
      expect(await keep(1, 5)).toEqual({ id: 'p', epoch: 1, seq: 5 });
      expect(await keep(1, 4)).toEqual({ id: 'p', epoch: 1, seq: 5 });
      expect(await keep(0, 9)).toEqual({ id: 'p', epoch: 1, seq: 5 });
      expect(await keep(2, 0)).toEqual({ id: 'p', epoch: 2, seq: 0 });
      await Promise.all([keep(2, 7), keep(2, 6)]);
      expect(await streams.producer(log, 'p')).toEqual({ id: 'p', epoch: 2, seq: 7 });
      expect(await streams.producer(log, 'q')).toBeUndefined();
    });

    test('lists the forks of a log until they are removed', async () => {
      const { streams } = ports();
      const log = fresh('a~');
      const forks = [1, 2, 3].map((i) => ({ name: `docs/${i}`, log: `docs/${i}~${i}` }));
      for (const fork of [...forks, ...forks]) await streams.addFork(log, fork);
      const listed = async () => (await streams.forks(log)).map(({ name }) => name).sort();

      expect(await listed()).toEqual(['docs/1', 'docs/2', 'docs/3']);
      for (const fork of forks.slice(1)) await streams.removeFork(log, fork);
      await streams.removeFork(log, { name: 'x', log: 'x' });

      expect(await listed()).toEqual(['docs/1']);
      expect(await streams.forks(fresh())).toEqual([]);
    });

    test('lists what is due, the longest due first, until it is spared', async () => {
      const { streams } = ports();
      const mine = fresh();
      const doomed = [30, 10, 20, 50].map((due): Doomed => ({ name: mine, log: `${mine}~${due}`, due }));
      for (const one of doomed) await streams.doom(one);
      const dues = async (now: number) =>
        (await streams.doomed(now)).filter(({ name }) => name === mine).map(({ due }) => due);

      expect(await dues(9)).toEqual([]);
      expect(await dues(30)).toEqual([10, 20, 30]);
      await streams.spare({ name: mine, log: `${mine}~20`, due: 20 });

      expect(await dues(40)).toEqual([10, 30]);
      for (const one of doomed) await streams.spare(one);
    });

    test('purges a log, step by step, and no other', async () => {
      const { log, streams } = ports();
      const [gone, other] = [fresh('a~'), fresh('b~')];
      for (let first = 1; first <= 60; first++) await log.append(gone, newBlock(first, ['x']));
      await log.append(other, newBlock(1, ['x']));
      await streams.keepProducer(gone, { id: 'p', epoch: 0, seq: 0 });

      for (let more = true; more; ) more = await streams.purge(gone);

      expect(await log.last(gone)).toBeUndefined();
      expect(await streams.producer(gone, 'p')).toBeUndefined();
      expect(await log.last(other)).toBeDefined();
    });
  });
}

/** A publisher's view of a channel: where the log ends, which life it lives, and which ids are young. */

import { describe, expect, test } from 'vitest';
import { lookUp } from '../../../lib/log/append/load-ids.ts';
import { DEDUPLICATION_MS } from '../../../lib/log/append/recent-ids.ts';
import {
  catchUp,
  freshWriterState,
  mustSkip,
  noteAppended,
  type WriterState,
  type WriterStatePorts,
} from '../../../lib/log/append/writer-state.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryDigests } from '../../../packages/testing/src/memory/digests.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { WEEK_MS } from '../../support/memory/world.ts';
import { FakeClock } from '../../support/time/clock.ts';

function setUp() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const calls = new Calls();
  const counted = counting(log, calls);
  const ports: WriterStatePorts = { log: counted, records: counted, clock };
  /** Appends a block as another process would. */
  const append = async (first: number, ids: readonly string[], epoch = 'e1') => {
    const at = new Date(clock.now()).toISOString();
    await log.append('doors', newBlock(first, ids, { epoch, at }));
    await log.begin('doors', { epoch, highWaterMark: 1000 });
  };
  const look = async (old?: WriterState, comparesIds = false) => {
    const state = await freshWriterState(ports, 'doors', old, 'new');
    if (comparesIds) await lookUp({ ...ports, digests: new MemoryDigests() }, state, old, ['asked']);
    return state;
  };
  return { clock, log, calls, ports, append, look };
}

const idsOf = (state: WriterState) => [...(state.ids ?? [])].map(([id, { vid }]) => [id, vid]);

describe('freshView', () => {
  test('begins a new life where there is none', async () => {
    const { look } = setUp();

    const state = await look();

    expect(state).toMatchObject({ epoch: 'new', head: 0, highWaterMark: 0, ids: undefined });
  });

  test('knows the head, the life and what is reserved', async () => {
    const { append, look } = setUp();
    await append(1, ['a', 'b']);

    const state = await look();

    expect(state).toMatchObject({ epoch: 'e1', head: 2, highWaterMark: 1000 });
  });

  test('takes the life of the blocks where the own item is missing', async () => {
    const { log, look } = setUp();
    await log.append('doors', newBlock(1, ['a']));

    const state = await look();

    expect(state).toMatchObject({ epoch: 'e1', head: 1, highWaterMark: 0 });
  });

  test('passes over every number that may have been given out when all blocks have expired', async () => {
    const { clock, log, append, look } = setUp();
    await append(1, ['a']);
    log.expire('doors');

    const state = await look();

    expect(state).toMatchObject({ epoch: 'e1', highWaterMark: 1000 });
    expect(mustSkip(state, clock.now())).toBe(true);
  });

  test('asks nothing within 10 s', async () => {
    const { clock, calls, append, look } = setUp();
    await append(1, ['a']);
    const old = await look();
    calls.clear();

    clock.jump(9_999);
    const state = await look(old);

    expect(state).toBe(old);
    expect(calls.all).toEqual({});
  });

  test('asks once for the life after 10 s', async () => {
    const { clock, calls, append, look } = setUp();
    await append(1, ['a']);
    const old = await look();
    calls.clear();

    clock.jump(10_000);
    const states = [await look(old), await look(old)];

    expect(states).toEqual([old, old]);
    expect(calls.all).toEqual({ get: 1 });
  });

  test('looks anew when the channel lives another life', async () => {
    const { clock, log, append, look } = setUp();
    await append(1, ['a', 'b']);
    const old = await look();
    log.drop();
    await append(1, ['c'], 'e2');

    clock.jump(10_000);
    const state = await look(old);

    expect(state).toMatchObject({ epoch: 'e2', head: 1, highWaterMark: 1000 });
  });

  test('looks anew when the channel has no life any more', async () => {
    const { clock, log, append, look } = setUp();
    await append(1, ['a', 'b']);
    const old = await look();
    log.drop();

    clock.jump(10_000);
    const state = await look(old);

    expect(state).toMatchObject({ epoch: 'new', head: 0, highWaterMark: 0 });
  });

  test('looks anew when its head is 5 minutes old', async () => {
    const { clock, log, append, look } = setUp();
    await append(1, ['a']);
    const old = await look();
    await append(2, ['b']);
    log.expire('doors');

    clock.jump(5 * 60_000);
    const state = await look(old);

    expect(state).not.toBe(old);
    expect(mustSkip(state, clock.now())).toBe(true);
  });

  test('knows the ids of the last 5 minutes when they are needed', async () => {
    const { clock, append, look } = setUp();
    await append(1, ['old']);
    clock.jump(1);
    await append(2, ['edge', 'edge-2']);
    clock.jump(DEDUPLICATION_MS - 1);
    await append(4, ['young']);

    const state = await look(undefined, true);

    expect(idsOf(state)).toEqual([
      ['edge', 2],
      ['edge-2', 3],
      ['young', 4],
    ]);
  });

  test('looks again when the newest block is about to expire, although it looked a short while ago', async () => {
    const { clock, calls, append, look } = setUp();
    await append(1, ['a']);
    clock.jump(WEEK_MS - 11 * 60_000);
    const state = await look();
    const before = calls.of('last');
    clock.jump(2 * 60_000);
    await look(state);

    expect([before, calls.of('last')]).toEqual([1, 2]);
  });

  test('reads ids once, and only when they are needed', async () => {
    const { calls, append, look } = setUp();
    await append(1, ['a']);

    const unkeyed = await look();
    const before = calls.of('since');
    await look(await look(unkeyed, true), true);

    expect(before).toBe(0);
    expect(calls.of('since')).toBe(1);
  });
});

describe('catchUp', () => {
  test('takes in what others appended: head, life and ids', async () => {
    const { ports, append, look } = setUp();
    const state = await look(undefined, true);
    await append(1, ['a', 'b'], 'e9');
    await append(3, ['c'], 'e9');

    const blocks = await catchUp(ports, state);

    expect(blocks.map(({ first }) => first)).toEqual([1, 3]);
    expect(state).toMatchObject({ head: 3, epoch: 'e9' });
    expect(idsOf(state)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  test('reads once, so that others cannot append for ever meanwhile; what follows costs one more conflict', async () => {
    const { calls, ports, append, look } = setUp();
    const state = await look();
    for (let first = 1; first <= 2_001; first += 100) {
      await append(
        first,
        Array.from({ length: 100 }, (_, i) => `id-${first + i}`),
      );
    }

    await catchUp(ports, state);
    const { head } = state;
    const reads = calls.of('read');
    await catchUp(ports, state);
    await catchUp(ports, state);

    expect({ head, reads, end: state.head }).toEqual({ head: 1_000, reads: 1, end: 2_100 });
  });
});

test("one's own block that is found after a later one does not change what that says of the end", async () => {
  const { ports, clock } = setUp();
  const at = new Date(clock.now()).toISOString();
  const own = {
    ...newBlock(1, ['a'], { epoch: 'e1', at }),
    writers: { producers: [{ id: 'p', epoch: 0, seq: 0 }] },
  };
  const writers = { producers: [...own.writers.producers, { id: 'q', epoch: 0, seq: 0 }] };
  await ports.log.append('doors', own);
  await ports.log.append('doors', { ...newBlock(2, ['b'], { epoch: 'e1', at }), writers });
  await ports.log.append('doors', {
    ...newBlock(3, [], { epoch: 'e1', at }),
    last: 3,
    mark: 'closed',
    writers,
  });
  const state = await freshWriterState(ports, 'doors', undefined, 'e1');

  noteAppended(state, own, clock);

  expect(state).toMatchObject({ head: 3, mark: 'closed', writers });
});

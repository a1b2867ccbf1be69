/** How a publisher learns where a channel stands, and when its view is too old to append by. */

import { describe, expect, test } from 'vitest';
import { DEDUPLICATION_MS } from '../../../lib/log/append/recent-ids.ts';
import { mustSkip } from '../../../lib/log/append/writer-state.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { WEEK_MS } from '../../support/memory/world.ts';
import { idsOf, setUpWriterState as setUp } from '../../support/memory/writer-state.ts';

describe('freshWriterState', () => {
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

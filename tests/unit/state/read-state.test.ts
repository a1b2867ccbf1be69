/** A state that is read while the log loses its oldest events, or the channel begins anew. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { newEvent } from '../../../lib/log/block.ts';
import type { EventLog } from '../../../lib/log/ports.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { foldChannel } from '../../../lib/state/fold-channel.ts';
import type { StateStore } from '../../../lib/state/ports.ts';
import { readState } from '../../../lib/state/read-state.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryStates } from '../../../packages/testing/src/memory/states.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const ALL = { prefix: '', after: '', keys: [] };
const EXPIRES = 9e15;

/** `meanwhile` happens when a state has been read from the table, and the log not yet. */
function setUp(meanwhile: () => Promise<void>) {
  const log = new MemoryLog();
  const states = new MemoryStates();
  const clock = new FakeClock();
  const calls = new Calls();
  let isFirst = true;
  const seen: EventLog = replacing<EventLog>(log, {
    read: async (...asked) => {
      if (isFirst) await meanwhile();
      isFirst = false;
      return log.read(...asked);
    },
  });
  const ports = {
    log: seen,
    headReader: new HeadReader({ log, records: log, clock }),
    states: counting<StateStore>(states, calls),
  };
  const append = (
    first: number,
    epoch: string,
    ...said: ReadonlyArray<readonly [key: string, data: unknown]>
  ) =>
    log.append(
      'doors',
      newBlock(
        first,
        said.map(([key, data], i) => newEvent(`${epoch}-${first + i}`, data, key)),
        { epoch, expires: EXPIRES },
      ),
    );
  const fold = () => foldChannel({ log, records: log, states, clock }, 'doors', Number.POSITIVE_INFINITY);
  const read = async () => {
    const { entries, ...rest } = await readState(ports, TRUSTED, 'doors', ALL);
    return { ...rest, entries: entries.map(({ key, data }) => [key, data]) };
  };
  return { log, calls, append, fold, read, ports };
}

test('what is folded and expires between the two reads is in the state', async () => {
  const { log, append, fold, read } = setUp(async () => {
    await fold();
    log.expire('doors', 2);
  });
  await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  await append(1, 'e1', ['a', 1], ['b', 2]);
  await append(3, 'e1', ['b', 3]);

  expect((await read()).entries).toEqual([
    ['a', 1],
    ['b', 3],
  ]);
});

test('a state whose oldest numbers are skipped over while it is read has what was folded of them', async () => {
  const { log, append, fold, read } = setUp(async () => {
    await fold();
    log.expire('doors', 2);
    await log.append('doors', newBlock(2, [], { last: 1_000, epoch: 'e1', expires: EXPIRES }));
  });
  await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  await append(1, 'e1', ['a', 1]);
  await fold();
  await append(2, 'e1', ['a', null]);

  expect((await read()).entries).toEqual([]);
});

test('a state may hold what came after its maxvid, and whoever polls on from there has the same map', async () => {
  let publish = async () => undefined as unknown;
  const { log, append, fold, ports } = setUp(async () => undefined);
  const states = replacing<StateStore>(ports.states, {
    page: async (...asked) => {
      await publish();
      return ports.states.page(...asked);
    },
  });
  await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  await append(1, 'e1', ['a', 1], ['b', 2]);
  publish = async () => {
    await append(3, 'e1', ['a', 3], ['b', null]);
    await fold();
  };

  const { maxvid, entries } = await readState({ ...ports, states }, TRUSTED, 'doors', ALL);

  // At 2 it was a: 1, b: 2. The poll brings 3 and 4, which say the same again.
  expect(maxvid).toBe(2);
  expect(entries.map(({ key, vid, data }) => [key, vid, data])).toEqual([['a', 3, 3]]);
});

test('a state holds nothing of the next life', async () => {
  const { log, append, read } = setUp(async () => {
    log.drop();
    await append(1, 'e2', ['a', 'new'], ['c', 'new']);
  });
  await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  await append(1, 'e1', ['a', 1], ['b', 2]);

  expect(await read()).toEqual({ channel: 'doors', epoch: 'e1', maxvid: 2, entries: [], next: null });
});

test('where the log has everything, the table is read once', async () => {
  const { log, append, read, calls } = setUp(async () => undefined);
  await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  await append(1, 'e1', ['a', 1]);
  await read();

  expect(calls.all).toEqual({ page: 1 });
});

test('a state that is too far behind its events is refused, until they are folded', async () => {
  const { log, append, fold, ports } = setUp(async () => undefined);
  await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  // A page of the log is one of these, and a little more.
  for (let first = 1; first <= 4; first++) await append(first, 'e1', ['a', 'x'.repeat(LIMITS.answerBytes)]);
  const bounded = { ...ports, mostPages: 3 };
  const read = () => readState(bounded, TRUSTED, 'doors', ALL);

  await expect(read()).rejects.toMatchObject({
    code: 'unavailable',
    details: { channel: 'doors', retryAfter: 60 },
  });
  await fold();
  expect((await read()).entries.map(({ key, vid }) => [key, vid])).toEqual([['a', 4]]);
  await append(5, 'e1', ['b', 1]);
  expect((await read()).maxvid).toBe(5);
});

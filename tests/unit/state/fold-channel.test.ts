/** Folding of channels: bounded, repeatable, and only forward. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { CHANNELS_A_RUN, foldAll } from '../../../lib/state/fold-all.ts';
import { foldChannel, PAGES_A_CHANNEL } from '../../../lib/state/fold-channel.ts';
import type { FoldedStates } from '../../../lib/state/ports.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryStates } from '../../../packages/testing/src/memory/states.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { Calls, counting, MemoryLogger, replacing } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const ALL = { prefix: '', after: '', keys: [] };
const FOR_EVER = Number.POSITIVE_INFINITY;

type Said = readonly [key: string | undefined, data: unknown];

function setUp() {
  const log = new MemoryLog();
  const states = new MemoryStates();
  const calls = new Calls();
  const logger = new MemoryLogger();
  const counted = counting<FoldedStates>(states, calls);
  const ports = { log, records: log, directory: log, states: counted, clock: new FakeClock(), logger };
  const heads = new Map<string, number>();
  /** Appends one block. */
  const say = async (channel: string, ...said: readonly Said[]) => {
    await log.begin(channel, { epoch: 'e1', highWaterMark: 1_000 });
    const head = heads.get(channel) ?? 0;
    const events = said.map(([key, data], i) => newEvent(`${head + i}`, data, key));
    await log.append(channel, newBlock(head + 1, events));
    heads.set(channel, head + said.length);
  };
  const kept = async (channel: string) =>
    (await states.page(channel, 'e1', ALL)).entries.map(({ key, vid, data }) => [key, vid, data]);
  return { log, states, calls, logger, ports, say, kept };
}

describe('of a channel', () => {
  test('each key is written once, with its newest event, and what has no key not at all', async () => {
    const { ports, say, kept, calls, states } = setUp();
    await say('doors', ['a', 1], ['b', 2], [undefined, 3], ['a', 4]);

    expect(await foldChannel(ports, 'doors', FOR_EVER)).toBe(4);
    expect(await kept('doors')).toEqual([
      ['a', 4, 4],
      ['b', 2, 2],
    ]);
    expect([calls.of('take'), await states.foldedTo('doors', 'e1')]).toEqual([2, 4]);
  });

  test('nothing is written where nothing is new', async () => {
    const { ports, say, calls } = setUp();
    await say('doors', ['a', 1]);
    await foldChannel(ports, 'doors', FOR_EVER);
    calls.clear();

    expect(await foldChannel(ports, 'doors', FOR_EVER)).toBe(0);
    expect(calls.all).toEqual({ foldedTo: 1 });
  });

  test('the state outlives the log', async () => {
    const { ports, say, kept, log } = setUp();
    await say('doors', ['a', 1], ['b', 2]);
    await foldChannel(ports, 'doors', FOR_EVER);
    log.expire('doors');
    await foldChannel(ports, 'doors', FOR_EVER);
    await say('doors', ['b', null]);
    await foldChannel(ports, 'doors', FOR_EVER);

    expect(await kept('doors')).toEqual([['a', 1, 1]]);
  });

  test('one that was overtaken changes nothing when it writes at last, not even what was deleted meanwhile', async () => {
    const { ports, say, kept, states } = setUp();
    await say('doors', ['a', 1], ['b', 1]);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const slow = replacing<FoldedStates>(states, {
      take: async (...args) => {
        await gate;
        await states.take(...args);
      },
    });
    const late = foldChannel({ ...ports, states: slow }, 'doors', FOR_EVER);
    await say('doors', ['a', null], ['b', 2]);
    await foldChannel(ports, 'doors', FOR_EVER);
    open();
    await late;

    expect(await kept('doors')).toEqual([['b', 4, 2]]);
    expect(await states.foldedTo('doors', 'e1')).toBe(4);
  });

  test('nothing is said to be folded that was not written', async () => {
    const { ports, say, kept, states } = setUp();
    await say('doors', ['a', 1], ['b', 1]);
    const broken = replacing<FoldedStates>(states, {
      take: async (channel, epoch, change) => {
        if (change.key === 'b') throw new Error('throttled');
        await states.take(channel, epoch, change);
      },
    });

    await expect(foldChannel({ ...ports, states: broken }, 'doors', FOR_EVER)).rejects.toThrow('throttled');
    expect(await states.foldedTo('doors', 'e1')).toBe(0);
    await foldChannel(ports, 'doors', FOR_EVER);
    expect((await kept('doors')).map(([key]) => key)).toEqual(['a', 'b']);
  });

  test('a run takes so many pages of it, and the next one goes on', async () => {
    const { ports, say } = setUp();
    const pages = PAGES_A_CHANNEL + 1;
    for (let i = 0; i < pages * 10; i++)
      await say('doors', ...Array.from({ length: 100 }, (): Said => ['a', i]));

    expect(await foldChannel(ports, 'doors', FOR_EVER)).toBe(PAGES_A_CHANNEL * 1_000);
    expect(await foldChannel(ports, 'doors', FOR_EVER)).toBe(1_000);
  });

  test('a run ends when its time is over', async () => {
    const { ports, say } = setUp();
    await say('doors', ['a', 1]);

    expect(await foldChannel(ports, 'doors', ports.clock.elapsed())).toBe(0);
  });

  test.each(['a channel that is not born', 'a name that was deleted'])('%s has nothing to fold', async () => {
    const { ports, calls } = setUp();

    expect(await foldChannel(ports, 'none', FOR_EVER)).toBe(0);
    expect(calls.all).toEqual({});
  });

  test('what was made anew is folded from its beginning', async () => {
    const { ports, say, log, states } = setUp();
    await say('doors', ['a', 1], ['b', 1]);
    await foldChannel(ports, 'doors', FOR_EVER);
    log.drop();
    await log.begin('doors', { epoch: 'e2', highWaterMark: 1_000 });
    await log.append('doors', newBlock(1, [newEvent('x', 'new', 'c')], { epoch: 'e2' }));
    await foldChannel(ports, 'doors', FOR_EVER);

    expect((await states.page('doors', 'e2', ALL)).entries).toMatchObject([{ key: 'c', vid: 1 }]);
  });
});

describe('of all channels', () => {
  test('a run folds each of them', async () => {
    const { ports, say, kept } = setUp();
    for (const channel of ['doors', 'alerts', '-', 'z'.repeat(128)]) await say(channel, ['a', 1]);

    expect(await foldAll(ports, FOR_EVER)).toEqual({ channels: 4, events: 4 });
    expect(await kept('z'.repeat(128))).toEqual([['a', 1, 1]]);
  });

  test('one that fails holds up no other, and is tried again', async () => {
    const { ports, say, kept, logger, states } = setUp();
    for (const channel of ['a', 'b', 'c']) await say(channel, ['k', 1]);
    const broken = replacing<FoldedStates>(states, {
      foldTo: async (channel, epoch, upTo) => {
        if (channel === 'b') throw new Error('throttled');
        await states.foldTo(channel, epoch, upTo);
      },
    });

    expect(await foldAll({ ...ports, states: broken }, FOR_EVER)).toEqual({ channels: 3, events: 2 });
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await foldAll(ports, FOR_EVER);
    expect(await kept('b')).toEqual([['k', 1, 1]]);
  });

  test('a run looks at so many, the next one goes on behind them, and the one after begins again', async () => {
    const { ports, say } = setUp();
    for (let i = 0; i < CHANNELS_A_RUN + 3; i++) await say(`c${i}`, ['k', 1]);

    expect(await foldAll(ports, FOR_EVER)).toEqual({ channels: CHANNELS_A_RUN, events: CHANNELS_A_RUN });
    expect(await foldAll(ports, FOR_EVER)).toEqual({ channels: 3, events: 3 });
    await say('c0', ['k', 2]);
    expect((await foldAll(ports, FOR_EVER)).events).toBe(1);
  });

  test('a run whose time is over stops between two channels', async () => {
    const { ports, say, log } = setUp();
    for (const channel of ['a', 'b', 'c']) await say(channel, ['k', 1]);
    const slow = replacing(log, {
      read: async (...args: Parameters<MemoryLog['read']>) => {
        await ports.clock.advance(10);
        return log.read(...args);
      },
    });
    const by = () => ports.clock.elapsed() + 5;

    const runs = [];
    for (let i = 0; i < 3; i++) runs.push((await foldAll({ ...ports, log: slow }, by())).events);
    expect(runs).toEqual([1, 1, 1]);
  });
});

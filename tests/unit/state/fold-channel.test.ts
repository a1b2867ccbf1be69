/** Folding of channels: bounded, repeatable, and only forward. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { BUSY_CHANNELS, BUSY_EVENTS, CHANNELS_A_RUN, foldAll, LOOK_MS } from '../../../lib/state/fold-all.ts';
import { EVENTS_A_PAGE, foldChannel, KEYS_A_FOLD, PAGES_A_TURN } from '../../../lib/state/fold-channel.ts';
import type { FoldedStates } from '../../../lib/state/ports.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryStates } from '../../../packages/testing/src/memory/states.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { Calls, counting, MemoryLogger, MemoryMeter, replacing } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const ALL = { prefix: '', after: '', keys: [] };
const FOR_EVER = Number.POSITIVE_INFINITY;
const NOTHING = { events: 0, hasMore: false };

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

    expect(await foldChannel(ports, 'doors', FOR_EVER)).toEqual({ events: 4, hasMore: false });
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

    expect(await foldChannel(ports, 'doors', FOR_EVER)).toEqual(NOTHING);
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

  test('a turn takes so many pages of it, writes a key of all of them once, and the next one goes on', async () => {
    const { ports, say, calls } = setUp();
    for (let i = 0; i < (PAGES_A_TURN * EVENTS_A_PAGE) / 100 + 1; i++)
      await say('doors', ...Array.from({ length: 100 }, (): Said => ['a', i]));

    const first = await foldChannel(ports, 'doors', FOR_EVER);
    expect(first).toEqual({ events: PAGES_A_TURN * EVENTS_A_PAGE, hasMore: true });
    expect([calls.of('take'), calls.of('foldTo')]).toEqual([1, 1]);
    expect(await foldChannel(ports, 'doors', FOR_EVER)).toEqual({ events: 100, hasMore: false });
  });

  test('of so many keys they are written in parts, so that what was done is not lost', async () => {
    const { ports, say, states } = setUp();
    const keys = 3 * KEYS_A_FOLD;
    for (let i = 0; i < keys; i += 100)
      await say('doors', ...Array.from({ length: 100 }, (_, n): Said => [`k${i + n}`, i]));
    let taken = 0;
    const parts: number[] = [];
    const counted = replacing<FoldedStates>(states, {
      take: async (...args) => {
        taken++;
        await states.take(...args);
      },
      foldTo: async (...args) => {
        parts.push(taken);
        taken = 0;
        await states.foldTo(...args);
      },
    });

    const { events } = await foldChannel({ ...ports, states: counted }, 'doors', FOR_EVER);
    expect(events).toBe(keys);
    // A page more than that, at most.
    expect(Math.max(...parts)).toBeLessThan(KEYS_A_FOLD + EVENTS_A_PAGE);
    expect(parts.length).toBeGreaterThan(1);
  });

  test('a turn ends when its time is over', async () => {
    const { ports, say } = setUp();
    await say('doors', ['a', 1]);

    const over = await foldChannel(ports, 'doors', ports.clock.elapsed());
    expect(over).toEqual({ events: 0, hasMore: true });
  });

  test.each(['a channel that is not born', 'a name that was deleted'])('%s has nothing to fold', async () => {
    const { ports, calls } = setUp();

    expect(await foldChannel(ports, 'none', FOR_EVER)).toEqual(NOTHING);
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

    expect(await foldAll(ports, FOR_EVER)).toEqual({ turns: 4, events: 4 });
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

    const meter = new MemoryMeter();
    const folded = await foldAll({ ...ports, states: broken, meter }, FOR_EVER);

    expect(folded).toEqual({ turns: 3, events: 2 });
    expect(meter.of('FoldsFailed')).toBe(1);
    expect(meter.all('FoldLag')).toEqual([1, 1]);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await foldAll(ports, FOR_EVER, 0);
    expect(await kept('b')).toEqual([['k', 1, 1]]);
  });

  test('a run looks at so many, the next one goes on behind them, and the one after begins again', async () => {
    const { ports, say } = setUp();
    for (let i = 0; i < CHANNELS_A_RUN + 3; i++) await say(`c${i}`, ['k', 1]);

    expect(await foldAll(ports, FOR_EVER)).toEqual({ turns: CHANNELS_A_RUN, events: CHANNELS_A_RUN });
    expect(await foldAll(ports, FOR_EVER)).toEqual({ turns: 3, events: 3 });
    await say('c0', ['k', 2]);
    await ports.clock.advance(LOOK_MS);
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

  test('a quiet channel is looked at once in 5 minutes, and a busy one by each run', async () => {
    const { ports, say, calls } = setUp();
    const many = Array.from({ length: BUSY_EVENTS }, (): Said => ['k', 1]);
    await say('quiet', ['k', 1]);
    await say('busy', ...many);
    await foldAll(ports, FOR_EVER);

    const turns = [];
    for (let minute = 1; minute <= 5; minute++) {
      await say('busy', ...many);
      await say('quiet', ['k', minute]);
      await ports.clock.advance(60_000);
      turns.push((await foldAll(ports, FOR_EVER)).turns);
    }
    calls.clear();
    // Nothing is new on it any more: it has its turn, and none from then on.
    await foldAll(ports, FOR_EVER);
    const rest = await foldAll(ports, FOR_EVER);

    expect(turns).toEqual([1, 1, 1, 1, 2]);
    expect(rest).toEqual({ turns: 0, events: 0 });
    expect(calls.all).toEqual({ look: 2, foldedTo: 1, noteLook: 1 });
  });

  test('more busy channels than are remembered wait for the next look', async () => {
    const { ports, say, states } = setUp();
    const many = Array.from({ length: BUSY_EVENTS }, (): Said => ['k', 1]);
    for (let i = 0; i < BUSY_CHANNELS + 3; i++) await say(`c${i}`, ...many);
    await foldAll(ports, FOR_EVER);

    expect((await states.look()).busy).toHaveLength(BUSY_CHANNELS);
    expect((await foldAll(ports, FOR_EVER)).turns).toBe(BUSY_CHANNELS);
  });

  test('a look takes half of a run at most, and what is busy has the rest', async () => {
    const { ports, say, log, states } = setUp();
    for (const channel of ['a', 'b', 'c', 'd', 'e']) await say(channel, ['k', 1]);
    await states.noteLook({ after: '', begunAt: 0, busy: ['e'] });
    const slow = replacing(log, {
      read: async (...args: Parameters<MemoryLog['read']>) => {
        await ports.clock.advance(10);
        return log.read(...args);
      },
    });

    // A turn reads twice. The look has its turns of 20 ms until 60 ms are over.
    await foldAll({ ...ports, log: slow }, ports.clock.elapsed() + 120);
    const folded = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => states.foldedTo(name, 'e1')));
    expect(folded).toEqual([1, 1, 1, 0, 1]);
    expect(await states.look()).toMatchObject({ after: 'c', busy: [] });
  });

  test('two runs at once leave the same state as one', async () => {
    const { ports, say, kept } = setUp();
    for (let i = 0; i < 200; i++) {
      const n = i * 100;
      await say('a', ...Array.from({ length: 100 }, (_, k): Said => [`k${(n + k) % 300}`, n + k]));
    }
    await Promise.all([foldAll(ports, FOR_EVER), foldAll(ports, FOR_EVER)]);

    const newest = (await kept('a')).map(([, vid]) => vid).sort((x, y) => Number(x) - Number(y));
    expect(newest).toEqual(Array.from({ length: 300 }, (_, i) => 19_701 + i));
  });
});

/** Folds keep up with busy channels: in virtual time, where each call costs what it costs in AWS's region, in round figures. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { foldAll, LOOK_MS } from '../../../lib/state/fold-all.ts';
import type { FoldedStates } from '../../../lib/state/ports.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryStates } from '../../../packages/testing/src/memory/states.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { MemoryLogger, replacing } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

/** To read 1 MiB and parse it, on a small function's share of a processor. */
const READ_MS = 200;
/** A write of 5 ms, of which 16 are under way at once; a table's partition takes no more than one in a millisecond. */
const TAKE_MS = 1;
const MINUTE_MS = 60_000;
/** As functions/sweep.ts has it. */
const RUN_MS = 50_000;

interface Load {
  readonly name: string;
  readonly perSecond: number;
  readonly keys: number;
}

function setUp() {
  const log = new MemoryLog();
  const states = new MemoryStates();
  const clock = new FakeClock();
  const heads = new Map<string, number>();
  const say = async ({ name, keys }: Load, count: number) => {
    await log.begin(name, { epoch: 'e1', highWaterMark: 100_000_000 });
    const head = heads.get(name) ?? 0;
    for (let n = head; n < head + count; n += 100) {
      const events = Array.from({ length: 100 }, (_, i) => newEvent('i', 1, `k${(n + i) % keys}`));
      await log.append(name, newBlock(n + 1, events));
    }
    heads.set(name, head + count);
  };
  const slowLog = replacing(log, {
    read: async (...args: Parameters<MemoryLog['read']>) => {
      clock.jump(READ_MS);
      return log.read(...args);
    },
  });
  const slowStates = replacing<FoldedStates>(states, {
    take: async (...args) => {
      clock.jump(TAKE_MS);
      await states.take(...args);
    },
  });
  const ports = {
    log: slowLog,
    records: log,
    directory: log,
    states: slowStates,
    clock,
    logger: new MemoryLogger(),
  };
  /** The largest lag just before a run, in events, after the first minutes. */
  const lagOf = async (loads: readonly Load[], minutes: number, settled: number) => {
    let lag = 0;
    for (let minute = 0; minute < minutes; minute++) {
      const begun = clock.elapsed();
      for (const load of loads) {
        const folded = await states.foldedTo(load.name, 'e1');
        if (minute >= settled) lag = Math.max(lag, (heads.get(load.name) ?? 0) - folded);
        await say(load, load.perSecond * 60);
      }
      await foldAll(ports, begun + RUN_MS);
      // The next run begins with the minute, or at once.
      clock.jump(Math.max(0, begun + MINUTE_MS - clock.elapsed()));
    }
    return lag;
  };
  return { clock, states, heads, say, ports, lagOf };
}

describe('the lag is no more than what comes in a minute', () => {
  test.each<{ readonly what: string; readonly loads: readonly Load[] }>([
    { what: '2,000 events a second of 300 keys', loads: [{ name: 'a', perSecond: 2_000, keys: 300 }] },
    { what: '500 events a second of 100,000 keys', loads: [{ name: 'a', perSecond: 500, keys: 100_000 }] },
    {
      what: 'ten channels of 200 events a second and 1,000 keys',
      loads: Array.from({ length: 10 }, (_, i) => ({ name: `c${i}`, perSecond: 200, keys: 1_000 })),
    },
  ])(
    'of $what',
    async ({ loads }) => {
      const { lagOf } = setUp();
      const most = Math.max(...loads.map(({ perSecond }) => perSecond)) * 60;

      // Before the first run nothing is folded.
      expect(await lagOf(loads, 5, 1)).toBeLessThanOrEqual(most);
    },
    60_000,
  );
});

test('what was never folded is caught up with while others have their turns', async () => {
  const { clock, ports, say, states, heads } = setUp();
  const old = { name: 'old', perSecond: 0, keys: 1_000 };
  await say(old, 1_000_000);
  await say({ name: 'young', perSecond: 0, keys: 10 }, 100);
  const runs = [];
  for (let run = 0; run < 5 && (await states.foldedTo('old', 'e1')) < 1_000_000; run++) {
    await foldAll(ports, clock.elapsed() + RUN_MS);
    runs.push(await states.foldedTo('young', 'e1'));
    clock.jump(LOOK_MS);
  }

  expect([await states.foldedTo('old', 'e1'), heads.get('old')]).toEqual([1_000_000, 1_000_000]);
  expect(runs[0]).toBe(100);
  expect(runs.length).toBeLessThanOrEqual(2);
}, 60_000);

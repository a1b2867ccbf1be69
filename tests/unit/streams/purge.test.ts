/** Removing what nobody needs any more: step by step, as often as one likes, and never what somebody reads. */

import { describe, expect, test } from 'vitest';
import { NEVER } from '../../../lib/log/block.ts';
import { GRACE_MS } from '../../../lib/streams/delete.ts';
import { keepPurged } from '../../../lib/streams/keep-purged.ts';
import { purge } from '../../../lib/streams/purge.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import { get, post, put, remove } from '../../support/memory/stream-world.ts';
import { memoryProcess, memoryWorld, say, track } from '../../support/memory/world.ts';

const HOUR_MS = 3_600_000;
const ENDLESS = Number.POSITIVE_INFINITY;

function setUp() {
  const world = memoryWorld();
  const process = memoryProcess(world);
  const { clock, log } = world;
  /** Lets time pass until the round is over. */
  const purged = async (by = ENDLESS, ports = process.streaming) => {
    const round = track(purge(ports, by));
    while (!round.done) await clock.advance(5);
    return round.promise;
  };
  const noted = () => log.streams.doomed(ENDLESS);
  return { world, process, clock, log, purged, noted };
}

describe('a deleted stream', () => {
  test('is kept for answers that have begun, and then removed with what is noted of it', async () => {
    const { process, clock, log, purged, noted } = setUp();
    await put(process, 'a', { body: '[1]' });
    const { stream } = await get(process, 'a');
    await remove(process, 'a');
    await clock.advance(GRACE_MS - 1);
    const early = await purged(clock.elapsed());
    const kept = log.blocks(stream.log).length;
    await clock.advance(1);

    expect([early, kept, await purged(), await purged()]).toEqual([0, 2, 1, 0]);
    expect(log.blocks(stream.log)).toEqual([]);
    // That its first block was written in time is looked at later, and found to be so.
    await clock.advance(HOUR_MS);
    await purged();
    expect(await noted()).toEqual([]);
  });

  test('of bytes and of a channel: the log of a channel stays, since its mark tells that the name is taken', async () => {
    const { process, clock, log, purged, noted } = setUp();
    await say(process, 'doors', 'a');
    await remove(process, 'doors');
    await clock.advance(2 * HOUR_MS);

    expect([await purged(), await noted()]).toEqual([0, []]);
    expect(log.blocks('doors').at(-1)?.mark).toBe('deleted');
  });

  test('is not removed while a fork reads it, and looked at again in an hour', async () => {
    const { process, clock, log, purged, noted } = setUp();
    await put(process, 'a', { body: '[1]' });
    await put(process, 'b', { fork: { from: 'a' } });
    const { stream } = await get(process, 'a');
    await log.streams.doom({ name: 'a', log: stream.log, due: clock.now() });
    await remove(process, 'a');
    const begun = clock.now();

    expect(await purged()).toBe(0);
    expect((await noted()).filter(({ log: name }) => name === stream.log).map(({ due }) => due)).toContain(
      begun + HOUR_MS,
    );
    expect((await get(process, 'b')).body).toBe('[1]');
  });
});

describe('a stream that is marked as deleted, and not recorded so', () => {
  /** The delete ends after its mark: its process dies, or somebody changes the record at the same moment. */
  async function half(swap: () => Promise<boolean>, body?: string) {
    const all = setUp();
    await put(all.process, 'a', body === undefined ? {} : { body });
    const { stream } = await get(all.process, 'a');
    const streams = replacing(all.world.log.streams, { swap });
    void remove(memoryProcess(all.world, { streams }), 'a');
    await all.clock.advance(2 * HOUR_MS);
    const { length } = all.log.blocks(stream.log);
    await all.purged();
    return { ...all, stream, length };
  }
  const dies = () => new Promise<never>(() => undefined);

  test.each([
    ['its process died', dies],
    ['another change came first', async () => false],
  ])('is over for good when it was removed, where %s', async (_, swap) => {
    const { process, log, stream, length } = await half(swap, '[1]');

    expect([length, log.blocks(stream.log)]).toEqual([2, []]);
    await expect(get(process, 'a')).rejects.toMatchObject({ code: 'not-found' });
    expect((await put(process, 'a', { body: '[2]' })).isNew).toBe(true);
    expect((await get(process, 'a')).body).toBe('[2]');
  });

  test('is removed although nothing was noted of it when it was made', async () => {
    const { log, stream, length } = await half(dies);

    expect([length, log.blocks(stream.log)]).toEqual([1, []]);
  });
});

describe('an edge whose fork was never made', () => {
  /** A process dies between the edge and the record of the fork. */
  async function dying() {
    const all = setUp();
    await put(all.process, 'a', { body: '[1]' });
    const { stream } = await get(all.process, 'a');
    const swap = () => new Promise<never>(() => undefined);
    const streams = replacing(all.world.log.streams, { swap });
    void put(memoryProcess(all.world, { streams }), 'b', { fork: { from: 'a' } });
    await all.clock.advance(100);
    return { ...all, stream };
  }

  test('does not keep the log of its source for ever', async () => {
    const { process, clock, log, purged, stream } = await dying();
    const edges = (await log.streams.forks(stream.log)).length;
    await remove(process, 'a');
    await clock.advance(2 * HOUR_MS);
    await purged();

    expect([edges, await log.streams.forks(stream.log), log.blocks(stream.log)]).toEqual([1, [], []]);
  });

  test('does not keep the name of a source that had lived for long before it was deleted', async () => {
    const { process, clock, log, purged, stream } = await dying();
    await clock.advance(2 * HOUR_MS);
    await purged();
    await remove(process, 'a');
    await expect(get(process, 'a')).rejects.toMatchObject({ code: 'gone' });
    await clock.advance(2 * HOUR_MS);
    await purged();

    expect([await log.streams.forks(stream.log), log.blocks(stream.log)]).toEqual([[], []]);
    expect((await put(process, 'a')).isNew).toBe(true);
  });

  test('keeps it in the first minutes, in which it may yet be made', async () => {
    const { process, clock, log, purged, stream } = await dying();
    await clock.advance(HOUR_MS);
    await remove(process, 'a');
    await clock.advance(GRACE_MS - 1);
    await purged(clock.elapsed() + 1);

    expect(log.blocks(stream.log)).toHaveLength(2);
  });
});

test('a fork that comes second to another takes its edge away, and the log of a source that was deleted meanwhile', async () => {
  const { world, process, clock, log, purged } = setUp();
  await put(process, 'a', { body: '[1]' });
  const { stream } = await get(process, 'a');
  await clock.advance(2 * HOUR_MS);
  await purged();
  const swap: typeof log.streams.swap = async () => {
    await remove(process, 'a');
    await put(process, 'b', { body: '[2]' });
    return false;
  };
  const streams = replacing(world.log.streams, { swap });

  await expect(
    put(memoryProcess(world, { streams }), 'b', { fork: { from: 'a' }, body: '[2]' }),
  ).rejects.toMatchObject({ code: 'conflict' });
  await clock.advance(GRACE_MS);

  expect([await purged(), log.blocks(stream.log)]).toEqual([1, []]);
});

describe('a stream that ends by itself', () => {
  test('and was read meanwhile is noted for its new end', async () => {
    const { process, clock, log, purged, noted } = setUp();
    await put(process, 'a', { ttlS: 100 });
    const { stream } = await get(process, 'a');
    await clock.advance(60_000);
    await get(process, 'a');
    const touched = clock.now();
    await clock.advance(50_000);

    expect([await purged(), (await get(process, 'a')).body]).toEqual([0, '[]']);
    expect(await noted()).toEqual([{ name: 'a', log: stream.log, due: touched + 100_000 }]);
    expect(log.blocks(stream.log)).toEqual([]);
  });

  test('is marked before it is removed: a writer that still knows it meets the mark', async () => {
    const { world, process, clock, purged } = setUp();
    await put(process, 'a', { ttlS: 100, body: '[1]' });
    const { stream } = await get(process, 'a');
    await clock.advance(101_000);
    const appended: unknown[] = [];
    const append: typeof world.log.append = async (name, block) => {
      appended.push([name, block.mark, block.first, block.last, block.expires]);
      return world.log.append(name, block);
    };
    const { streaming } = memoryProcess(world, { log: replacing(world.log, { append }) });

    expect(await purged(ENDLESS, { ...process.streaming, log: streaming.log })).toBe(1);
    expect(appended).toEqual([[stream.log, 'deleted', 2, 2, NEVER]]);
  });

  test('whose mark comes second stays for the next round', async () => {
    const { world, process, clock, purged } = setUp();
    await put(process, 'a', { ttlS: 100, body: '[1]' });
    await clock.advance(101_000);
    const log = replacing(world.log, { append: async () => 'conflict' });

    expect(await purged(ENDLESS, { ...process.streaming, log })).toBe(0);
    expect(await purged()).toBe(1);
  });

  test('that somebody touches at the same moment stays', async () => {
    const { world, process, clock, purged } = setUp();
    await put(process, 'a', { ttlS: 100, body: '[1]' });
    await clock.advance(101_000);
    const streams = replacing(world.log.streams, { swap: async () => false });
    const { stream: versioned } = (await world.log.get('a')) ?? {};

    expect(await purged(ENDLESS, { ...process.streaming, streams })).toBe(0);
    expect(versioned?.record.state).toBe('live');
    expect(world.log.blocks(versioned?.record.log ?? '')).toHaveLength(1);
  });

  test('and is a fork lets its source go', async () => {
    const { process, clock, log, purged } = setUp();
    await put(process, 'a', { body: '[1]' });
    const { stream } = await get(process, 'a');
    await put(process, 'b', { fork: { from: 'a' }, ttlS: 10 });
    await remove(process, 'a');
    await clock.advance(11_000);
    await purged();
    const forks = await log.streams.forks(stream.log);
    await clock.advance(GRACE_MS);

    expect([forks, await purged()]).toEqual([[], 1]);
    expect(log.blocks(stream.log)).toEqual([]);
  });

  test('and was made for good after all is spared', async () => {
    const { process, clock, log, purged, noted } = setUp();
    await put(process, 'a', { body: '[1]' });
    const { stream } = await get(process, 'a');
    await clock.advance(2 * HOUR_MS);

    expect([await purged(), await noted(), log.blocks(stream.log).length]).toEqual([0, [], 1]);
  });
});

describe('a round', () => {
  test('that may not be longer stops before the next log', async () => {
    const { process, clock, purged } = setUp();
    for (const name of ['a', 'b']) {
      await put(process, name, { body: '[1]' });
      await remove(process, name);
    }
    await clock.advance(2 * HOUR_MS);

    expect([await purged(clock.elapsed()), await purged()]).toEqual([0, 2]);
  });

  test('goes on in small steps while a log has more, and leaves the rest when its time is over', async () => {
    const { world, process, clock, purged, noted } = setUp();
    await put(process, 'a', { body: '[1]' });
    await remove(process, 'a');
    await clock.advance(GRACE_MS);
    let steps = 0;
    const streams = replacing(world.log.streams, {
      purge: async (log) => {
        await world.log.streams.purge(log);
        return ++steps % 4 !== 0;
      },
    });
    const ports = { ...process.streaming, streams };
    const begun = clock.elapsed();
    // 0, 5 and 10 ms; the fourth step would begin after its time.
    const broken = await purged(begun + 10, ports);
    const [first, left] = [steps, (await noted()).length];
    const whole = await purged(ENDLESS, ports);

    expect([broken, first, left, whole, steps]).toEqual([0, 3, 2, 1, 4]);
  });
});

describe('a process that lives on', () => {
  test('purges each minute, and after one that failed too', async () => {
    const { world, process, clock } = setUp();
    let rounds = 0;
    const streams = replacing(world.log.streams, {
      doomed: async () => {
        rounds++;
        throw unavailable();
      },
    });
    const kept = keepPurged({ ...process.streaming, streams }, process.logger);
    const seen = [rounds];
    for (const ms of [59_999, 1, 60_000]) {
      await clock.advance(ms);
      seen.push(rounds);
    }
    kept.stop();
    await clock.advance(HOUR_MS);

    expect([...seen, rounds]).toEqual([0, 0, 1, 2, 2]);
    expect(process.logger.lines.map(({ level, fields }) => [level, fields])).toEqual(
      Array(2).fill(['debug', { reason: 'PushError' }]),
    );
  });

  test('that is stopped in a round does not begin another', async () => {
    const { world, process, clock } = setUp();
    let rounds = 0;
    let stop: () => void = () => undefined;
    const streams = replacing(world.log.streams, {
      doomed: async () => {
        rounds++;
        stop();
        return [];
      },
    });
    ({ stop } = keepPurged({ ...process.streaming, streams }, process.logger));
    await clock.advance(HOUR_MS);

    expect([rounds, process.logger.lines, clock.sleeping]).toEqual([1, [], 0]);
  });

  test('gives a round five seconds', async () => {
    const { process, clock, world } = setUp();
    await put(process, 'a', { body: '[1]' });
    await remove(process, 'a');
    await clock.advance(2 * HOUR_MS);
    const begun = clock.elapsed() + 60_000;
    const asked: number[] = [];
    const streams = replacing(world.log.streams, {
      purge: async () => {
        asked.push(clock.elapsed() - begun);
        return true;
      },
    });
    const kept = keepPurged({ ...process.streaming, streams }, process.logger);
    await clock.advance(66_000);
    kept.stop();

    expect([asked[0], asked.at(-1)]).toEqual([0, 5_000]);
  });
});

test('what is written to a log that was noted as unborn lives on', async () => {
  const { process, clock, purged } = setUp();
  await put(process, 'a', { body: '[1]' });
  await post(process, 'a', '[2]');
  await clock.advance(HOUR_MS);
  await purged();

  expect((await get(process, 'a')).body).toBe('[1,2]');
});

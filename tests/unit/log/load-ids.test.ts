/** A process that knows nothing learns which ids are young: from digests, and from the log where there are none. */

import { describe, expect, test } from 'vitest';
import type { VidSpan } from '../../../lib/log/ports.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import { draftsFor, eventsIn, memoryProcess, memoryWorld, type World } from '../../support/memory/world.ts';

const STEP = 10;

function processOf(world: World) {
  const calls = new Calls();
  const spans: Array<VidSpan | undefined> = [];
  const log = replacing(counting(world.log, calls), {
    since: (channel, sinceMs, span) => {
      spans.push(span);
      return world.log.since(channel, sinceMs, span);
    },
  });
  const { publish } = memoryProcess(world, { log, digestStep: STEP });
  const append = async (...ids: readonly string[]) => {
    const { answer } = await publish.appender.append('doors', draftsFor(ids), true);
    return answer;
  };
  return { append, spans, calls };
}

/** A world in which one process has published `count` events by ids, one at a time, some ms apart. */
async function worldWith(count: number, apartMs = 100): Promise<World> {
  const world = memoryWorld();
  const { append } = processOf(world);
  for (let n = 1; n <= count; n++) {
    await append(`id-${n}`);
    await world.clock.advance(apartMs);
  }
  return world;
}

const spansOf = (world: World) => world.digests.kept('doors').map(({ first, last }) => [first, last]);

test('whoever ends a span keeps its digest', async () => {
  const world = await worldWith(35);

  expect(spansOf(world)).toEqual([
    [1, 10],
    [11, 20],
    [21, 30],
  ]);
});

test('a process that publishes something new reads the newest end only', async () => {
  const world = await worldWith(35);
  const { append, spans } = processOf(world);

  const answer = await append('new');

  expect(answer).toMatchObject({ first: 36, count: 1 });
  expect(spans).toEqual([{ first: 31, last: 35 }]);
});

test('what may be in a span is looked up there, and told with its place', async () => {
  const world = await worldWith(35);
  const { append, spans } = processOf(world);

  const answer = await append('id-7', 'new', 'id-33');

  expect(answer).toEqual({ first: 7, last: 36, count: 1, duplicates: 2 });
  expect(spans.slice(1)).toEqual([
    { first: 1, last: 10, epoch: expect.anything(), at: expect.anything(), hashes: expect.anything() },
  ]);
});

test('a span is read once', async () => {
  const world = await worldWith(35);
  const { append, spans } = processOf(world);

  await append('id-7');
  await append('id-8', 'id-7');

  expect(spans).toHaveLength(2);
});

test('the digest of the next span holds what was read of it at the newest end', async () => {
  const world = await worldWith(35);
  const { append } = processOf(world);

  for (const n of [36, 37, 38, 39, 40]) await append(`id-${n}`);

  expect(spansOf(world).at(-1)).toEqual([31, 40]);
});

describe('a missing digest costs a look at the log', () => {
  test.for([[20], [30], [10], [10, 20], [10, 20, 30]])('without those up to %j', async (missing) => {
    const world = await worldWith(35);
    for (const last of missing) world.digests.lose('doors', last);
    const { append } = processOf(world);

    const answers = [await append('id-7'), await append('id-17', 'id-27')];

    expect(answers).toMatchObject([
      { first: 7, count: 0 },
      { first: 17, last: 27, count: 0 },
    ]);
    expect(eventsIn(world, 'doors')).toHaveLength(35);
  });

  test('with many missing in one look', async () => {
    const world = await worldWith(395);
    for (let last = 10; last < 390; last += 20) world.digests.lose('doors', last);
    const { append, spans } = processOf(world);

    expect(await append('id-7', 'id-17')).toMatchObject({ count: 0, duplicates: 2 });
    expect(spans[0]).toEqual({ first: 1, last: 395 });
  });
});

test('digests that are too old are not asked for, and what they hold may be appended again', async () => {
  const world = await worldWith(35, 60_000);
  const { append, spans } = processOf(world);

  const answer = await append('id-7', 'id-34');

  expect(answer).toMatchObject({ first: 34, last: 36, count: 1, duplicates: 1 });
  expect(spans).toEqual([{ first: 31, last: 35 }]);
});

test('digests of another life are left alone', async () => {
  const world = await worldWith(35);
  world.log.drop();
  const { append } = processOf(world);

  const answer = await append('id-7', 'id-8');

  expect(answer).toEqual({ first: 1, last: 2, count: 2, duplicates: 0 });
});

test('a store that keeps no digests costs looks at the log, and says so', async () => {
  const world = memoryWorld();
  const digests = replacing(world.digests, { keep: async () => Promise.reject(new Error('no room')) });
  const { publish, logger } = memoryProcess(world, { digests, digestStep: STEP });
  for (let n = 1; n <= 35; n++) await publish.appender.append('doors', draftsFor([`id-${n}`]), true);

  expect(await processOf(world).append('id-7')).toMatchObject({ first: 7, count: 0 });
  expect(logger.lines.filter(({ level }) => level === 'debug')).toHaveLength(3);
});

/** A publish whose answer was that it failed, and whose events are in the log after all: readers hear of them all the same. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { publish, publishAll } from '../../../lib/publish/publish.ts';
import { replacing } from '../../support/memory/doubles.ts';
import { setUpReader } from '../../support/memory/reader.ts';
import { ask, draftsFor, memoryProcess, track, vidsOf } from '../../support/memory/world.ts';

const BUSY = { code: 'unavailable' };

/** A reader who waits, and a publisher whose log takes 15 s for a block: 5 s more than a publish waits for. */
async function setUp() {
  const { world, clock, reader } = await setUpReader();
  const log = replacing(world.log, {
    append: async (...call: Parameters<typeof world.log.append>) => {
      await clock.sleep(15_000);
      return world.log.append(...call);
    },
  });
  return { world, clock, reader, publisher: memoryProcess(world, { log }) };
}

test.each([
  { what: 'one block', act: publish },
  { what: 'block after block', act: publishAll },
])(
  'as $what: the publisher is told after 10 s, and who sleeps is rung when the block is there',
  async ({ act }) => {
    const { clock, reader, publisher } = await setUp();
    const polling = track(ask(reader, { channel: 'doors', maxvid: 0 }));
    const refused = expect(
      act(publisher.publish, TRUSTED, 'doors', draftsFor(['a']), true),
    ).rejects.toMatchObject(BUSY);
    await clock.advance(10_000);
    await refused;
    expect(polling.done).toBe(false);

    await clock.advance(5_000);

    expect(polling.done).toBe(true);
    expect(vidsOf(await polling.promise)).toEqual([1]);
  },
);

test('publishing it again under its id appends nothing twice', async () => {
  const { world, clock, publisher } = await setUp();
  const refused = expect(
    publish(publisher.publish, TRUSTED, 'doors', draftsFor(['a']), true),
  ).rejects.toMatchObject(BUSY);
  await clock.advance(16_000);
  await refused;

  const again = publish(memoryProcess(world).publish, TRUSTED, 'doors', draftsFor(['a']), true);

  expect(await again).toEqual({ first: 1, last: 1, count: 0, duplicates: 1 });
});

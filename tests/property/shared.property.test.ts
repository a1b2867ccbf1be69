/**
 * An answer to a shared poll may be given to any later asker of the same address, however much later: a reader behind a cache that keeps answers as
 * long as it likes, and before processes whose clocks differ, gets every event of each life once and in order, and asks no address twice.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createApp } from '../../lib/http/app.ts';
import { sharedRoutes } from '../../lib/http/v1/shared.ts';
import type { Served } from '../support/http/http.ts';
import { SharedReader } from '../support/http/shared-reader.ts';
import { unavailable } from '../support/memory/doubles.ts';
import { everyone } from '../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say, type World } from '../support/memory/world.ts';
import { SetClock, settle } from '../support/time/clock.ts';
import { MISTAKES } from './shared-mistakes.ts';

const MIN = 60_000;
/** More than any reader needs that is not sent to and fro. */
const MOST_REQUESTS = 200;

const plan = fc.record({
  /** By how much the wall clocks of two processes are wrong, in ms. */
  clocks: fc.tuple(fc.integer({ min: -MIN, max: MIN }), fc.integer({ min: -MIN, max: MIN })),
  steps: fc.array(
    fc.record({
      what: fc.constantFrom('publish', 'publish', 'pass', 'come', 'remake', 'empty'),
      /** Which process, how many events, how much time. */
      much: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 4, maxLength: 16 },
  ),
  /** Which process answers, and whether the log cannot be reached then. */
  fates: fc.array(fc.record({ process: fc.nat(1), fails: fc.integer({ min: 0, max: 9 }) }), {
    minLength: 1,
    maxLength: 60,
  }),
});
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** Keeps whatever may be kept, until it is emptied. */
class Attic implements Served {
  readonly #origin: Served;
  readonly kept = new Map<string, { readonly body: string; readonly status: number }>();

  constructor(origin: Served) {
    this.#origin = origin;
  }

  async request(path: string): Promise<Response> {
    const kept = this.kept.get(path);
    if (kept) return new Response(kept.body, kept);
    const response = await this.#origin.request(path);
    const body = await response.text();
    if (response.headers.get('cache-control')?.startsWith('public'))
      this.kept.set(path, { body, status: response.status });
    return new Response(body, { status: response.status });
  }
}

function originOf(world: World, { clocks, fates }: Plan): Served {
  const apps = clocks.map((offMs) => {
    const clock = new SetClock(world.clock);
    clock.set(offMs);
    const { logger, poll } = memoryProcess(world, { clock });
    return createApp({ logger, random: world.random }, everyone, [sharedRoutes(poll, ['*'])]);
  });
  let asked = 0;
  return {
    async request(path, init) {
      // In the end all goes well.
      const { process, fails } = fates[asked++] ?? { process: asked % 2, fails: 9 };
      // What a gateway answers by itself, in its own words.
      if (fails === 0) return new Response('{"message":"Service Unavailable"}', { status: 503 });
      if (fails === 1) throw unavailable();
      const app = apps[process];
      if (!app) throw new Error('there is no such process');
      return app.request(path, init);
    },
  };
}

/** What went wrong; undefined when nothing did. */
async function follow(asked: Plan, spoil: (origin: Served) => Served = (origin) => origin) {
  const world = memoryWorld();
  const publisher = memoryProcess(world);
  const attic = new Attic(spoil(originOf(world, asked)));
  const readers: SharedReader[] = [];
  const published = new Map<string, number>();
  let over = false;
  let requests = 0;
  const counted: Served = {
    request(path) {
      if (++requests > MOST_REQUESTS * Math.max(1, readers.length)) over = true;
      return attic.request(path);
    },
  };
  const come = () => {
    const reader = new SharedReader(counted, 'doors', (ms) => world.clock.sleep(ms));
    readers.push(reader);
    void reader.readUntil(() => over);
  };
  const epochNow = () => world.log.blocks('doors').at(-1)?.epoch;
  come();
  await say(publisher, 'doors', 'first');
  published.set(epochNow() ?? '', 1);
  for (const { what, much } of [...asked.steps, { what: 'pass', much: 4 } as const]) {
    if (what === 'come') come();
    if (what === 'empty') attic.kept.clear();
    if (what === 'pass') await world.clock.advance(much * 12_000);
    if (what === 'remake') {
      world.log.drop();
      await settle();
    }
    if (what === 'publish' || what === 'remake') {
      const ids = Array.from({ length: much }, () => world.random.id());
      await say(memoryProcess(world), 'doors', ...ids);
      const epoch = epochNow() ?? '';
      published.set(epoch, (published.get(epoch) ?? 0) + much);
    }
    await settle();
  }
  // Every process looks at its log again within 20 s, and a cache may send a reader through all that it has kept.
  const epoch = epochNow() ?? '';
  const last = published.get(epoch) ?? 0;
  for (let turn = 0; turn < 20 && readers.some((one) => one.seen.get(epoch)?.at(-1) !== last); turn++)
    await world.clock.advance(12_000);
  const isLoop = over;
  over = true;
  await world.clock.advance(100_000);
  return faultOf(readers, published, epoch, isLoop);
}

function faultOf(
  readers: readonly SharedReader[],
  published: ReadonlyMap<string, number>,
  epoch: string,
  isLoop: boolean,
): string | undefined {
  if (isLoop) return 'a reader asks on and on';
  for (const { seen, repeated } of readers) {
    if (repeated.length > 0) return `asked twice: ${repeated.join(' ')}`;
    for (const [life, vids] of seen) {
      const gaps = vids.some((vid, i) => vid !== i + 1);
      if (gaps || vids.length > (published.get(life) ?? 0)) return `in ${life}: ${vids.join()}`;
    }
    if (seen.get(epoch)?.length !== published.get(epoch)) return `not all of ${epoch}: ${seen.get(epoch)}`;
  }
  return undefined;
}

test('readers behind a cache that keeps answers for ever get every event once, in order, and ask no address twice', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (asked) => {
      expect(await follow(asked)).toBeUndefined();
    }),
    { numRuns: 60 },
  );
}, 60_000);

test.each(Object.keys(MISTAKES))(
  'a mistake of the origin is seen: %s',
  async (name) => {
    const found = fc.check(
      fc.asyncProperty(plan, async (asked) => (await follow(asked, MISTAKES[name])) === undefined),
      { numRuns: 60, seed: 1, endOnFailure: true },
    );

    expect((await found).failed).toBe(true);
  },
  60_000,
);

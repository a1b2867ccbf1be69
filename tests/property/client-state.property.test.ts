/**
 * Whatever happens to requests, pages, events and tabs, a map of a state becomes the fold of all events, the changes that were told make the same map, and
 * within one life no key goes back.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type StateChange,
  type StateEntry,
  subscribeState,
} from '../../packages/client/src/subscribe-state.ts';
import { startScene } from '../support/browser/client.ts';
import type { Fault } from '../support/browser/virtual-messages.ts';
import { SeededRandom } from '../support/time/clock.ts';

const KEYS = ['a', 'a.1', 'b', 'b&c', 'é', 'z'] as const;
const FAULTS: readonly Fault[] = ['cut', 'answer lost', 'silence', 'busy', 'sign-in page'];
const WAYS = [
  {},
  { key: ['a', 'é'] },
  { prefix: 'b' },
  { every: 700 },
  { share: false },
  { isKept: true },
  { isKept: true, prefix: 'b' },
] as const;

type Step =
  | { readonly does: 'set'; readonly key: (typeof KEYS)[number]; readonly data: number | null }
  | { readonly does: 'publish' | 'expire' | 'anew' | 'open' | 'close' }
  | { readonly does: 'pass'; readonly ms: number };

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('set' as const),
      key: fc.constantFrom(...KEYS),
      data: fc.option(fc.nat(99)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 3, 8, 40, 2_000, 30_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom('publish' as const, 'expire' as const, 'open' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('anew' as const, 'close' as const) }) },
);

/**
 * A reader's map made of the changes that it was told alone. One that keeps its state begins with what others of its way have kept. Whether the kept place
 * is the right one is for kept-state.test.ts: here a mistake of one event is seldom seen.
 */
function startReader(
  { browser, server }: ReturnType<typeof startScene>,
  way: (typeof WAYS)[number],
  kept: Map<string, string>,
) {
  const tab = browser.open(server.fetch);
  const store = 'isKept' in way ? kept : undefined;
  const state = subscribeState('doors', { platform: tab.platform, store, ...way });
  const made = new Map<string, StateEntry>();
  const backwards: string[] = [];
  const take = ({ changed, deleted }: StateChange) => {
    for (const entry of changed) {
      const before = made.get(entry.key);
      const isSameLife = before?.id.split('-')[1] === entry.id.split('-')[1];
      if (before && isSameLife && before.vid > entry.vid) backwards.push(entry.key);
      made.set(entry.key, entry);
    }
    for (const key of deleted) if (!made.delete(key)) backwards.push(`-${key}`);
  };
  state.on('change', take);
  return { tab, state, made, backwards, way };
}

const print = (entries: ReadonlyMap<string, StateEntry>) =>
  Object.fromEntries([...entries].map(([key, { id, data }]) => [key, `${id} ${data}`]));

test('a map of a state becomes the fold of all events', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(step as fc.Arbitrary<Step>, { minLength: 20, maxLength: 60 }),
      async (seed, steps) => {
        const scene = startScene(seed);
        const { server, time } = scene;
        const random = new SeededRandom(seed);
        const pick = <T>(list: readonly T[]) => list[Math.floor(random.fraction() * list.length)] as T;
        server.limit = pick([1, 3, 500]);
        let share = 0.3;
        server.fault = () => (random.fraction() < share ? pick(FAULTS) : undefined);
        const kept = new Map<string, string>();
        const readers = WAYS.map((way) => startReader(scene, way, kept));
        const publish = (does: () => void) => {
          does();
          server.keys('doors').pageEntries = pick([1, 2, 1_000]);
        };

        for (const one of steps) {
          if (one.does === 'set') publish(() => server.set('doors', one.key, one.data));
          if (one.does === 'publish') publish(() => server.publish('doors', 3));
          if (one.does === 'expire') server.expire('doors', server.head('doors') - 1);
          // A life of its own has an event: a reader of the old one is told by it.
          if (one.does === 'anew') {
            server.beginAnew('doors');
            publish(() => server.set('doors', 'a', seed));
          }
          if (one.does === 'open') readers.push(startReader(scene, pick(WAYS), kept));
          if (one.does === 'close') readers.shift()?.state.close();
          if (one.does === 'pass') await time.advance(one.ms);
        }
        share = 0;
        await time.advance(400_000);

        for (const { state, made, backwards, way } of readers) {
          const wanted = Object.entries(server.state('doors')).filter(([key]) => {
            if ('key' in way) return (way.key as readonly string[]).includes(key);
            return 'prefix' in way ? key.startsWith(way.prefix) : true;
          });
          expect(state.status.state).toBe('live');
          expect(print(state.entries)).toEqual(Object.fromEntries(wanted));
          expect(print(made)).toEqual(Object.fromEntries(wanted));
          expect(backwards).toEqual([]);
          state.close();
        }
        await time.advance(30_000);
        expect(server.open.size).toBe(0);
      },
    ),
    { numRuns: 45 },
  );
});

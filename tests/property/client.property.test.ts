/**
 * The client under anything: tabs that are opened, frozen, hung, thawed, crashed and closed, over a network and a server that fail in every
 * way, while events are published. Whatever happened, each tab that lives has every event once, in order; and in the end one poll is held.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Subscription, subscribe } from '../../packages/client/src/index.ts';
import { type Tab, VirtualBrowser } from '../support/browser/virtual-browser.ts';
import type { Fault } from '../support/browser/virtual-messages.ts';
import { VirtualServer } from '../support/browser/virtual-server.ts';
import { SeededRandom } from '../support/time/clock.ts';
import { VirtualTime } from '../support/time/virtual-time.ts';

const FAULTS: readonly Fault[] = ['cut', 'answer lost', 'silence', 'busy', 'sign-in page'];
const CHANNELS = ['doors', 'alerts', 'lifts'];
/** What the tabs follow, one after the other. */
const FOLLOWED = [['doors', 'alerts'], ['lifts'], ['doors', 'lifts'], ['alerts'], CHANNELS];

interface Reader {
  readonly tab: Tab;
  readonly subscription: Subscription;
  /** Vids by channel, in the order in which they were handled. */
  readonly seen: Map<string, number[]>;
  readonly missed: Map<string, number>;
}

type Command =
  | { readonly kind: 'publish'; readonly channel: string; readonly count: number }
  | { readonly kind: 'expire'; readonly channel: string; readonly upTo: number }
  | { readonly kind: 'open' | 'freeze' | 'hang' | 'thaw' | 'crash' | 'close'; readonly which: number }
  | { readonly kind: 'offline' | 'online'; readonly which: number }
  | { readonly kind: 'faults'; readonly share: number }
  | { readonly kind: 'pass'; readonly ms: number };

const which = fc.nat(4);
const channel = fc.constantFrom(...CHANNELS);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      channel,
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), channel, upTo: fc.nat(200) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('open', 'freeze', 'hang', 'thaw', 'crash', 'close', 'offline', 'online'),
      which,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('faults' as const), share: fc.constantFrom(0, 0.3, 0.8, 1) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 8, 50, 700, 6_000, 45_000),
    }),
  },
);

function setUp(seed: number) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const server = new VirtualServer(time);
  const browser = new VirtualBrowser(time, seed);
  server.limit = 7;
  const readers: Reader[] = [];
  function open(share: boolean): void {
    const tab = browser.open(server.fetch);
    const names = FOLLOWED[readers.length] ?? CHANNELS;
    const subscription = subscribe(names, { from: 'start', platform: tab.platform, share });
    const seen = new Map<string, number[]>(names.map((name) => [name, []]));
    const missed = new Map<string, number>();
    subscription.on('missed', (told) =>
      missed.set(told.channel, (missed.get(told.channel) ?? 0) + told.count),
    );
    subscription.on('event', (event) => void seen.get(event.channel)?.push(event.vid));
    readers.push({ tab, subscription, seen, missed });
  }
  return { time, random, server, browser, readers, open };
}

async function run(
  { time, random, server, readers, open }: ReturnType<typeof setUp>,
  commands: readonly Command[],
  share: boolean,
) {
  open(share);
  for (const one of commands) {
    if (one.kind === 'publish') server.publish(one.channel, one.count);
    else if (one.kind === 'expire') server.expire(one.channel, one.upTo);
    else if (one.kind === 'pass') await time.advance(one.ms);
    else if (one.kind === 'faults') {
      const pick = () => FAULTS[Math.floor(random.fraction() * FAULTS.length)];
      server.fault = () => (random.fraction() < one.share ? pick() : undefined);
    } else if (one.kind === 'open') {
      if (readers.length < FOLLOWED.length) open(share);
    } else {
      const reader = readers[one.which % readers.length];
      if (!reader || (reader.tab.state !== 'awake' && one.kind !== 'thaw' && one.kind !== 'crash')) continue;
      if (one.kind === 'close') reader.subscription.close();
      else if (one.kind === 'offline' || one.kind === 'online') reader.tab.dispatch(one.kind);
      else reader.tab[one.kind]();
    }
  }
}

const alive = ({ tab, subscription }: Reader) =>
  tab.state === 'awake' && subscription.status.state !== 'stopped';

test.each([
  ['alone', false],
  ['sharing one poll', true],
])(
  'tabs %s get every event once, in order, whatever happens',
  async (_, share) => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(command, { minLength: 5, maxLength: 60, size: 'max' }),
        async (seed, commands) => {
          const set = setUp(seed);
          const { server, time, readers } = set;
          await run(set, commands, share);

          server.fault = () => undefined;
          for (const { tab } of readers) tab.thaw();
          await time.advance(200_000);

          for (const reader of readers.filter(alive)) {
            for (const [name, vids] of reader.seen) {
              const missed = reader.missed.get(name) ?? 0;
              expect(vids).toEqual([...new Set(vids)].sort((a, b) => a - b));
              expect(vids.length + missed).toBe(server.head(name));
              if (!commands.some((one) => one.kind === 'expire' && one.channel === name))
                expect(missed).toBe(0);
            }
            expect(reader.subscription.status.state).toBe('live');
          }
          const living = readers.filter(alive).length;
          expect(server.open.size).toBe(share ? Math.min(1, living) : living);
        },
      ),
      { numRuns: 120 },
    );
  },
  120_000,
);

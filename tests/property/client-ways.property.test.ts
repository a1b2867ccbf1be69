/**
 * The client while it changes between ways to wait: tabs that share a poll or not, hidden or seen, before a server that offers now this and now that, and
 * where each way fails as it likes. Whatever happened, each tab has every event once, in order.
 */
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { Way } from '../../lib/protocol/doorbell.ts';
import { type Subscription, subscribe } from '../../packages/client/src/index.ts';
// Loaded before: the client loads it in real time, and here only virtual time passes.
import '../../packages/client/src/ways.ts';
import { type Tab, VirtualBrowser } from '../support/browser/virtual-browser.ts';
import type { Fault } from '../support/browser/virtual-messages.ts';
import { VirtualServer } from '../support/browser/virtual-server.ts';
import { VirtualWays, type WayFault } from '../support/browser/virtual-ways.ts';
import { SeededRandom } from '../support/time/clock.ts';
import { VirtualTime } from '../support/time/virtual-time.ts';

const WAY_FAULTS: readonly WayFault[] = ['refused', 'busy', 'broken', 'cut', 'silence', 'page', 'bell lost'];
const FAULTS: readonly Fault[] = ['cut', 'answer lost', 'silence', 'busy', 'sign-in page'];
const OFFERS: readonly (readonly Way[])[] = [[], ['shared'], ['direct'], ['shared', 'direct']];
/** What the tabs follow: by one channel a shared poll can be taken, by two a direct wait only. */
const FOLLOWED = [['doors'], ['doors', 'alerts'], ['doors']];

interface Reader {
  readonly tab: Tab;
  readonly subscription: Subscription;
  readonly seen: Map<string, number[]>;
}

type Command =
  | { readonly kind: 'publish'; readonly channel: string; readonly count: number }
  | { readonly kind: 'offer'; readonly offered: readonly Way[]; readonly hold: number | undefined }
  | { readonly kind: 'cut'; readonly cutMs: number }
  | { readonly kind: 'ways fail' | 'all fails'; readonly share: number }
  | { readonly kind: 'open' | 'hide' | 'show' }
  | { readonly kind: 'freeze' | 'thaw' | 'online'; readonly which: number }
  | { readonly kind: 'pass'; readonly ms: number };

const one = <K extends string>(...kinds: readonly K[]) => fc.constantFrom(...kinds);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: one('publish'),
      channel: fc.constantFrom('doors', 'alerts'),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: one('offer'),
      offered: fc.constantFrom(...OFFERS),
      hold: fc.constantFrom(undefined, 55, 110),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: one('cut'), cutMs: fc.constantFrom(30_000, Number.POSITIVE_INFINITY) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: one('ways fail', 'all fails'), share: fc.constantFrom(0, 0.3, 0.8, 1) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: one('open', 'hide', 'show') }) },
  { weight: 2, arbitrary: fc.record({ kind: one('freeze', 'thaw', 'online'), which: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: one('pass'), ms: fc.constantFrom(1, 50, 700, 6_000, 45_000, 400_000) }),
  },
);

function setUp(seed: number, share: boolean) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const server = new VirtualServer(time);
  const ways = new VirtualWays(server, time);
  const browser = new VirtualBrowser(time, seed);
  server.limit = 4;
  const readers: Reader[] = [];
  const open = () => {
    const names = FOLLOWED[readers.length];
    if (!names) return;
    const tab = browser.open(ways.fetch);
    const subscription = subscribe(names, { from: 'start', platform: tab.platform, share });
    const seen = new Map<string, number[]>(names.map((name) => [name, []]));
    subscription.on('event', ({ channel, vid }) => void seen.get(channel)?.push(vid));
    readers.push({ tab, subscription, seen });
  };
  const show = (visibilityState: 'hidden' | 'visible') => {
    vi.stubGlobal('document', { visibilityState });
    for (const { tab } of readers) tab.dispatch('visibilitychange');
  };
  const pick = <T>(all: readonly T[], share: number): T | undefined =>
    random.fraction() < share ? all[Math.floor(random.fraction() * all.length)] : undefined;
  return { time, server, ways, readers, open, show, pick };
}

async function run(world: ReturnType<typeof setUp>, commands: readonly Command[]): Promise<void> {
  const { time, server, ways, readers, open, show, pick } = world;
  open();
  for (const each of commands) {
    if (each.kind === 'publish') server.publish(each.channel, each.count);
    else if (each.kind === 'offer') Object.assign(ways, { offered: each.offered, hold: each.hold });
    else if (each.kind === 'cut') ways.cutMs = each.cutMs;
    else if (each.kind === 'pass') await time.advance(each.ms);
    else if (each.kind === 'open') open();
    else if (each.kind === 'hide' || each.kind === 'show') show(each.kind === 'hide' ? 'hidden' : 'visible');
    else if (each.kind === 'ways fail') ways.fault = () => pick(WAY_FAULTS, each.share);
    else if (each.kind === 'all fails') server.fault = () => pick(FAULTS, each.share);
    else if ('which' in each) {
      const tab = readers[each.which % readers.length]?.tab;
      if (each.kind === 'online') tab?.dispatch('online');
      else tab?.[each.kind]();
    }
  }
}

afterEach(() => vi.unstubAllGlobals());

test.each([
  ['alone', false],
  ['sharing one poll', true],
])(
  'tabs %s lose nothing while ways fail at random and the client changes between them',
  async (_, share) => {
    const total = { usual: 0, shared: 0, asks: 0, waits: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(command, { minLength: 5, maxLength: 50, size: 'max' }),
        async (seed, commands) => {
          const world = setUp(seed, share);
          const { time, server, ways, readers, show } = world;
          await run(world, commands);

          server.fault = () => undefined;
          ways.fault = () => undefined;
          ways.cutMs = Number.POSITIVE_INFINITY;
          for (const { tab } of readers) tab.thaw();
          show('visible');
          await time.advance(200_000);

          for (const { subscription, seen } of readers) {
            for (const [name, vids] of seen)
              expect(vids).toEqual(Array.from({ length: server.head(name) }, (__, i) => i + 1));
            expect(subscription.status.state).toBe('live');
            subscription.close();
          }
          for (const way of Object.keys(total) as Array<keyof typeof total>) total[way] += ways.counts[way];
        },
      ),
      { numRuns: 100 },
    );
    // Or nothing of it was tried.
    for (const count of Object.values(total)) expect(count).toBeGreaterThan(100);
  },
  120_000,
);

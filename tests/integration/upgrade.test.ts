/**
 * An upgrade on AWS goes function by function, and hub by hub: for minutes an earlier version and this one run side by side on one log, and either may be the first on a
 * channel. Here a hub of an earlier commit, from git, stands beside one of today.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import type { PollAnswer } from '../../lib/protocol/doorbell.ts';
import { eventsPath, over, poll, publish, range, type Served } from '../support/http/http.ts';
import { HUB_SECRET, testHub } from '../support/stack/hub.ts';
import { hasCommit, type OlderHub, startOlderHub } from '../support/stack/older-hub.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { WAIT_MS } from '../support/time/limits.ts';
import { until } from '../support/time/until.ts';

/** What somebody may have deployed. There is no release yet; the first one's commit comes here. */
const EARLIER = [
  ['before keys and streams', 'd9fed254c8b32dce8736a4113ce62eba74e74854'],
  ['with streams', 'a7eff610e0e8cc94429eac5da973bbc998375be0'],
] as const;

/** What an earlier version does not know of an event. */
const OF_TODAY = { key: 'door-1', expect: 'PT15M' };

describe.each(EARLIER)('beside an earlier version, %s', async (_, commit) => {
  const isHere = await hasCommit(commit);
  if (!isHere) console.warn(`The upgrade from ${commit} is NOT tested: this clone has no such commit.`);

  let stack: Stack;
  let older: OlderHub;
  let newer: Hub;
  let sides: Readonly<Record<'older' | 'newer', Served>>;
  beforeAll(async () => {
    if (!isHere) return;
    stack = await startStack();
    older = await startOlderHub(stack, commit);
    newer = await testHub(stack);
    const token = await mint(HUB_SECRET, { read: ['*'], write: ['*'], ttlS: 3_600, now: Date.now() });
    sides = { older: over(older.url, token), newer: over(`http://127.0.0.1:${newer.port}`, token) };
  }, 60_000);
  afterAll(async () => {
    await older?.stop();
    await newer?.stop();
    await stack?.stop();
  });

  const both = ['older', 'newer'] as const;
  const otherOf = (side: 'older' | 'newer') => (side === 'older' ? 'newer' : 'older');

  test.skipIf(!isHere).each(both)(
    'a channel that the %s one has begun has one numbering, and both read the same',
    async (first) => {
      const channel = `begun-by-${first}`;
      for (const i of range(1, 6)) {
        const side = i % 2 === 1 ? first : otherOf(first);
        await publish(sides[side], channel, { ...(side === 'newer' ? OF_TODAY : {}), data: i });
      }
      // At once, so that they meet at the same number.
      await Promise.all(range(7, 30).map((i) => publish(sides[both[i % 2] ?? first], channel, { data: i })));

      const answers = await Promise.all(
        both.map((side) => poll(sides[side], channel, { maxvid: 0, wait: 0 })),
      );

      const [ofOlder, ofNewer] = answers.map(({ epoch, events: all }) => ({
        epoch,
        events: all.map(({ vid, id, at, data }) => ({ vid, id, at, data })),
      }));
      expect(ofOlder).toEqual(ofNewer);
      const { events } = answers[0] as PollAnswer;
      expect(events.map(({ vid }) => vid)).toEqual(range(1, 30));
      expect(new Set(events.map(({ data }) => data))).toEqual(new Set(range(1, 30)));
    },
  );

  test.skipIf(!isHere).each(both)(
    'a poll that the %s one holds is woken by a publish on the other',
    async (holding) => {
      const channel = `held-by-${holding}`;
      await publish(sides[otherOf(holding)], channel, { data: 'before' });
      const held = poll(sides[holding], channel, { maxvid: 1, client: 'wall', wait: 20 });
      await until(async () => (await waitingOn(sides[holding], channel)) > 0, WAIT_MS);
      await publish(sides[otherOf(holding)], channel, { data: 'after' });

      expect((await held).events).toMatchObject([{ vid: 2, data: 'after' }]);
    },
  );

  test.skipIf(!isHere).each(both)(
    'an event that the %s one has taken is not taken again by the other',
    async (first) => {
      const channel = `known-to-${first}`;
      await publish(sides[first], channel, { id: 'own', data: 1 });

      expect(await publish(sides[otherOf(first)], channel, { id: 'own', data: 1 })).toMatchObject({
        first: 1,
        duplicates: 1,
        count: 0,
      });
    },
  );

  test.skipIf(!isHere).each(both)(
    'a client whose place the %s one keeps goes on with the other',
    async (first) => {
      const channel = `place-in-${first}`;
      await publish(
        sides[first],
        channel,
        range(1, 5).map((data) => ({ data })),
      );
      const path = eventsPath(channel, { maxvid: 3, client: 'wall', wait: 0 });
      await sides[first].request(path);
      // A hub of today writes it a little later.
      const read = async () => {
        const response = await sides[otherOf(first)].request(
          eventsPath(channel, { client: 'wall', wait: 0 }),
        );
        return ((await response.json()) as PollAnswer).events.map(({ vid }) => vid);
      };
      await until(
        async () => (await clientsOf(sides[otherOf(first)], channel)).some(({ maxvid }) => maxvid === 3),
        WAIT_MS,
      );

      expect(await read()).toEqual([4, 5]);
    },
  );
});

async function waitingOn(served: Served, channel: string): Promise<number> {
  const response = await served.request(`/v1/channels/${channel}`);
  return ((await response.json()) as { clients: { waiting: number } }).clients.waiting;
}

async function clientsOf(
  served: Served,
  channel: string,
): Promise<ReadonlyArray<{ readonly maxvid: number }>> {
  const response = await served.request(`/v1/channels/${channel}/clients`);
  return ((await response.json()) as { clients: ReadonlyArray<{ maxvid: number }> }).clients;
}

/** Readers of some keys who wait directly, while several processes publish at once: nothing that they want rings nobody, and nothing else rings them. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { newEvent } from '../../lib/log/block.ts';
import { directWait } from '../../lib/poll/direct-wait.ts';
import { narrowOf } from '../../lib/poll/wish.ts';
import { publish } from '../../lib/publish/publish.ts';
import { parseDoorbell } from '../../lib/wakeup/doorbell.ts';
import { queuedPorts, reader } from '../support/memory/direct.ts';
import { replacing } from '../support/memory/doubles.ts';
import { eventsIn, memoryProcess, memoryWorld, track } from '../support/memory/world.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const NOBODY = new AbortController().signal;
const OWNER = { read: [], write: ['*'] };
const key = fc.constantFrom('a', 'b', 'c.1', 'c.2', 'd', undefined);
/** Of one process, in one piece. */
const batch = fc.record({ by: fc.nat(1), keys: fc.array(key, { minLength: 1, maxLength: 4 }) });
/** What is published at once. */
const burst = fc.array(batch, { minLength: 1, maxLength: 4 });
const wish = fc.oneof(
  fc.record({
    keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'd', 'none'), { minLength: 1 }),
    prefix: fc.constant(''),
  }),
  fc.record({ keys: fc.constant<string[]>([]), prefix: fc.constantFrom('c.', 'c', 'a') }),
);

test('a reader of some keys who waits directly gets every event that it wants, and is never rung for others', async () => {
  await fc.assert(
    fc.asyncProperty(
      wish,
      fc.array(burst, { minLength: 1, maxLength: 6 }),
      async ({ keys, prefix }, bursts) => {
        const world = memoryWorld();
        const narrow = narrowOf(keys, prefix, false);
        if (!narrow) throw new Error('it wants some keys');
        const rung: Array<{ first: number; last: number }> = [];
        const mailboxes = replacing(world.mailboxes, {
          send: (mailbox, body) => {
            const ring = parseDoorbell(body);
            if (ring?.kind === 'ring') rung.push(ring);
            return world.mailboxes.send(mailbox, body);
          },
        });
        const publishers = [0, 1].map(() => memoryProcess(world, { mailboxes }));
        // Clocks count whole milliseconds. This one also stops between two, where a pause ends there.
        const clock = replacing(world.clock, { now: () => Math.floor(world.clock.now()) });
        const ports = queuedPorts(replacing(world, { clock }), memoryProcess(world, { clock }));
        const seen: number[] = [];
        let isWaiting = false;
        let isOver = false;
        const follow = async () => {
          let maxvid = 0;
          for (let ticket: string | undefined; !isOver; ) {
            const request = { cursors: [{ channel: 'doors', maxvid }], waitMs: 0, limit: 500, narrow };
            const { answers, wait } = await directWait(ports, reader('sub wall'), request, ticket);
            for (const answer of answers) {
              seen.push(...answer.events.map(({ vid }) => vid));
              maxvid = answer.maxvid;
            }
            if (!wait) continue;
            ticket = wait.ticket;
            isWaiting = true;
            // Undefined: its second was over before it began.
            const bells = await ports.waitFor(ticket, NOBODY).catch(() => undefined);
            isWaiting = false;
            if (bells?.length === 0 && wait.seconds === 20)
              throw new Error('a wait has ended without a bell');
          }
        };
        const wanted = () =>
          eventsIn(world, 'doors').flatMap((event) => (narrow.wants(event.key) ? event.vid : []));
        const isTold = () => isWaiting && world.clock.sleeping > 0 && seen.length >= wanted().length;

        const following = follow();
        await vi.waitUntil(isTold, { timeout: WAIT_MS, interval: 1 });
        // Its mailbox is old enough then, and no wait ends for the next 20 s but by a bell.
        await world.clock.advance(2_000);
        await vi.waitUntil(isTold, { timeout: WAIT_MS, interval: 1 });
        for (const one of bursts) {
          const batches = one.map(({ by, keys: of }) => {
            const process = publishers[by];
            const events = of.map((its) => newEvent('made', 1, its));
            return process && publish(process.publish, OWNER, 'doors', events, false);
          });
          const publishing = track(Promise.all(batches));
          // Those that met each other try again a little later.
          for (let tries = 0; !publishing.done && tries < 100; tries++) await world.clock.advance(5);
          await publishing.promise;
          await vi.waitUntil(isTold, { timeout: WAIT_MS, interval: 1 });
        }
        expect(seen).toEqual(wanted());
        isOver = true;
        const last = newEvent('last', 1, keys[0] ?? `${prefix}x`);
        await publish(memoryProcess(world).publish, OWNER, 'doors', [last], false);
        await following;

        const inVain = rung.filter(
          ({ first, last }) => first > 1 && !wanted().some((vid) => vid >= first && vid <= last),
        );
        expect(inVain).toEqual([]);
      },
    ),
    { numRuns: 100, endOnFailure: true },
  );
});

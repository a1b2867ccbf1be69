/** Looks for armed mailboxes follow one another, and none of what was published meanwhile is left out. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Bell } from '../../../lib/wakeup/bell.ts';
import { parseDoorbell } from '../../../lib/wakeup/doorbell.ts';
import { InProcessBell } from '../../../lib/wakeup/in-process-bell.ts';
import type { Waiters } from '../../../lib/wakeup/ports.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryLogger, MemoryMeter, replacing } from '../../support/memory/doubles.ts';
import { memoryWorld, track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

/** A world in which a look takes 100 ms, and one mailbox, which arms itself anew after each ring. */
async function setUp() {
  const { clock, waiters: table, mailboxes } = memoryWorld();
  const address = await mailboxes.open('a');
  let turn = 0;
  const arm = () => {
    turn++;
    return table.arm('doors', { mailbox: address, nonce: `n${turn}`, turn, until: clock.now() + 60_000 });
  };
  await arm();
  const waiters: Waiters = replacing(table, {
    armed: async (channel) => {
      await clock.sleep(100);
      return table.armed(channel);
    },
  });
  const meter = new MemoryMeter();
  const bell = new Bell({ waiters, mailboxes, clock, meter, logger: new MemoryLogger() });
  const rings = () =>
    mailboxes.bodies(address).map((body) => {
      const doorbell = parseDoorbell(body);
      return doorbell?.kind === 'ring' ? [doorbell.first, doorbell.last] : [];
    });
  return { clock, arm, bell, rings };
}

test('what is published during a look is rung about by the next one, and what comes after that by another', async () => {
  const { clock, arm, bell, rings } = await setUp();
  const first = bell.ring('doors', newBlock(1, ['a']));
  const second = bell.ring('doors', newBlock(2, ['b']));
  const third = bell.ring('doors', newBlock(3, ['c']));
  await clock.advance(100);
  await first;
  await arm();
  await clock.advance(100);
  await Promise.all([second, third]);
  await arm();
  const fourth = bell.ring('doors', newBlock(4, ['d']));
  await clock.advance(100);
  await fourth;

  expect(rings()).toEqual([
    [1, 1],
    [2, 3],
    [4, 4],
  ]);
});

test('a process that ends waits for its rings, and for none where none is under way', async () => {
  const { clock, bell, rings } = await setUp();
  const told: string[] = [];
  const local = new InProcessBell({
    bell,
    watchRegistry: { appended: () => void told.push('appended'), startedAnew: () => undefined },
    told: async () => undefined,
    written: async () => undefined,
  });
  await local.quiet();
  await local.ring('doors', newBlock(1, ['a']));
  const quiet = track(local.quiet());
  await settle();
  expect([told, quiet.done]).toEqual([['appended'], false]);

  await clock.advance(100);

  expect([quiet.done, rings()]).toEqual([true, [[1, 1]]]);
});

test('a process keeps nothing of what it has rung about', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const local = new InProcessBell({
    bell: { ring: async () => undefined },
    watchRegistry: { appended: () => undefined, startedAnew: () => undefined },
    told: async () => undefined,
    written: async () => undefined,
  });
  const ringOnce = () => {
    const block = newBlock(1, ['a']);
    void local.ring('doors', block);
    return new WeakRef(block);
  };
  const block = ringOnce();
  await local.quiet();

  // A reference that was just made is kept until the turn of the loop is over.
  await new Promise(setImmediate);
  collect();

  expect(block.deref()).toBeUndefined();
});

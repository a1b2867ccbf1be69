/** Ringing waiters who want some keys only: they are left alone while others come, and never once too often. */

import { expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import type { NewBlock } from '../../../lib/log/ports.ts';
import { publish, publishAll } from '../../../lib/publish/publish.ts';
import { Bell } from '../../../lib/wakeup/bell.ts';
import { parseDoorbell } from '../../../lib/wakeup/doorbell.ts';
import { wantedOf } from '../../../lib/wakeup/wanted-keys.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryLogger, MemoryMeter, replacing } from '../../support/memory/doubles.ts';
import { memoryProcess, memoryWorld } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const TRUSTED = { read: ['*'], write: ['*'] };
const block = (first: number, ...keys: readonly string[]): NewBlock =>
  newBlock(
    first,
    keys.map((key, i) => newEvent(`id-${first + i}`, i, key)),
  );

async function setUp() {
  const world = memoryWorld();
  const { waiters, mailboxes, clock } = world;
  const arm = async (name: string, nonce: string, keys?: readonly string[]) => {
    const mailbox = await mailboxes.open(name);
    const wanted = keys && wantedOf({ keys, prefixes: [] });
    const until = clock.now() + 60_000;
    await waiters.arm('doors', { mailbox, nonce, turn: 1, until, ...(wanted ? { wanted } : {}) });
  };
  const rings = (name: string) =>
    mailboxes.bodies(`memory:${name}`).map((body) => {
      const doorbell = parseDoorbell(body);
      return doorbell?.kind === 'ring' ? `${doorbell.nonce}:${doorbell.first}-${doorbell.last}` : undefined;
    });
  const ports = { waiters, mailboxes, clock, meter: new MemoryMeter(), logger: new MemoryLogger() };
  return { world, arm, rings, ports };
}

test('leaves a waiter alone that wants none of the keys, and rings the others', async () => {
  const { arm, rings, ports } = await setUp();
  const bell = new Bell(ports);
  await arm('a', 'n1', ['a']);
  await arm('b', 'n2', ['b']);
  await arm('all', 'n3');

  await bell.ring('doors', block(2, 'b', 'x'));

  expect([rings('a'), rings('b'), rings('all')]).toEqual([[], ['n2:2-3'], ['n3:2-3']]);
});

test('an arm that was left alone still counts: the next event that its waiter wants rings it', async () => {
  const { arm, rings, ports } = await setUp();
  const bell = new Bell(ports);
  await arm('a', 'n1', ['a']);

  for (const first of [2, 3, 4]) await bell.ring('doors', block(first, 'b'));
  await bell.ring('doors', block(5, 'a'));

  expect(rings('a')).toEqual(['n1:5-5']);
});

test.each([
  ['the first', [block(3, 'a'), block(4, 'b')]],
  ['the last', [block(3, 'b'), block(4, 'a')]],
  ['what was in the log already', [block(3, 'b'), { first: 4, last: 4, epoch: 'e1' }, block(5, 'b')]],
])('appends that share a look ring for the keys of all of them: %s', async (_, shared) => {
  const { world, arm, rings, ports } = await setUp();
  let isOpen = false;
  const open: Array<() => void> = [];
  const waiters = replacing(world.waiters, {
    armed: async (channel) => {
      if (!isOpen) await new Promise<void>((resolve) => open.push(resolve));
      return world.waiters.armed(channel);
    },
  });
  const bell = new Bell({ ...ports, waiters });

  const first = bell.ring('doors', block(2, 'b'));
  await settle();
  const others = shared.map((news) => bell.ring('doors', news));
  await arm('a', 'n1', ['a']);
  isOpen = true;
  for (const go of open) go();
  await Promise.all([first, ...others]);

  expect(rings('a')).toHaveLength(1);
});

test('what a dead publisher left unrung is rung about when it is published again, also in one block with other keys', async () => {
  const { world, arm, rings } = await setUp();
  const dying = memoryProcess(world, { mailboxes: replacing(world.mailboxes, { send: async () => 'sent' }) });
  const event = (id: string, key: string) => newEvent(id, id, key);
  await publish(dying.publish, TRUSTED, 'doors', [event('born', 'x')], true);
  await arm('a', 'n1', ['a']);
  await publish(dying.publish, TRUSTED, 'doors', [event('one', 'a')], true);
  expect(rings('a')).toEqual([]);

  const again = memoryProcess(world);
  await publishAll(again.publish, TRUSTED, 'doors', [event('one', 'a'), event('two', 'b')], true);

  expect(rings('a')).toEqual(['n1:3-3']);
});

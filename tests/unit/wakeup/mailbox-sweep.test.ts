/** Sweeping: which mailboxes are dead, and what happens when their processes are not. */

import { describe, expect, test } from 'vitest';
import { dead, sweep } from '../../../lib/wakeup/mailbox-sweep.ts';
import type { Registration } from '../../../lib/wakeup/ports.ts';
import { MemoryMeter, replacing, unavailable } from '../../support/memory/doubles.ts';
import { memoryWorld, type World } from '../../support/memory/world.ts';

const NOW = 1000;
const DAY_MS = 24 * 3_600_000;
const entry = (name: string, until: number, retired = false): Registration => ({
  name,
  until,
  fenced: retired,
});

describe('dead', () => {
  test.each([
    { what: 'lives while its lease runs', queues: ['a'], entries: [entry('a', NOW + 1)], expected: [] },
    {
      what: 'lives to the last moment of its lease',
      queues: ['a'],
      entries: [entry('a', NOW)],
      expected: [],
    },
    {
      what: 'is dead when its lease has run out',
      queues: ['a'],
      entries: [entry('a', NOW - 1)],
      expected: ['a'],
    },
    {
      what: 'lives a day ahead: the clock of its process is, or this one was set back',
      queues: ['a'],
      entries: [entry('a', NOW + DAY_MS)],
      expected: [],
    },
    {
      what: 'is dead when its lease lasts longer than any can, for its clock was wrong',
      queues: ['a'],
      entries: [entry('a', NOW + DAY_MS + 1)],
      expected: ['a'],
    },
    {
      what: 'is dead when it is retired, however long its lease',
      queues: ['a'],
      entries: [entry('a', NOW + 1, true)],
      expected: ['a'],
    },
    {
      what: 'is dead without a queue too, so that its entry goes',
      queues: [],
      entries: [entry('a', NOW - 1)],
      expected: ['a'],
    },
    {
      what: 'lives without a queue: it is registered before it is made',
      queues: [],
      entries: [entry('a', NOW + 1)],
      expected: [],
    },
    {
      what: 'is an orphan when nobody has registered it',
      queues: ['a'],
      entries: [],
      expected: ['orphan a'],
    },
  ])('a mailbox $what', ({ queues, entries, expected }) => {
    const { expired, orphans } = dead(queues, entries, NOW);

    expect([...expired.map(({ name }) => name), ...orphans.map((name) => `orphan ${name}`)]).toEqual(
      expected,
    );
  });
});

async function mailbox(world: World, name: string, leaseMs: number): Promise<void> {
  await world.registry.add(name, world.clock.now() + leaseMs);
  await world.mailboxes.open(name);
}

async function left(world: World) {
  const entries = (await world.registry.list()).map(({ name }) => name);
  return { queues: await world.mailboxes.list(), entries };
}

const portsOf = (world: World) => ({ ...world, meter: new MemoryMeter() });

test('deletes queue and entry of the dead, and leaves the living', async () => {
  const world = memoryWorld();
  await mailbox(world, 'dead', -1);
  await mailbox(world, 'alive', 60_000);
  await world.mailboxes.open('orphan');
  const ports = portsOf(world);

  const count = await sweep(ports);

  expect(count).toBe(2);
  expect([ports.meter.of('Sweeps'), ports.meter.of('MailboxesSwept')]).toEqual([1, 2]);
  expect(await left(world)).toEqual({ queues: ['alive'], entries: ['alive'] });
});

test('a sweep finds nothing the second time', async () => {
  const world = memoryWorld();
  await mailbox(world, 'dead', -1);
  await sweep(portsOf(world));

  const count = await sweep(portsOf(world));

  expect(count).toBe(0);
});

test('leaves a mailbox alone that is renewed after it was read', async () => {
  const world = memoryWorld();
  await mailbox(world, 'frozen', -1);
  const registry = replacing(world.registry, {
    list: async () => {
      const entries = await world.registry.list();
      await world.registry.renew('frozen', world.clock.now() + 60_000);
      return entries;
    },
  });

  const count = await sweep({ ...portsOf(world), registry });

  expect(count).toBe(0);
  expect(await left(world)).toEqual({ queues: ['frozen'], entries: ['frozen'] });
});

test('lets its process renew no more once it has begun', async () => {
  const world = memoryWorld();
  await mailbox(world, 'frozen', -1);
  let renewed: boolean | undefined;
  const mailboxes = replacing(world.mailboxes, {
    close: async (name) => {
      renewed = await world.registry.renew('frozen', world.clock.now() + 60_000);
      await world.mailboxes.close(name);
    },
  });

  await sweep({ ...portsOf(world), mailboxes });

  expect(renewed).toBe(false);
});

test('a sweep does not take a mailbox for an orphan that is registered and made while it looks', async () => {
  const world = memoryWorld();
  const mailboxes = replacing(world.mailboxes, {
    list: async () => {
      const names = await world.mailboxes.list();
      await mailbox(world, 'newborn', 60_000);
      return names;
    },
  });

  await sweep({ ...portsOf(world), mailboxes });

  expect(await left(world)).toEqual({ queues: ['newborn'], entries: ['newborn'] });
});

test('a sweep is completed by the next sweep when it dies half-way', async () => {
  const world = memoryWorld();
  await mailbox(world, 'dead', -1);
  const close = async () => {
    throw unavailable();
  };
  const mailboxes = replacing(world.mailboxes, { close });
  await expect(sweep({ ...portsOf(world), mailboxes })).rejects.toThrow();

  const count = await sweep(portsOf(world));

  expect(count).toBe(1);
  expect(await left(world)).toEqual({ queues: [], entries: [] });
});

test('a sweep may run twice at once', async () => {
  const world = memoryWorld();
  for (const name of ['a', 'b', 'c']) await mailbox(world, name, -1);
  await mailbox(world, 'alive', 60_000);

  await Promise.all([sweep(portsOf(world)), sweep(portsOf(world))]);

  expect(await left(world)).toEqual({ queues: ['alive'], entries: ['alive'] });
});

test('a sweep takes the other dead when one of them cannot be deleted', async () => {
  const world = memoryWorld();
  for (const name of ['stuck', 'b', 'c']) await mailbox(world, name, -1);
  const mailboxes = replacing(world.mailboxes, {
    close: async (name) => {
      if (name === 'stuck') throw unavailable();
      await world.mailboxes.close(name);
    },
  });

  await expect(sweep({ ...portsOf(world), mailboxes })).rejects.toMatchObject({ code: 'unavailable' });
  await world.clock.advance(0);

  expect(await left(world)).toEqual({ queues: ['stuck'], entries: ['stuck'] });
});

/** Ringing: who is rung, how often, and what becomes of a doorbell that cannot be delivered. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import type { NewBlock } from '../../../lib/log/ports.ts';
import { armsToRing, Bell, type RingPorts } from '../../../lib/wakeup/bell.ts';
import { parseDoorbell } from '../../../lib/wakeup/doorbell.ts';
import type { Arm, Mailboxes } from '../../../lib/wakeup/ports.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import {
  Calls,
  counting,
  MemoryLogger,
  MemoryMeter,
  replacing,
  unavailable,
} from '../../support/memory/doubles.ts';
import { memoryWorld, track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const MINUTE_MS = 60_000;
/** How far apart the clocks of two processes may be. */
const SKEW_MS = 5 * MINUTE_MS;

const block = (first: number): NewBlock => newBlock(first, [newEvent(`id-${first}`, first)]);

async function setUp() {
  const world = memoryWorld();
  const arm = async (name: string, nonce: string, until = world.clock.now() + MINUTE_MS): Promise<Arm> => {
    const mailbox = await world.mailboxes.open(name);
    await world.waiters.arm('doors', { mailbox, nonce, turn: 1, until });
    return { mailbox, nonce, turn: 1, until };
  };
  const bell = (glasses: Partial<RingPorts> = {}) => {
    const meter = new MemoryMeter();
    const logger = new MemoryLogger();
    const { waiters, mailboxes, clock } = world;
    return { ports: new Bell({ waiters, mailboxes, clock, meter, logger, ...glasses }), meter, logger };
  };
  /** First vids of the rings in a mailbox. */
  const rings = (name: string) =>
    world.mailboxes.bodies(`memory:${name}`).map((body) => {
      const doorbell = parseDoorbell(body);
      return doorbell?.kind === 'ring' ? `${doorbell.nonce}:${doorbell.first}` : undefined;
    });
  const sent = (name: string) => world.mailboxes.bodies(`memory:${name}`).map(parseDoorbell);
  return { world, arm, bell, rings, sent };
}

test('rings every armed mailbox of the channel, each with its own nonce', async () => {
  const { arm, bell, rings } = await setUp();
  await arm('a', 'n1');
  await arm('b', 'n2');
  const { ports, meter } = bell();

  await ports.ring('doors', block(1));

  expect([rings('a'), rings('b')]).toEqual([['n1:1'], ['n2:1']]);
  expect(meter.of('DoorbellsRung')).toBe(2);
});

test('rings nobody on other channels', async () => {
  const { arm, bell, rings } = await setUp();
  await arm('a', 'n1');

  await bell().ports.ring('alerts', block(1));

  expect(rings('a')).toEqual([]);
});

test('rings an arm once, and the next arm of that mailbox once more', async () => {
  const { arm, bell, rings } = await setUp();
  const { ports } = bell();
  await arm('a', 'n1');

  await ports.ring('doors', block(1));
  await ports.ring('doors', block(2));
  await arm('a', 'n2');
  await ports.ring('doors', block(3));

  expect(rings('a')).toEqual(['n1:1', 'n2:3']);
});

test('rings an arm that another publisher has rung: that one may have died before', async () => {
  const { arm, bell, rings } = await setUp();
  await arm('a', 'n1');

  await bell().ports.ring('doors', block(1));
  await bell().ports.ring('doors', block(2));

  expect(rings('a')).toEqual(['n1:1', 'n1:2']);
});

test('rings once for all who published in one block', async () => {
  const { arm, bell, rings, world } = await setUp();
  const calls = new Calls();
  const { ports } = bell({ waiters: counting(world.waiters, calls) });
  const one = block(1);
  await arm('a', 'n1');

  await Promise.all([ports.ring('doors', one), ports.ring('doors', one)]);

  expect(rings('a')).toEqual(['n1:1']);
  expect(calls.of('armed')).toBe(1);
});

test('a bell makes the text of a block once, however many are armed', async () => {
  const { arm, bell, rings } = await setUp();
  await arm('a', 'n1');
  await arm('b', 'n2');
  let made = 0;
  const one = {
    id: 'id-1',
    bytes: 1,
    data: 1,
    get json() {
      made++;
      return '1';
    },
  };

  await bell().ports.ring('doors', { ...block(1), events: [one] });

  expect([rings('a'), rings('b')]).toEqual([['n1:1'], ['n2:1']]);
  expect(made).toBe(1);
});

test('rings nobody whose arm has run out', async () => {
  const { arm, bell, rings, world } = await setUp();
  await arm('a', 'n1', world.clock.now());

  await bell().ports.ring('doors', block(1));

  expect(rings('a')).toEqual([]);
});

test.each([
  { what: 'whose time has come', until: 100, rung: [], expected: [] },
  { what: 'whose time is to come', until: 101, rung: [], expected: ['n1'] },
  { what: 'that has been rung', until: 101, rung: ['n1'], expected: [] },
  { what: 'whose mailbox was rung under another nonce', until: 101, rung: ['n0'], expected: ['n1'] },
])('a bell rings $expected of an arm $what', ({ until, rung, expected }) => {
  const arms = [{ mailbox: 'a', nonce: 'n1', turn: 1, until }];

  const chosen = armsToRing(arms, new Map(rung.map((nonce) => [nonce, 200])), 100);

  expect(chosen.map(({ nonce }) => nonce)).toEqual(expected);
});

test('disarms dead processes, a few with each ring', async () => {
  const { arm, bell, world } = await setUp();
  const { ports } = bell();
  for (let i = 0; i < 25; i++) await arm(`dead-${i}`, `n${i}`);
  world.clock.jump(MINUTE_MS + SKEW_MS);
  const alive = await arm('alive', 'n');

  const left: number[] = [];
  for (let vid = 1; vid <= 3; vid++) {
    await ports.ring('doors', block(vid));
    left.push((await world.waiters.armed('doors')).length);
  }

  expect(left).toEqual([16, 6, 1]);
  expect(await world.waiters.armed('doors')).toEqual([alive]);
});

test('leaves an arm that may count by its own clock', async () => {
  const { arm, bell, world } = await setUp();
  const late = await arm('a', 'n1');
  world.clock.jump(MINUTE_MS + SKEW_MS - 1);

  await bell().ports.ring('doors', block(1));

  expect(await world.waiters.armed('doors')).toEqual([late]);
});

test('rings though a dead process could not be disarmed', async () => {
  const { arm, bell, rings, world } = await setUp();
  await arm('dead', 'n1');
  world.clock.jump(MINUTE_MS + SKEW_MS);
  await arm('alive', 'n2');
  const disarm = async () => {
    throw unavailable();
  };
  const { ports, meter, logger } = bell({ waiters: replacing(world.waiters, { disarm }) });

  await ports.ring('doors', block(1));

  expect(rings('alive')).toEqual(['n2:1']);
  expect(meter.of('DoorbellsFailed')).toBe(0);
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
});

test('tries a mailbox that is gone once more, for it may only be young', async () => {
  const { arm, bell, rings, world } = await setUp();
  await arm('a', 'n1');
  let young = true;
  const send: Mailboxes['send'] = async (mailbox, body) =>
    young ? 'gone' : world.mailboxes.send(mailbox, body);
  const { ports, meter } = bell({ mailboxes: { send } });

  const ringing = ports.ring('doors', block(1));
  await settle();
  young = false;
  await world.clock.advance(250);
  await ringing;

  expect(rings('a')).toEqual(['n1:1']);
  expect(meter.of('DoorbellsRung')).toBe(1);
  expect(await world.waiters.armed('doors')).toHaveLength(1);
});

test('drops the arm of a mailbox that is still gone then', async () => {
  const { arm, bell, world } = await setUp();
  await arm('a', 'n1');
  await world.mailboxes.close('a');
  const calls = new Calls();
  const { ports, meter } = bell({ mailboxes: counting(world.mailboxes, calls) });

  const ringing = ports.ring('doors', block(1));
  await world.clock.advance(250);
  await ringing;

  expect(calls.of('send')).toBe(2);
  expect(await world.waiters.armed('doors')).toEqual([]);
  expect(meter.of('DoorbellsRung')).toBe(0);
});

test('leaves the arm alone that took the place of the one whose mailbox is gone', async () => {
  const { arm, bell, world } = await setUp();
  await arm('a', 'n1');
  await world.mailboxes.close('a');

  const ringing = bell().ports.ring('doors', block(1));
  await settle();
  const next = await arm('a', 'n2');
  await world.mailboxes.close('a');
  await world.clock.advance(250);
  await ringing;

  expect(await world.waiters.armed('doors')).toEqual([next]);
});

test('a bell does not throw when a doorbell cannot be sent, and rings that arm the next time', async () => {
  const { arm, bell, rings, world } = await setUp();
  await arm('a', 'n1');
  let down = true;
  const send: Mailboxes['send'] = async (mailbox, body) => {
    if (down) throw unavailable();
    return world.mailboxes.send(mailbox, body);
  };
  const { ports, meter, logger } = bell({ mailboxes: { send } });

  await ports.ring('doors', block(1));
  down = false;
  await ports.ring('doors', block(2));

  expect(rings('a')).toEqual(['n1:2']);
  expect(meter.of('DoorbellsFailed')).toBe(1);
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
});

test('a bell has sent every doorbell when it returns, though one could not be sent', async () => {
  const { arm, bell, rings, world } = await setUp();
  const broken = await arm('a', 'n1');
  await arm('b', 'n2');
  const send: Mailboxes['send'] = async (mailbox, body) => {
    if (mailbox === broken.mailbox) throw unavailable();
    await world.clock.sleep(100);
    return world.mailboxes.send(mailbox, body);
  };

  const ringing = track(bell({ mailboxes: { send } }).ports.ring('doors', block(1)));
  await settle();
  const early = ringing.done;
  await world.clock.advance(100);

  expect(early).toBe(false);
  expect(ringing.done).toBe(true);
  expect(rings('b')).toEqual(['n2:1']);
});

test('a bell does not throw when the arms cannot be read', async () => {
  const { bell, world } = await setUp();
  const armed = async () => {
    throw unavailable();
  };
  const { ports, meter } = bell({ waiters: replacing(world.waiters, { armed }) });

  await ports.ring('doors', block(1));

  expect(meter.of('DoorbellsFailed')).toBe(1);
});

describe('what is appended while a look is under way', () => {
  /** A look that ends when it is told to; the arms are read then. */
  function slow(world: Awaited<ReturnType<typeof setUp>>['world']) {
    const looks: Array<() => void> = [];
    const armed = async () => {
      const arms = await world.waiters.armed('doors');
      await new Promise<void>((resolve) => looks.push(resolve));
      return arms;
    };
    return { looks, waiters: replacing(world.waiters, { armed }) };
  }

  test('shares one more look, which begins when that one has ended', async () => {
    const { arm, bell, sent, world } = await setUp();
    const { looks, waiters } = slow(world);
    const { ports } = bell({ waiters });

    const rung = [1, 2, 3].map((vid) => ports.ring('doors', block(vid)));
    await settle();
    const meanwhile = looks.length;
    await arm('a', 'n1');
    looks[0]?.();
    await settle();
    looks[1]?.();
    await Promise.all(rung);

    expect([meanwhile, looks.length]).toEqual([1, 2]);
    // One doorbell about both, without their events: its reader looks for itself.
    expect(sent('a')).toEqual([
      { kind: 'ring', channel: 'doors', nonce: 'n1', epoch: 'e1', first: 2, last: 3 },
    ]);
  });

  test('is rung about though that look fails', async () => {
    const { arm, bell, rings, world } = await setUp();
    await arm('a', 'n1');
    let looks = 0;
    const armed = async () => {
      looks++;
      await settle();
      if (looks === 1) throw unavailable();
      return world.waiters.armed('doors');
    };
    const { ports } = bell({ waiters: replacing(world.waiters, { armed }) });

    await Promise.all([ports.ring('doors', block(1)), ports.ring('doors', block(2))]);

    expect(rings('a')).toEqual(['n1:2']);
  });

  test('in another life of the channel is rung about in that life', async () => {
    const { arm, bell, sent, world } = await setUp();
    const { looks, waiters } = slow(world);
    const { ports } = bell({ waiters });

    const before = [8, 9].map((vid) => ports.ring('doors', block(vid)));
    const after = ports.ring('doors', { ...block(1), epoch: 'e2' });
    await arm('a', 'n1');
    looks[0]?.();
    await settle();
    looks[1]?.();
    await Promise.all([...before, after]);

    expect(sent('a')).toMatchObject([{ epoch: 'e2', first: 1, last: 1 }]);
  });

  test('waits for its rest too, where one is set, and is then rung about once', async () => {
    const { arm, bell, sent, world } = await setUp();
    const calls = new Calls();
    const { ports } = bell({ waiters: counting(world.waiters, calls), restMs: 20 });

    await ports.ring('doors', block(1));
    await arm('a', 'n1');
    const rung = [2, 3, 4].map((vid) => ports.ring('doors', block(vid)));
    await world.clock.advance(19);
    const early = calls.of('armed');
    await world.clock.advance(1);
    await Promise.all(rung);

    expect([early, calls.of('armed')]).toEqual([1, 2]);
    expect(sent('a')).toMatchObject([{ nonce: 'n1', first: 2, last: 4 }]);
  });

  test('is rung about at once when the rest is over', async () => {
    const { arm, bell, rings, world } = await setUp();
    const { ports } = bell({ restMs: 20 });
    await ports.ring('doors', block(1));
    await world.clock.advance(20);
    await arm('a', 'n1');

    await ports.ring('doors', block(2));

    expect(rings('a')).toEqual(['n1:2']);
  });
});

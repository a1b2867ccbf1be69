/** Cursors that are written late, beside other processes and a table that fails: who is believed, and when it is tried again. */

import { describe, expect, test } from 'vitest';
import type { Cursors, Hold, Position } from '../../../lib/cursors/ports.ts';
import { WriteBehindCursors } from '../../../lib/cursors/write-behind.ts';
import { MemoryLogger, replacing, unavailable } from '../../support/memory/doubles.ts';
import { memoryWorld } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

function setUp({ delayMs = 5_000, most = 100 } = {}) {
  const { clock, cursors } = memoryWorld();
  const logger = new MemoryLogger();
  const tries: number[] = [];
  const state = { down: false };
  const start = clock.elapsed();
  const table = replacing(cursors, {
    save: async (...call: Parameters<Cursors['save']>) => {
      tries.push(clock.elapsed() - start);
      if (state.down) throw unavailable();
      return cursors.save(...call);
    },
  });
  const late = new WriteBehindCursors({ table, clock, logger, delayMs, most });
  const held = (nonce: string, ms = 20_000): Hold => ({ mailbox: 'here', nonce, until: clock.now() + ms });
  const visit = (client: string, place: Position, hold?: Hold, channel = 'doors') =>
    late.visit(channel, client, place, hold, clock.now());
  const row = async (client: string) => (await cursors.list('doors')).find((each) => each.client === client);
  return { clock, cursors, logger, tries, state, late, held, visit, row };
}

describe('a list of clients', () => {
  test('has those that this process never saw, as the table has them', async () => {
    const { late, cursors } = setUp();
    await cursors.visit('doors', 'desk', { maxvid: 4 }, undefined, 7);

    expect(await late.list('doors')).toEqual([{ client: 'desk', maxvid: 4, seenAt: 7 }]);
  });

  test.each([
    { what: 'later', moreMs: 1, nonce: 'here 1' },
    { what: 'at the same moment, under another poll', moreMs: 0, nonce: 'there 1' },
  ])('shows one that was elsewhere $what as the table has it', async ({ moreMs, nonce }) => {
    const { clock, late, cursors, held, visit } = setUp();
    await visit('wall', { maxvid: 3 }, held('here 1'));
    await visit('wall', { maxvid: 4 }, held('here 2'));
    await cursors.visit('doors', 'wall', { maxvid: 9 }, held(nonce), clock.now() + moreMs);

    expect(await late.list('doors')).toMatchObject([{ client: 'wall', maxvid: 9, hold: { nonce } }]);
  });

  test('shows one whose polls are not held as it stands here', async () => {
    const { late, visit } = setUp();
    await visit('wall', { maxvid: 3 });
    await visit('wall', { maxvid: 4 });

    expect(await late.list('doors')).toMatchObject([{ client: 'wall', maxvid: 4 }]);
  });
});

test('a client that was forgotten is new with its next visit, and known to the table at once', async () => {
  const { late, visit, row } = setUp();
  await visit('wall', { maxvid: 3 });
  await visit('wall', { maxvid: 8 });
  await late.forget('doors', 'wall');

  expect(await visit('wall', { maxvid: 1 })).toBeUndefined();
  expect(await row('wall')).toMatchObject({ maxvid: 1 });
});

describe('another process that says where a client is', () => {
  test('ends each poll that the client has here by now once, over all its channels', async () => {
    const { late, held, visit } = setUp();
    for (const channel of ['doors', 'alerts']) {
      await visit('wall', { maxvid: 1 }, held('n1'), channel);
      await visit('wall', { maxvid: 1 }, held('n2'), channel);
    }

    expect(late.left('n1')).toEqual(['n2']);
  });

  test('ends none where the client waits for nothing, or is not known', async () => {
    const { late, held, visit } = setUp();
    await visit('wall', { maxvid: 1 }, held('n1'));
    await visit('wall', { maxvid: 1 });

    expect([late.left('n1'), late.left('never heard of')]).toEqual([[], []]);
  });

  test('is heard once: the poll that it named is not known any more', async () => {
    const { late, held, visit } = setUp();
    await visit('wall', { maxvid: 1 }, held('n1'));
    late.left('n1');
    await settle();

    expect(late.left('n1')).toEqual([]);
  });

  test('makes an unsaved place be saved, later where that fails now', async () => {
    const { clock, late, state, held, visit, row } = setUp();
    await visit('wall', { maxvid: 1 }, held('n1'));
    await visit('wall', { maxvid: 7 }, held('n2'));
    state.down = true;
    late.left('n1');
    await settle();
    const before = await row('wall');

    state.down = false;
    await clock.advance(5_000);

    expect([before?.maxvid, (await row('wall'))?.maxvid]).toEqual([1, 7]);
  });
});

describe('a place that could not be saved', () => {
  test.each([
    { delayMs: 100, tries: [100, 1_100, 2_100] },
    { delayMs: 5_000, tries: [5_000, 10_000, 15_000] },
  ])(
    'is tried again after a second at least, and after a delay of $delayMs ms',
    async ({ delayMs, tries: at }) => {
      const { clock, state, tries, visit, logger } = setUp({ delayMs });
      state.down = true;
      await visit('wall', { maxvid: 1 });
      await visit('wall', { maxvid: 2 });
      await clock.advance(at.at(-1) ?? 0);

      expect(tries).toEqual(at);
      expect(logger.lines[0]).toMatchObject({ level: 'warn', fields: { channel: 'doors' } });
    },
  );

  test('stays known here, also when others need its room', async () => {
    const { clock, state, visit, row } = setUp({ most: 1 });
    await visit('wall', { maxvid: 1 });
    await visit('wall', { maxvid: 2 });
    state.down = true;
    await visit('desk', { maxvid: 1 });
    await settle();
    expect((await row('wall'))?.maxvid).toBe(1);

    state.down = false;
    await clock.advance(5_000);

    expect((await row('wall'))?.maxvid).toBe(2);
  });
});

describe('what is saved', () => {
  test('has no hold when that has run out', async () => {
    const { clock, held, visit, row } = setUp({ delayMs: 60_000 });
    await visit('wall', { maxvid: 1 });
    await visit('wall', { maxvid: 2 }, held('n2', 1_000));

    await clock.advance(60_000);

    expect(await row('wall')).not.toHaveProperty('hold');
  });

  test('names no life where none is known', async () => {
    const { clock, visit, row } = setUp();
    await visit('wall', { maxvid: 1 });
    await visit('wall', { maxvid: 2 });
    await clock.advance(5_000);

    expect(Object.keys((await row('wall')) ?? {}).sort()).toEqual(['client', 'maxvid', 'seenAt']);
  });

  test('is the same for a process that writes through it', async () => {
    const { clock, late, row } = setUp();
    await late.visit('doors', 'wall', { maxvid: 1 }, undefined, clock.now());
    const known = { seenAt: clock.now() };

    expect(await late.save('doors', 'wall', { maxvid: 5 }, undefined, clock.now(), known)).toBe(true);
    expect(await row('wall')).toMatchObject({ maxvid: 5 });
  });
});

/** A process that lives on saves its clients' places late: few writes, nothing lost but by a kill, and other processes are heard of. */

import { describe, expect, test } from 'vitest';
import type { Cursors, Hold } from '../../../lib/cursors/ports.ts';
import { WriteBehindCursors } from '../../../lib/cursors/write-behind.ts';
import { Calls, counting, MemoryLogger, replacing, unavailable } from '../../support/memory/doubles.ts';
import { memoryWorld } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DELAY_MS = 5_000;
const POLL_MS = 20_000;

function setUp({ most = 100 } = {}) {
  const world = memoryWorld();
  const { clock, cursors } = world;
  const calls = new Calls();
  const logger = new MemoryLogger();
  const state = { down: false };
  const table = replacing(cursors, {
    save: async (...call: Parameters<Cursors['save']>) => {
      if (state.down) throw unavailable();
      return cursors.save(...call);
    },
  });
  const late = new WriteBehindCursors({
    table: counting(table, calls),
    clock,
    logger,
    delayMs: DELAY_MS,
    most,
  });
  let polls = 0;
  const hold = (): Hold => ({ mailbox: 'here', nonce: `n${++polls}`, until: clock.now() + POLL_MS });
  const at = (maxvid: number) => ({ maxvid, epoch: 'e1' });
  const visit = (maxvid: number, client = 'wall') =>
    late.visit('doors', client, at(maxvid), hold(), clock.now());
  const saved = async () => (await cursors.list('doors')).map(({ client, maxvid }) => [client, maxvid]);
  return { state, clock, cursors, calls, logger, late, hold, at, visit, saved };
}

describe('a client that is known', () => {
  test('is saved once for all its moves of a few seconds', async () => {
    const { clock, calls, visit, saved } = setUp();
    for (let maxvid = 0; maxvid <= 10; maxvid++) {
      await visit(maxvid);
      await clock.advance(1_000);
    }
    await clock.advance(DELAY_MS);

    expect(calls.all).toEqual({ visit: 1, save: 2 });
    expect(await saved()).toEqual([['wall', 10]]);
  });

  test('has the place and the hold that it had in memory', async () => {
    const { visit } = setUp();
    await visit(3);
    await visit(4);

    expect(await visit(5)).toMatchObject({ maxvid: 4, epoch: 'e1', hold: { nonce: 'n2' } });
  });

  test('does not go back within a life', async () => {
    const { clock, visit, saved } = setUp();
    await visit(5);
    await visit(9);
    await visit(7);

    expect(await visit(8)).toMatchObject({ maxvid: 9 });
    await clock.advance(DELAY_MS);
    expect(await saved()).toEqual([['wall', 9]]);
  });

  test('goes on in a new life, lower too', async () => {
    const { clock, late, hold, visit, cursors } = setUp();
    await visit(900);
    await late.visit('doors', 'wall', { maxvid: 2, epoch: 'e2' }, hold(), clock.now());
    await clock.advance(DELAY_MS);

    expect(await cursors.list('doors')).toMatchObject([{ maxvid: 2, epoch: 'e2' }]);
  });

  test('that waits in vain is saved every minute or two, and its hold never ends before its poll', async () => {
    const { clock, calls, cursors, visit } = setUp();
    const left: number[] = [];
    for (let poll = 0; poll < 60; poll++) {
      await visit(1);
      await clock.advance(POLL_MS);
      const [row] = await cursors.list('doors');
      left.push((row?.hold?.until ?? 0) - clock.now());
    }

    expect(Math.min(...left)).toBeGreaterThan(0);
    expect(calls.of('save')).toBeGreaterThan(10);
    expect(calls.of('save')).toBeLessThanOrEqual(20);
  });

  test('is listed as it stands here', async () => {
    const { clock, late, visit, hold } = setUp();
    await visit(3);
    await clock.advance(1_000);
    await visit(8);

    const [row] = await late.list('doors');

    expect(row).toMatchObject({ client: 'wall', maxvid: 8, seenAt: clock.now() });
    expect(row?.hold?.until).toBe(hold().until);
  });

  test('that names no place is looked up, after its moves were saved', async () => {
    const { clock, late, calls, visit } = setUp();
    await visit(3);
    await visit(8);

    const before = await late.visit('doors', 'wall', {}, undefined, clock.now());

    expect(before?.maxvid).toBe(8);
    expect(calls.all).toEqual({ visit: 2, save: 1 });
  });

  test('is forgotten here and in the table', async () => {
    const { clock, late, visit, saved } = setUp();
    await visit(3);
    await visit(8);
    await late.forget('doors', 'wall');
    await clock.advance(60_000);

    expect(await saved()).toEqual([]);
    expect(await late.visit('doors', 'wall', {}, undefined, clock.now())).toBeUndefined();
  });

  test('that was forgotten elsewhere comes back with its next poll but one', async () => {
    const { clock, cursors, visit, saved } = setUp();
    await visit(3);
    await cursors.forget('doors', 'wall');
    await visit(4);
    await clock.advance(DELAY_MS);
    const before = await saved();

    await visit(5);

    expect([before, await saved()]).toEqual([[], [['wall', 5]]]);
  });

  test('is moved to where it is told, after its moves were saved', async () => {
    const { late, at, visit, saved } = setUp();
    await visit(3);
    await visit(99);

    await late.move('doors', 'wall', at(99), at(3));

    expect(await saved()).toEqual([['wall', 3]]);
    expect(await visit(4)).toMatchObject({ maxvid: 3 });
  });
});

describe('a client that has been elsewhere', () => {
  const there: Hold = { mailbox: 'there', nonce: 't1', until: Number.MAX_SAFE_INTEGER };

  test('keeps the further place, and is looked up again here', async () => {
    const { clock, cursors, at, visit, saved } = setUp();
    await visit(3);
    await visit(6);
    await cursors.visit('doors', 'wall', at(9), there, clock.now() + 1);
    await clock.advance(DELAY_MS);

    expect(await saved()).toEqual([['wall', 9]]);
    expect(await visit(9)).toMatchObject({ maxvid: 9, hold: there });
  });

  test('keeps the further place when that is the one here', async () => {
    const { clock, cursors, at, visit } = setUp();
    await visit(3);
    await visit(12);
    await cursors.visit('doors', 'wall', at(9), there, clock.now() + 1);
    await clock.advance(DELAY_MS);

    expect(await cursors.list('doors')).toMatchObject([{ maxvid: 12, hold: there }]);
  });

  test('is looked up again once its new process has said so', async () => {
    const { clock, cursors, late, at, visit } = setUp();
    await visit(3);
    await visit(6);
    await cursors.visit('doors', 'wall', at(5), there, clock.now() + 1);

    const polls = late.left('n1');
    await settle();

    expect(polls).toEqual(['n2']);
    expect(await visit(6)).toMatchObject({ maxvid: 6, hold: there });
  });

  test('is not known here by the nonce of a hold that was saved before', async () => {
    const { clock, late, visit } = setUp();
    await visit(3);
    await visit(4);
    await clock.advance(DELAY_MS);

    expect([late.left('n1'), late.left('n2')]).toEqual([[], ['n2']]);
  });
});

describe('what is unsaved', () => {
  test('is saved when the process ends', async () => {
    const { late, visit, saved } = setUp();
    for (const client of ['a', 'b', 'c']) {
      await visit(1, client);
      await visit(2, client);
    }

    await late.flush();

    expect(await saved()).toEqual(['a', 'b', 'c'].map((client) => [client, 2]));
  });

  test('is saved when others need its room', async () => {
    const { calls, visit, saved } = setUp({ most: 2 });
    for (const client of ['a', 'b']) {
      await visit(1, client);
      await visit(2, client);
    }
    await visit(1, 'c');
    await settle();
    await visit(3, 'b');
    await visit(3, 'a');

    expect(await saved()).toEqual([
      ['a', 3],
      ['b', 1],
      ['c', 1],
    ]);
    expect(calls.all).toEqual({ visit: 4, save: 1 });
  });

  test('is saved when saving works again, and is not lost meanwhile', async () => {
    const { state, clock, late, logger, visit, saved } = setUp();
    state.down = true;
    await visit(1);
    await visit(2);
    await clock.advance(DELAY_MS);
    const withoutPlace = late.visit('doors', 'wall', {}, undefined, clock.now());
    await expect(withoutPlace).rejects.toMatchObject({ code: 'unavailable' });
    expect(await visit(3)).toMatchObject({ maxvid: 2 });

    state.down = false;
    await clock.advance(DELAY_MS);

    expect(await saved()).toEqual([['wall', 3]]);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });
});

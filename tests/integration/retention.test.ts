/**
 * What a reader is told when events expire or the log is made anew: one test for each row of the table in PROTOCOL.md, by its name. Whatever
 * happens, no number is given to two events in one life.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PollAnswer, Problem } from '../../lib/protocol/doorbell.ts';
import {
  dataOf,
  eventsPath,
  numbered,
  poll,
  problem,
  publish,
  type Query,
  range,
  vids,
} from '../support/http/http.ts';
import { expectProblemDocument } from '../support/http/problems.ts';
import { startCountedProcess } from '../support/stack/calls.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { startProcess } from '../support/stack/process.ts';
import { GROUND, type Stack, startStack } from '../support/stack/stack.ts';
import { dropTables, expireBlocks, expireCursor, remakeTables } from '../support/stack/tables.ts';

const CHANNEL = 'doors';
/** `reserved` is raised in steps of this many numbers. */
const STEP = 1_000;
/** How long a publisher may believe in a life that is over. */
const LIFE_MS = 10_000;
/** AWS takes longer to make tables than a poll lasts. */
const SLOW_TABLES = GROUND === 'aws';

let stack: Stack;
/** Ids by life and number: everything that any reader was given. */
let given = new Map<string, string>();

beforeEach(async () => {
  given = new Map();
  stack = await startStack();
});
afterEach(async ({ task }) => {
  const { app, clock } = startLeapingProcess(stack);
  clock.leap(LIFE_MS);
  if (!task.name.includes('tables are gone')) {
    await publish(app, CHANNEL, { data: 'afterwards' });
    await readAll();
  }
  await stack.stop();
});
/** One poll by a process that knows nothing yet. */
async function ask(query: Query): Promise<PollAnswer> {
  const answer = await poll(startProcess(stack).app, CHANNEL, query);
  note(answer);
  return answer;
}

function note({ epoch, events }: PollAnswer): void {
  for (const { vid, id } of events) {
    const number = `${epoch} ${vid}`;
    expect(given.get(number) ?? id, `number ${vid} was given twice`).toBe(id);
    given.set(number, id);
  }
}

/** Everything that is kept, from the start. */
async function readAll(): Promise<PollAnswer> {
  return ask({ maxvid: 0, wait: 0, limit: 1_000 });
}

async function askReset(query: Query): Promise<Problem> {
  const response = await startProcess(stack).app.request(eventsPath(CHANNEL, query));
  await expectProblemDocument(response.clone(), 409, 'reset');
  return problem(response);
}

/** A poll that has armed and checked, and sleeps when `asleep` resolves: 1 s at a time, its mailbox being young. */
function hold(query: Query) {
  const { app, calls } = startCountedProcess(stack);
  const response = Promise.resolve(app.request(eventsPath(CHANNEL, query)));
  const asleep = expect.poll(() => calls.of('ReceiveMessage')).toBeGreaterThan(0);
  return { response, asleep };
}

/** Three blocks of ten events, which a reader has been given; resolves with their epoch. */
async function setUp(): Promise<string> {
  const { app } = startProcess(stack);
  for (const first of [1, 11, 21]) await publish(app, CHANNEL, numbered(first, first + 9));
  return (await readAll()).epoch ?? '';
}

async function publishNew(count: number): Promise<void> {
  await publish(startProcess(stack).app, CHANNEL, numbered(1, count));
}

describe('a reader is told what it missed, or where to begin, when', () => {
  test('only events have expired that it has seen', async () => {
    const epoch = await setUp();
    await expireBlocks(stack, CHANNEL, 20);

    const answer = await ask({ maxvid: 25, epoch });

    expect(vids(answer.events)).toEqual(range(26, 30));
    expect(answer).toMatchObject({ epoch, maxvid: 30, missed: 0 });
    expect(await ask({ maxvid: 30, epoch, wait: 0 })).toMatchObject({ events: [], maxvid: 30, missed: 0 });
  });

  test('events have expired that it has not seen', async () => {
    const epoch = await setUp();
    await expireBlocks(stack, CHANNEL, 20);

    const answer = await ask({ maxvid: 4, epoch });

    expect(vids(answer.events)).toEqual(range(21, 30));
    expect(answer).toMatchObject({ epoch, maxvid: 30, missed: 16 });
  });

  test('everything has expired', async () => {
    const epoch = await setUp();
    await expireBlocks(stack, CHANNEL, 30);

    for (const maxvid of [0, 12, 30, STEP - 1]) {
      const answer = await ask({ maxvid, epoch });
      expect(answer).toMatchObject({ epoch, events: [], maxvid: STEP, missed: STEP - maxvid });
    }
  });

  test('everything has expired, and an event came after', async () => {
    const epoch = await setUp();
    await expireBlocks(stack, CHANNEL, 30);
    await publishNew(1);

    const answer = await ask({ maxvid: 12, epoch });

    expect(vids(answer.events)).toEqual([STEP + 1]);
    expect(answer).toMatchObject({ epoch, maxvid: STEP + 1, missed: STEP - 12 });
  });

  test('everything expires while it waits', async () => {
    const epoch = await setUp();
    const held = hold({ maxvid: 30, epoch });
    await held.asleep;

    await expireBlocks(stack, CHANNEL, 30);

    expect(await (await held.response).json()).toMatchObject({
      epoch,
      events: [],
      maxvid: STEP,
      missed: STEP - 30,
    });
  });

  test('its cursor has expired', async () => {
    await setUp();
    await ask({ client: 'me', maxvid: 12 });
    await expireCursor(stack, CHANNEL, 'me');

    const answer = await ask({ client: 'me', wait: 0 });

    expect(answer).toMatchObject({ events: [], maxvid: 30, missed: 0 });
  });

  test('the tables are gone', async () => {
    const epoch = await setUp();
    await dropTables(stack);

    for (const query of [{ maxvid: 0 }, { maxvid: 30, epoch }, { client: 'me' }]) {
      const response = await startProcess(stack).app.request(eventsPath(CHANNEL, query));
      await expectProblemDocument(response.clone(), 503, 'unavailable');
      expect(response.headers.has('retry-after')).toBe(true);
    }
  });

  test('the log was made anew and has no event yet', async () => {
    const epoch = await setUp();
    await remakeTables(stack);

    for (const query of [{ maxvid: 30 }, { maxvid: 30, epoch }, { maxvid: 0, epoch }]) {
      expect(await askReset(query)).toMatchObject({ head: 0, earliest: null, epoch: null });
    }
    expect(await ask({ maxvid: 0, wait: 0 })).toMatchObject({
      epoch: null,
      events: [],
      maxvid: 0,
      missed: 0,
    });
  });

  test('the log was made anew and has fewer events than it has seen', async () => {
    const epoch = await setUp();
    await remakeTables(stack);
    await publishNew(9);

    const told = await askReset({ maxvid: 30 });

    expect(told).toMatchObject({ head: 9, earliest: 1 });
    expect(told.epoch).not.toBe(epoch);
  });

  test('the log was made anew and has as many events as it has seen, or more', async () => {
    const epoch = await setUp();
    await remakeTables(stack);

    for (const [more, head] of [
      [30, 30],
      [10, 40],
    ] as const) {
      await publishNew(more);
      const told = await askReset({ maxvid: 30, epoch });
      expect(told).toMatchObject({ head, earliest: 1 });
      expect(told.epoch).not.toBe(epoch);
    }
  });

  test('the same, but the reader names no epoch', async () => {
    const epoch = await setUp();
    await remakeTables(stack);
    await publishNew(40);

    const answer = await ask({ maxvid: 30 });

    expect(vids(answer.events)).toEqual(range(31, 40));
    expect(answer.epoch).not.toBe(epoch);
  });

  test('the log was made anew, but not the cursors', async () => {
    await setUp();
    await ask({ client: 'me', maxvid: 12 });
    await remakeTables(stack, ['EVENTS_TABLE']);
    await publishNew(40);

    const told = await askReset({ client: 'me' });
    const again = await ask({ client: 'me', maxvid: 0, epoch: told.epoch ?? '' });

    expect(told).toMatchObject({ head: 40, earliest: 1 });
    expect(vids(again.events)).toEqual(range(1, 40));
    await ask({ client: 'me', maxvid: 40, epoch: told.epoch ?? '', wait: 0 });
    expect(await ask({ client: 'me', wait: 0 })).toMatchObject({ epoch: told.epoch, events: [], maxvid: 40 });
  });

  test.skipIf(SLOW_TABLES)('the log is made anew while it waits', async () => {
    await setUp();
    const held = hold({ maxvid: 30 });
    await held.asleep;

    await remakeTables(stack);
    await publishNew(40);

    await expectProblemDocument(await held.response, 409, 'reset');
  });

  test('nothing: it is ahead of the log', async () => {
    const epoch = await setUp();

    for (const query of [{ maxvid: 31 }, { maxvid: STEP, epoch }, { maxvid: STEP + 1, epoch }]) {
      expect(await askReset(query)).toMatchObject({ head: 30, earliest: 1, epoch });
    }
  });

  test('everything has expired, and it is ahead of all numbers that may have been given out', async () => {
    const epoch = await setUp();
    await expireBlocks(stack, CHANNEL, 30);

    const told = await askReset({ maxvid: STEP + 1, epoch });

    expect(told).toMatchObject({ head: STEP, earliest: null, epoch });
  });

  test('it was reset and starts over', async () => {
    const epoch = await setUp();
    await expireBlocks(stack, CHANNEL, 20);
    const told = await askReset({ maxvid: 31, epoch: 'another' });

    const answer = await ask({ maxvid: 0, epoch: told.epoch ?? '' });

    expect(told).toMatchObject({ head: 30, earliest: 21, epoch });
    expect(dataOf(answer.events)).toEqual(range(21, 30));
    expect(answer).toMatchObject({ epoch, maxvid: 30, missed: 20 });
  });
});

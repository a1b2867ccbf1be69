/** A reader who cannot go on from where it stands is told so, and never left waiting. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Problem } from '../../lib/protocol/doorbell.ts';
import {
  dataOf,
  eventsPath,
  numbered,
  poll,
  problem,
  publish,
  type Query,
  type Served,
  vids,
} from '../support/http/http.ts';
import { expectProblemDocument } from '../support/http/problems.ts';
import { startCountedProcess } from '../support/stack/calls.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { startProcess } from '../support/stack/process.ts';
import { GROUND, type Stack, startStack } from '../support/stack/stack.ts';
import { remakeTables } from '../support/stack/tables.ts';

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.stop());

/** AWS takes longer to make tables than a poll lasts. */
const SLOW_TABLES = GROUND === 'aws';

/** How long a publisher may believe in a life that is over. */
const LIFE_MS = 10_000;

/** Polls with the longest wait, which must not be used. */
async function resetOf(served: Served, channel: string, query: Query): Promise<Problem> {
  const response = await served.request(eventsPath(channel, query));
  await expectProblemDocument(response.clone(), 409, 'reset');
  return problem(response);
}

test('a reader ahead of the log is told where the log stands', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'doors', numbered(1, 3));
  const { epoch } = await poll(app, 'doors', { maxvid: 0 });

  const told = await resetOf(app, 'doors', { maxvid: 4 });

  expect(told).toMatchObject({ channel: 'doors', earliest: 1, head: 3, epoch });
});

test('a reader ahead of a channel without events is told so', async () => {
  const { app } = startProcess(stack);

  const told = await resetOf(app, 'unborn', { maxvid: 7 });

  expect(told).toMatchObject({ channel: 'unborn', earliest: null, head: 0, epoch: null });
});

test('a reader of another epoch is told so, wherever it stands', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'doors', numbered(1, 3));

  for (const maxvid of [0, 2, 3]) {
    expect(await resetOf(app, 'doors', { maxvid, epoch: 'another' })).toMatchObject({ earliest: 1, head: 3 });
  }
});

test('a reader who has seen more elsewhere than this process knows is not told so', async () => {
  const { app, calls } = startCountedProcess(stack);
  const other = startProcess(stack);
  await publish(other.app, 'doors', { data: 1 });
  const held = poll(app, 'doors', { maxvid: 1 });
  await calls.asleep();

  await publish(other.app, 'doors', { data: 2 });
  const answer = await poll(app, 'doors', { maxvid: 2, wait: 1 });

  expect(answer).toMatchObject({ events: [], maxvid: 2 });
  expect(dataOf((await held).events)).toEqual([2]);
});

test('in a poll of several channels the one that was renumbered is named', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'doors', { data: 1 });
  await publish(app, 'alerts', { data: 1 });

  const response = await app.request('/v1/events?cursor=doors:0&cursor=alerts:9');

  await expectProblemDocument(response.clone(), 409, 'reset');
  expect(await problem(response)).toMatchObject({ channel: 'alerts', head: 1 });
});

test('after a reset a reader starts over with the epoch that it was given', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'doors', numbered(1, 3));
  const { epoch } = await resetOf(app, 'doors', { maxvid: 9, epoch: 'another', client: 'me' });

  const answer = await poll(app, 'doors', { maxvid: 0, epoch: epoch ?? '', client: 'me' });

  expect(vids(answer.events)).toEqual([1, 2, 3]);
});

test('a client that was ahead by mistake can go on from its cursor after it has started over', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'doors', numbered(1, 3));
  const { epoch } = await poll(app, 'doors', { maxvid: 2, client: 'me' });
  const known = { client: 'me', epoch: epoch ?? '' };
  await resetOf(app, 'doors', { ...known, maxvid: 9 });
  await poll(app, 'doors', { ...known, maxvid: 0 });
  await poll(app, 'doors', { ...known, maxvid: 3, wait: 0 });

  const response = await app.request(eventsPath('doors', { client: 'me', wait: 0 }));

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ events: [], maxvid: 3 });
});

test('tables that were made anew under a running process mean a reset for all who followed', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'doors', numbered(1, 3));
  const { epoch } = await poll(app, 'doors', { maxvid: 0, client: 'me' });

  await remakeTables(stack);

  const known = { maxvid: 3, epoch: epoch ?? '', client: 'me' };
  expect(await resetOf(app, 'doors', known)).toMatchObject({ earliest: null, head: 0, epoch: null });
  await publish(startProcess(stack).app, 'doors', numbered(1, 9));
  expect(await resetOf(app, 'doors', known)).toMatchObject({ earliest: 1, head: 9 });
});

test.skipIf(SLOW_TABLES)(
  'a poll that sleeps while the tables are made anew is not answered from the new life',
  async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'doors', numbered(1, 3));
    const { epoch } = await poll(app, 'doors', { maxvid: 0 });
    // A new mailbox sleeps 1 s at a time, so this one looks again soon.
    const held = Promise.resolve(
      app.request(eventsPath('doors', { maxvid: 3, epoch: epoch ?? '', wait: 10 })),
    );
    await expect.poll(() => calls.of('ReceiveMessage')).toBeGreaterThan(0);

    await remakeTables(stack);
    await publish(startProcess(stack).app, 'doors', numbered(1, 9));

    const response = await held;
    await expectProblemDocument(response.clone(), 409, 'reset');
  },
);

test.skipIf(SLOW_TABLES)(
  'a sleeping poll that named no epoch is not answered from the new life either',
  async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'doors', numbered(1, 3));
    const held = Promise.resolve(app.request(eventsPath('doors', { maxvid: 3, wait: 10 })));
    await expect.poll(() => calls.of('ReceiveMessage')).toBeGreaterThan(0);

    await remakeTables(stack);
    await publish(startProcess(stack).app, 'doors', numbered(1, 9));

    const response = await held;
    await expectProblemDocument(response.clone(), 409, 'reset');
  },
);

test('a publisher begins a new life at 1 in tables that were made anew', async () => {
  const { app, clock } = startLeapingProcess(stack);
  await publish(app, 'doors', numbered(1, 3));
  const { epoch } = await poll(app, 'doors', { maxvid: 0 });

  await remakeTables(stack);
  clock.leap(LIFE_MS);
  const answer = await publish(app, 'doors', { data: 'new' });

  expect(answer).toMatchObject({ first: 1, last: 1 });
  const renewed = await poll(startProcess(stack).app, 'doors', { maxvid: 0 });
  expect(dataOf(renewed.events)).toEqual(['new']);
  expect(renewed.epoch).not.toBe(epoch);
});

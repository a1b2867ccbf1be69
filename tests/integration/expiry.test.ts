/** Events that have expired are counted as missed, and their numbers are never given out again. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { breakCalls } from '../support/http/aws-faults.ts';
import { dataOf, numbered, poll, publish, publishLines, range, vids } from '../support/http/http.ts';
import { freshClients, startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { expireAllTakeOne, expireBlocks, scan } from '../support/stack/tables.ts';

/** `reserved` is raised in steps of this many numbers. */
const STEP = 1_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('a reader older than the oldest kept event gets what is left, and the count of what it missed', async () => {
  const { app } = startProcess(stack);
  for (const first of [1, 11, 21]) await publish(app, 'partly', numbered(first, first + 9));
  await expireBlocks(stack, 'partly', 20);
  const { app: reader } = startProcess(stack);

  const fromStart = await poll(reader, 'partly', { maxvid: 0 });
  const fromInside = await poll(reader, 'partly', { maxvid: 15 });
  const fromEdge = await poll(reader, 'partly', { maxvid: 20 });

  expect(vids(fromStart.events)).toEqual(range(21, 30));
  expect(fromStart).toMatchObject({ maxvid: 30, missed: 20 });
  expect(fromInside).toMatchObject({ maxvid: 30, missed: 5 });
  expect(fromEdge).toMatchObject({ maxvid: 30, missed: 0 });
});

test('what was missed is counted once, however the rest is cut', async () => {
  const { app } = startProcess(stack);
  for (const first of [1, 11, 21]) await publish(app, 'cut', numbered(first, first + 9));
  await expireBlocks(stack, 'cut', 10);

  const first = await poll(app, 'cut', { maxvid: 4, limit: 5 });
  const second = await poll(app, 'cut', { maxvid: first.maxvid, limit: 5 });

  expect(first).toMatchObject({ maxvid: 15, missed: 6 });
  expect(second).toMatchObject({ maxvid: 20, missed: 0 });
});

test('the oldest kept event is what the channel says it is', async () => {
  const { app } = startProcess(stack);
  for (const first of [1, 11]) await publish(app, 'earliest', numbered(first, first + 9));
  const earliest = async () => (await app.request('/v1/channels/earliest')).json();

  expect(await earliest()).toMatchObject({ head: 20, earliest: 1 });
  await expireBlocks(stack, 'earliest', 10);
  expect(await earliest()).toMatchObject({ head: 20, earliest: 11 });
  await expireBlocks(stack, 'earliest', 20);
  expect(await earliest()).toMatchObject({ head: STEP, earliest: null });
});

test('a first block does not expire before its channel is recorded', async () => {
  const clients = freshClients(stack);
  let down = true;
  breakCalls(clients, ({ vid }) => (down && vid === 0 ? 'refused' : 'none'));
  const { app } = startProcess(stack, { clients });
  const expiring = async () =>
    (await scan(stack, 'EVENTS_TABLE'))
      .filter(({ channel, expires }) => channel?.S === 'newborn' && expires !== undefined)
      .map(({ vid }) => Number(vid?.N));

  await publish(app, 'newborn', { data: 1 });
  const unrecorded = await expiring();
  down = false;
  await publish(app, 'newborn', { data: 2 });

  expect(unrecorded).toEqual([]);
  expect((await expiring()).sort()).toEqual([1, 2]);
});

test('a channel whose blocks have all expired goes on after every number that may have been given out', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'wholly', numbered(1, 7));
  const { epoch } = await poll(app, 'wholly', { maxvid: 0 });
  await expireBlocks(stack, 'wholly', 7);

  const published = await publish(startProcess(stack).app, 'wholly', { data: 'after' });

  expect(published).toMatchObject({ first: STEP + 1, last: STEP + 1 });
  const answer = await poll(startProcess(stack).app, 'wholly', { maxvid: 7, epoch: epoch ?? '' });
  expect(dataOf(answer.events)).toEqual(['after']);
  expect(answer).toMatchObject({ epoch, maxvid: STEP + 1, missed: STEP - 7 });
});

test('a reader of a channel whose blocks have all expired is taken to its head, then sleeps there', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'emptied', numbered(1, 7));
  await expireBlocks(stack, 'emptied', 7);
  const { app: reader } = startProcess(stack);

  const taken = await poll(reader, 'emptied', { maxvid: 5, client: 'me' });
  const held = poll(reader, 'emptied', { maxvid: taken.maxvid, client: 'me' });
  await publish(startProcess(stack).app, 'emptied', { data: 'after' });

  expect(taken).toMatchObject({ events: [], maxvid: STEP, missed: STEP - 5 });
  expect(dataOf((await held).events)).toEqual(['after']);
});

test('numbers beyond the first thousand are reserved before they are given out', async () => {
  const { app } = startProcess(stack);
  await publishLines(app, 'thousands', range(1, 2_345).map(String));
  await expireBlocks(stack, 'thousands', 2_345);

  const published = await publish(startProcess(stack).app, 'thousands', { data: 'after' });

  expect(published.first).toBe(3 * STEP + 1);
});

test('no number is given twice, and nobody is reset, when TTL takes the newest block before older ones', async () => {
  const { app } = startProcess(stack);
  for (const first of [1, 11, 21]) await publish(app, 'headless', numbered(first, first + 9));
  await expireAllTakeOne(stack, 'headless', 21);

  const level = await poll(startProcess(stack).app, 'headless', { maxvid: 30, wait: 0 });
  const published = await publish(startProcess(stack).app, 'headless', { data: 'after' });
  const behind = await poll(startProcess(stack).app, 'headless', { maxvid: 15, wait: 0 });

  expect(level).toMatchObject({ events: [], maxvid: STEP });
  expect(published).toMatchObject({ first: STEP + 1 });
  expect(vids(behind.events)).toEqual([...range(16, 20), STEP + 1]);
  expect(behind.missed).toBe(STEP - 20);
});

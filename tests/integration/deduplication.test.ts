/** An event whose id stands in the last 5 minutes of its channel is not appended again, wherever it comes from. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf, eventsUpTo, publish, range } from '../support/http/http.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('an id that is published again keeps its first vid', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'twice', { id: 'a', data: 'first' });
  await publish(app, 'twice', { id: 'b', data: 'other' });

  const answer = await publish(app, 'twice', { id: 'a', data: 'second' });

  expect(answer).toEqual({ first: 1, last: 1, count: 0, duplicates: 1 });
  expect(dataOf(await eventsUpTo(app, 'twice', 2))).toEqual(['first', 'other']);
});

test('an id is known to another process too', async () => {
  await publish(startProcess(stack).app, 'elsewhere', { id: 'a', data: 'first' });

  const answer = await publish(startProcess(stack).app, 'elsewhere', { id: 'a', data: 'second' });

  expect(answer).toEqual({ first: 1, last: 1, count: 0, duplicates: 1 });
});

test('a process learns ids that others append after its first look', async () => {
  const one = startProcess(stack).app;
  const other = startProcess(stack).app;
  await publish(one, 'learns', { id: 'a', data: 1 });
  await publish(other, 'learns', { id: 'b', data: 2 });

  const answer = await publish(one, 'learns', { id: 'b', data: 'again' });

  expect(answer).toEqual({ first: 2, last: 2, count: 0, duplicates: 1 });
});

test('an array counts what is new and what was there', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'mixed', { id: 'a', data: 1 });

  const answer = await publish(app, 'mixed', [
    { id: 'b', data: 2 },
    { id: 'a', data: 'again' },
    { id: 'b', data: 'again' },
    { data: 3 },
  ]);

  expect(answer).toEqual({ first: 1, last: 3, count: 2, duplicates: 2 });
  expect(dataOf(await eventsUpTo(app, 'mixed', 3))).toEqual([1, 2, 3]);
});

test('of many that publish one id at once, one appends it', async () => {
  const processes = range(1, 8).map(() => startProcess(stack).app);

  const answers = await Promise.all(processes.map((app) => publish(app, 'race', { id: 'same', data: 1 })));

  expect(answers.map(({ first }) => first)).toEqual(processes.map(() => 1));
  expect(answers.reduce((sum, answer) => sum + answer.count, 0)).toBe(1);
  expect(answers.reduce((sum, answer) => sum + answer.duplicates, 0)).toBe(7);
});

test('an id on another channel is another event', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'here', { id: 'a', data: 1 });

  const answer = await publish(app, 'there', { id: 'a', data: 1 });

  expect(answer).toMatchObject({ count: 1, duplicates: 0 });
});

test('an id is forgotten after 5 minutes', async () => {
  const { app, clock } = startLeapingProcess(stack);
  await publish(app, 'forgets', { id: 'a', data: 'first' });
  clock.leap(5 * 60_000);

  const answer = await publish(app, 'forgets', { id: 'a', data: 'second' });

  expect(answer).toEqual({ first: 2, last: 2, count: 1, duplicates: 0 });
});

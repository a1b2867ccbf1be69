/** The poll that is made most: nothing happens for 20 s. It costs what a short one costs. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { countCalls } from '../support/calls.ts';
import { poll, publish } from '../support/http.ts';
import { startLeapingProcess } from '../support/leaping.ts';
import { mailboxOf } from '../support/queues.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Younger mailboxes sleep only 1 s at a time. */
const YOUTH_MS = 2_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('an idle poll over the longest wait makes 4 calls', async () => {
  const calls = countCalls(stack);
  const process = startLeapingProcess(stack, calls.clients);
  const { app, clock } = process;
  await publish(app, 'long', { data: 'first' });
  await poll(app, 'long', { client: 'me', maxvid: 0 });
  await mailboxOf(stack, process);
  clock.leap(YOUTH_MS);
  calls.take();

  const answer = await poll(app, 'long', { client: 'me', maxvid: 1 });

  expect(answer).toMatchObject({ events: [], maxvid: 1 });
  expect(calls.take()).toEqual({
    'UpdateItem cursors': 1,
    'PutItem waiters': 1,
    'Query events': 1,
    ReceiveMessage: 1,
  });
});

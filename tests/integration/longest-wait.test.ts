/** The poll that is made most: nothing happens for 20 s. It costs what a short one costs. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { countCalls } from '../support/calls.ts';
import { poll, publish } from '../support/http.ts';
import { startLeapingProcess } from '../support/leaping.ts';

/** Younger mailboxes sleep only 1 s at a time. */
const YOUTH_MS = 2_000;

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack();
});
afterAll(() => stack.stop());

test('an idle poll over the longest wait makes 4 calls', async () => {
  const calls = countCalls(stack);
  const { app, clock } = startLeapingProcess(stack, calls.clients);
  await publish(app, 'long', { data: 'first' });
  await poll(app, 'long', { client: 'me', maxvid: 0 });
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

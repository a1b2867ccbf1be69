/** The local stack is stopped while it works: whoever called gets an error, and the process that it lives in goes on. */

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLocalStack } from '../../local/emulators/stack.ts';
import { range } from '../support/http/http.ts';
import { environmentOf, freshClients } from '../support/stack/process.ts';

/** What would end `npm start` with a stack trace instead of exit code 0. */
const uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);
let others: NodeJS.UncaughtExceptionListener[] = [];

beforeEach(() => {
  others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', note);
});
afterEach(() => {
  process.removeAllListeners('uncaughtException');
  for (const listener of others) process.on('uncaughtException', listener);
});

test('stops while calls are under way', async () => {
  for (const round of range(1, 5)) {
    const stack = await startLocalStack();
    const { dynamo } = freshClients(stack);
    const TableName = environmentOf(stack).EVENTS_TABLE;
    const put = (vid: number) => {
      const Item = { channel: { S: `c${vid}` }, vid: { N: String(vid) } };
      return dynamo.send(new PutItemCommand({ TableName, Item })).catch(() => undefined);
    };
    await put(0);

    const calls = range(1, 40).map(put);
    await Promise.race(calls.slice(0, round));
    await stack.stop();
    await Promise.all(calls);
  }

  expect(uncaught).toEqual([]);
});

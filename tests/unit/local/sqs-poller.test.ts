/** The pump between a queue and a function, on a queue that stays away. */

import type { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pollQueue } from '../../../local/serverless/sqs-poller.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a queue that stays away is told of once, and once more when it goes away again', async () => {
  const down = new Error('ServiceUnavailable');
  const stopping = new AbortController();
  const told: unknown[] = [];
  const outcomes = [down, down, down, {}, down, down];
  const send = async () => {
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    if (outcome === undefined) stopping.abort();
    return {};
  };
  const pumping = pollQueue(
    {
      sqs: { send } as unknown as SQSClient,
      queueUrl: '',
      queueArn: '',
      region: '',
      batchSize: 10,
      partialFailures: true,
      invoke: async () => undefined,
      onError: (error) => told.push(error),
    },
    stopping.signal,
  );
  await vi.runAllTimersAsync();
  await pumping;

  expect(told).toEqual([down, down]);
});

/** Waiting for SQS, which may not know a new queue for a second, and may know and list a deleted one for a minute. */

import { GetQueueAttributesCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs';
import type { Mailbox } from '../../../lib/wakeup/mailbox.ts';
import { until } from '../time/until.ts';
import type { Stack } from './stack.ts';

/** For `expect.poll` and `vi.waitFor`: until a list of queues, or a queue that was deleted, is what it must be. */
export const QUEUE_LAG = { timeout: 70_000, interval: 50 };

/** Opens the process's mailbox unless it is open, and resolves with its address once SQS knows it. */
export async function mailboxOf(
  stack: Stack,
  process: { readonly poll: { readonly mailbox: Pick<Mailbox, 'address'> } },
): Promise<string> {
  const address = await process.poll.mailbox.address();
  await known(stack.clients.sqs, address);
  return address;
}

/** Resolves once the queue can be used. */
export async function known(sqs: SQSClient, QueueUrl: string): Promise<void> {
  const get = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  await until(
    () =>
      sqs.send(get).then(
        () => true,
        (error: unknown) => {
          if (error instanceof QueueDoesNotExist) return false;
          throw error;
        },
      ),
    20_000,
  );
}

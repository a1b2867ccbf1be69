/** Where a queue is that another process has made: asked of SQS until it has said so once. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MailboxQueues } from '../../lib/aws/sqs/mailbox-queues.ts';
import { environmentOf, freshClients } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('a queue that SQS does not know has no address, and is asked for again', async () => {
  const prefix = environmentOf(stack).MAILBOX_PREFIX ?? '';
  const process = () => new MailboxQueues({ client: freshClients(stack).sqs, prefix });
  const name = `${prefix}${randomUUID()}`;
  const [maker, other] = [process(), process()];

  expect(await other.addressOf(name)).toBeUndefined();
  const address = await maker.open(name);

  // A new one may be unknown for a second.
  await vi.waitFor(async () => expect(await other.addressOf(name)).toBe(address), { timeout: WAIT_MS });
  // From then on SQS is not asked.
  expect(await other.addressOf(`${name}-2`)).toBe(`${address}-2`);
  await maker.close(name);
});

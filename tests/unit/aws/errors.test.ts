/** What becomes of an error of AWS: its name decides, and its words are not passed on where they may repeat the request. */

import { expect, test } from 'vitest';
import { calling, isConditionFailed } from '../../../lib/aws/errors.ts';
import { PushError } from '../../../lib/errors.ts';

/** As the SDK throws it. */
function failure(name: string, httpStatusCode: number, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, requestId: 'R1' } });
}

async function thrownFor(error: unknown): Promise<unknown> {
  return calling('SQS', Promise.reject(error)).catch((thrown: unknown) => thrown);
}

test.each([
  ['InvalidSignatureException', 'The Canonical String should have been x-amz-security-token:secret'],
  ['ValidationException', "Value 'secret' at 'item' failed to satisfy constraint"],
])('%s keeps its name, but not its words', async (name, message) => {
  const thrown = await thrownFor(failure(name, 400, message));

  expect(thrown).toMatchObject({ name, message: 'SQS refused the call (request R1)' });
  expect(JSON.stringify(thrown) + (thrown as Error).stack).not.toContain('secret');
});

test.each(['AccessDeniedException', 'AccessDenied'])('%s says what is not allowed to whom', async (name) => {
  const message = 'User: arn:aws:sts::1:assumed-role/r is not authorized to perform: dynamodb:Query';

  expect(await thrownFor(failure(name, 400, message))).toMatchObject({ name, message });
});

test('a condition that failed is known again', async () => {
  expect(isConditionFailed(await thrownFor(failure('ConditionalCheckFailedException', 400, 'no')))).toBe(
    true,
  );
});

test.each([
  ['ThrottlingException', 400],
  ['SomethingNew', 500],
  // A mailbox whose CreateQueue was answered too late and tried again: names are random, so the next poll makes another.
  ['QueueNameExists', 400],
])('%s (%i) is to be tried again', async (name, status) => {
  const thrown = await thrownFor(failure(name, status, 'busy'));

  expect(thrown).toBeInstanceOf(PushError);
  expect(thrown).toMatchObject({ code: 'unavailable' });
});

test('an error that is none of AWS passes through untouched', async () => {
  const error = new TypeError('ours');

  expect(await thrownFor(error)).toBe(error);
});

test.each([
  ['0', 1],
  ['7', 7],
])('a failure whose answer says Retry-After: %s is not tried again before', async (text, retryAfter) => {
  const error = Object.assign(new Error('down'), {
    name: 'ServiceUnavailable',
    $response: { headers: { 'retry-after': text } },
  });

  expect(await thrownFor(error)).toMatchObject({
    code: 'unavailable',
    transient: false,
    details: { retryAfter },
  });
});

test('a failure that says nothing of when to come again may be tried again at once', async () => {
  const error = Object.assign(new Error('down'), { name: 'ServiceUnavailable', $response: { headers: {} } });

  expect(await thrownFor(error)).toMatchObject({ code: 'unavailable', transient: true });
});

/** Every attempt that AWS throttles is noticed, also where the SDK's next one succeeds. */

import { Readable } from 'node:stream';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { patientDynamoClient } from '../../../lib/aws/clients.ts';
import { noticeThrottling } from '../../../lib/aws/throttling.ts';

const COMMAND = new GetItemCommand({ TableName: 'events', Key: { channel: { S: 'doors' } } });

/** Tries again at once what is throttled, as often as it is. */
const TOKEN = { getRetryCount: () => 0, getRetryDelay: () => 0, getRetryCost: () => 0 };
const AT_ONCE = {
  acquireInitialRetryToken: async () => TOKEN,
  refreshRetryTokenForRetry: async (_: unknown, { errorType }: { errorType: string }) => {
    if (errorType !== 'THROTTLING') throw new Error('not to be tried again');
    return TOKEN;
  },
  recordSuccess: () => undefined,
};

/** A client whose attempts are answered with these errors, one after the other, and then well. */
function failing(...names: readonly string[]) {
  let attempt = 0;
  const handle = async () => {
    const name = names[attempt++];
    const body = JSON.stringify(name === undefined ? {} : { __type: name });
    return {
      response: {
        statusCode: name === undefined ? 200 : 400,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: Readable.from([Buffer.from(body)]),
      },
    };
  };
  const client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
    retryStrategy: AT_ONCE,
    requestHandler: { handle } as never,
  });
  let told = 0;
  noticeThrottling(client, () => told++);
  return { client, told: () => told };
}

test('an attempt that is throttled, and tried again by the SDK', async () => {
  const { client, told } = failing('ThrottlingException', 'ProvisionedThroughputExceededException');

  await client.send(COMMAND);

  expect(told()).toBe(2);
});

test('what fails otherwise is not throttled, and passes through as it is', async () => {
  const { client, told } = failing('ConditionalCheckFailedException');

  await expect(client.send(COMMAND)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });

  expect(told()).toBe(0);
});

test('work that nobody waits for slows itself down when it is throttled, and tries 8 times', async () => {
  const client = patientDynamoClient();

  const { mode } = { mode: '', ...(await client.config.retryStrategy()) };
  expect([mode, await client.config.maxAttempts()]).toEqual(['adaptive', 8]);
  client.destroy();
});

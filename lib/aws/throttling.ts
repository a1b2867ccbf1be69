/** Notices what AWS throttles, where each attempt ends: the SDK tries again by itself, and what succeeds then looks as if nothing had been. */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { isThrottled } from './errors.ts';

/** From now on `tell` is called for every attempt of this client that is throttled. Returns the client. */
export function noticeThrottling<C extends DynamoDBClient | SQSClient>(client: C, tell: () => void): C {
  // The clients' stacks differ by the types of their operations, which are not looked at here.
  const stack = client.middlewareStack as DynamoDBClient['middlewareStack'];
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottled(error)) tell();
        throw error;
      }
    },
    // Inside the retries, and outside of what makes an error of an answer.
    { step: 'deserialize', priority: 'high', name: 'noticeThrottling' },
  );
  return client;
}

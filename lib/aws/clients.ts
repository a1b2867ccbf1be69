/**
 * The AWS clients. Where they go (AWS, or an emulator by `AWS_ENDPOINT_URL_*`) and as whom is the SDK's own business, by environment;
 * what is set here is how long to wait and how often to try.
 */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

/** ms. A call inside a region answers in a few; a poll must not hang on one for long. */
const CONNECT_MS = 1_000;
const ANSWER_MS = 3_000;
/** A receive may take 20 s by itself. */
export const RECEIVE_MS = 25_000;
/** One process may hold many polls; the SDK's default of 50 sockets would queue their calls. */
const MAX_SOCKETS = 200;

/** What is added to a client's stack must be before its first call: the SDK puts the stack together once for each command, and not for each call; but
 * anew after a call that has options of its own, as a receive has. Calls of one command share its context: nothing of one call may be kept there. */
function options() {
  return {
    maxAttempts: 3,
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  };
}

export function dynamoClient(): DynamoDBClient {
  return new DynamoDBClient(options());
}

/**
 * For work that nobody waits for and that writes much at once: when it is throttled it slows itself down, and goes on. The SDK calls this mode adaptive. Its
 * longest pause is 20 s.
 */
export function patientDynamoClient(): DynamoDBClient {
  return new DynamoDBClient({ ...options(), retryMode: 'adaptive', maxAttempts: 8 });
}

export function ssmClient(): SSMClient {
  return new SSMClient(options());
}

export function sqsClient(): SQSClient {
  // Emulators give queue addresses whose host does not resolve; on AWS the endpoint is the same either way.
  return new SQSClient({ ...options(), useQueueUrlAsEndpoint: false });
}

/** The AWS clients of a process: those that it was given, or its own, whose throttled attempts are counted. */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { dynamoClient, patientDynamoClient, sqsClient } from '../aws/clients.ts';
import { noticeThrottling } from '../aws/throttling.ts';
import type { Meter } from '../telemetry/ports.ts';

/** The AWS clients to use; each is made from the process's environment when it is not given. */
export interface Clients {
  readonly dynamo?: DynamoDBClient;
  readonly sqs?: SQSClient;
  readonly ssm?: SSMClient;
}

interface Counting {
  readonly meter: Meter;
}

export function dynamoOf({ dynamo }: Clients, { meter }: Counting): DynamoDBClient {
  return dynamo ?? noticeThrottling(dynamoClient(), () => meter.count('CallsThrottled'));
}

/** For work that nobody waits for. */
export function patientDynamoOf({ dynamo }: Clients, { meter }: Counting): DynamoDBClient {
  return dynamo ?? noticeThrottling(patientDynamoClient(), () => meter.count('CallsThrottled'));
}

export function sqsOf({ sqs }: Clients, { meter }: Counting): SQSClient {
  return sqs ?? noticeThrottling(sqsClient(), () => meter.count('CallsThrottled'));
}

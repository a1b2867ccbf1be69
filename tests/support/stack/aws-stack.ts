/**
 * The stack's tables and queues on AWS itself, made from serverless.yml as the emulators' are, under names that no other stack has, and
 * deleted at the end. Region and credentials are the SDK's own business. Time to live and backups are not switched on.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  DeleteTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { MailboxQueues } from '../../../lib/aws/sqs/mailbox-queues.ts';
import { type Clients, createResources } from '../../../local/emulators/resources.ts';
import { loadService, type Service } from '../../../local/emulators/service.ts';
import { environmentOf } from '../../../local/emulators/stack.ts';
import type { Stack } from './stack.ts';

/** Mailbox names hold it, and SQS allows 80 characters: `doorbell-{prefix}-{8}-mailbox-{36}`. */
const PREFIX = /^[a-z][a-z0-9]{0,11}$/;

/** Seconds: a table takes AWS some 10 s. */
const MOST_TRIES = 60;

/** The prefix that was given. Throws, with what to do, unless somebody has said that tables and queues may be made. */
export function awsPrefix(env: NodeJS.ProcessEnv): string {
  const prefix = env.DOORBELL_TEST_PREFIX ?? '';
  if (!PREFIX.test(prefix)) {
    throw new Error(
      'These tests make and delete tables and queues in the AWS account of your credentials, which costs a little. Say that you ' +
        'mean it: DOORBELL_TEST_PREFIX=… (1 to 12 characters of a-z 0-9, a letter first). All names begin with doorbell-{prefix}-.',
    );
  }
  if (!env.AWS_REGION) throw new Error('AWS_REGION must say where the tests may make tables and queues.');
  return prefix;
}

/** Everything can be used when this returns; nothing is left when it throws or the stack is stopped. */
export async function startAwsStack(env: NodeJS.ProcessEnv): Promise<Stack> {
  const stage = `${awsPrefix(env)}-${randomBytes(4).toString('hex')}`;
  const service = await loadService({ stage });
  const clients = connect();
  const stop = async () => {
    await removeAll(service, stage, clients);
    clients.dynamodb.destroy();
    clients.sqs.destroy();
  };
  try {
    const references = await createResources(service.resources.Resources, clients);
    const environment = (functionName: string) => environmentOf(service, functionName, references);
    // A handler's own clients find the account as these do.
    return {
      service,
      clients,
      references,
      environment,
      connect,
      lead: () => undefined,
      announce: async () => undefined,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function connect(): Clients {
  return { dynamodb: new DynamoDBClient(), sqs: new SQSClient({ useQueueUrlAsEndpoint: false }) };
}

async function removeAll(service: Service, stage: string, { dynamodb, sqs }: Clients): Promise<void> {
  const queues = new MailboxQueues({ client: sqs, prefix: `${service.service}-${stage}-` });
  const declared = namesOf(service, 'QueueName');
  // The list may lag behind, so what is known to be there is not looked for.
  const found = await queues.list();
  for (const name of new Set([...declared, ...found])) await queues.close(name);
  for (const name of namesOf(service, 'TableName')) await drop(name, dynamodb);
}

/** A table that is still being made cannot be deleted yet: where a start broke off, it is waited for. */
async function drop(TableName: string, dynamodb: DynamoDBClient): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await dynamodb.send(new DeleteTableCommand({ TableName }));
      return;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return;
      if (!(error instanceof ResourceInUseException) || tries === MOST_TRIES) throw error;
    }
    await setTimeout(1_000);
  }
}

/** The declared names; serverless.yml has them as plain text. */
function namesOf({ resources }: Service, property: 'TableName' | 'QueueName'): readonly string[] {
  return Object.values(resources.Resources).flatMap(({ Properties }) => {
    const name = Properties?.[property];
    return typeof name === 'string' ? name : [];
  });
}

/**
 * Makes in the emulators what serverless.yml declares: its DynamoDB tables and SQS queues, under their declared
 * names and with their declared properties. There is no second list to keep in step. Resource types that have no
 * local counterpart (roles, policies) are left out. Repeating a call keeps what is there.
 */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Reference, type References, resolveIntrinsics } from './intrinsics.ts';
import type { Declared } from './service.ts';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

/** The account that both emulators say they are. */
const ACCOUNT = '000000000000';

/** What dynalite's CreateTable takes. Encryption, backups and TTL are AWS's to keep: it would refuse them. */
const TABLE_PROPERTIES = [
  'AttributeDefinitions',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
];

/** Properties of AWS::SQS::Queue that are not queue attributes; Tags would need another shape. */
const NOT_QUEUE_ATTRIBUTES = ['QueueName', 'Tags', 'RedriveAllowPolicy'];

/**
 * Creates every declared table and queue that is not there yet, and answers what `Ref` and `Fn::GetAtt` of each of
 * them mean here. Throws when a name is missing or a property holds an intrinsic that cannot be resolved.
 */
export async function createResources(
  resources: Readonly<Record<string, Declared>>,
  clients: Clients,
): Promise<References> {
  const region = await clients.sqs.config.region();
  const references: Record<string, Reference> = pseudoParameters(region);
  const tables = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
  const queues = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::SQS::Queue');

  // All names first: a queue's redrive policy may point at a queue further down.
  for (const [id, table] of tables)
    references[id] = describeTable(nameOf(id, table, 'TableName', references), region);
  for (const [id, queue] of queues)
    references[id] = describeQueue(nameOf(id, queue, 'QueueName', references), region);

  await Promise.all(tables.map(([, table]) => createTable(table, references, clients.dynamodb)));
  for (const [id, queue] of queues) {
    const url = await createQueue(queue, references, clients.sqs);
    references[id] = { ref: url, attributes: { ...references[id]?.attributes, QueueUrl: url } };
  }
  return references;
}

function pseudoParameters(region: string): Record<string, Reference> {
  const values = { 'AWS::Region': region, 'AWS::AccountId': ACCOUNT, 'AWS::Partition': 'aws' };
  return Object.fromEntries(Object.entries(values).map(([id, ref]) => [id, { ref, attributes: {} }]));
}

function nameOf(id: string, declared: Declared, property: string, references: References): string {
  const name = resolveIntrinsics(declared.Properties?.[property], references);
  if (typeof name !== 'string') throw new Error(`serverless.yml: ${id} needs an explicit ${property}`);
  return name;
}

function describeTable(name: string, region: string): Reference {
  return { ref: name, attributes: { Arn: `arn:aws:dynamodb:${region}:${ACCOUNT}:table/${name}` } };
}

/** Its `Ref` is the URL, which is known once the queue is made. */
function describeQueue(name: string, region: string): Reference {
  return { ref: name, attributes: { Arn: `arn:aws:sqs:${region}:${ACCOUNT}:${name}`, QueueName: name } };
}

async function createTable(table: Declared, references: References, dynamodb: DynamoDBClient): Promise<void> {
  const properties = resolveIntrinsics(table.Properties ?? {}, references) as Record<string, unknown>;
  const kept = Object.fromEntries(
    Object.entries(properties).filter(([name]) => TABLE_PROPERTIES.includes(name)),
  );
  const input = { ...kept, TableName: properties.TableName } as CreateTableCommandInput;
  try {
    await dynamodb.send(new CreateTableCommand(input));
  } catch (error) {
    // Made by an earlier run on the same data folder: its events are what a restart is expected to keep.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

async function createQueue(queue: Declared, references: References, sqs: SQSClient): Promise<string> {
  const properties = resolveIntrinsics(queue.Properties ?? {}, references) as Record<string, unknown>;
  const Attributes = Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => !NOT_QUEUE_ATTRIBUTES.includes(name))
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: String(properties.QueueName), Attributes }),
  );
  if (!QueueUrl) throw new Error(`the SQS emulator made ${properties.QueueName} but gave no URL`);
  return QueueUrl;
}

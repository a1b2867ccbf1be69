/**
 * Makes what serverless.yml declares: its DynamoDB tables and SQS queues, under their declared
 * names and with their declared properties. There is no second list to keep in step. Resource types that have no
 * local counterpart (roles, policies) are left out. Repeating a call keeps what is there.
 */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  QueueDoesNotExist,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Reference, type References, resolveIntrinsics } from './intrinsics.ts';
import type { Declared } from './service.ts';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

/** What dynalite's CreateTable takes. Encryption, backups and TTL are AWS's to keep: it would refuse them. */
const TABLE_PROPERTIES = [
  'AttributeDefinitions',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
];

/**
 * Properties of AWS::SQS::Queue that are not queue attributes here. Tags would need another shape. RedriveAllowPolicy names the account, which
 * is known from the first queue, and which no emulator heeds.
 */
const NOT_QUEUE_ATTRIBUTES = ['QueueName', 'Tags', 'RedriveAllowPolicy'];

/** Where no queue is declared that could tell. */
const NO_ACCOUNT = '000000000000';
/** ms. SQS may not know a new queue for a second; a table takes AWS some 10 s. */
const READY = { everyMs: 100, limitMs: 60_000 };

/**
 * Creates every declared table and queue that is not there yet, waits until they can be used, and answers what `Ref` and
 * `Fn::GetAtt` of each of them mean here. Throws when a name is missing or a property holds an intrinsic that cannot be resolved.
 */
export async function createResources(
  resources: Readonly<Record<string, Declared>>,
  clients: Clients,
): Promise<References> {
  const references = await createQueues(resources, clients.sqs);
  const part = (id: string) => references[id]?.ref;
  const [region, partition, account] = [part('AWS::Region'), part('AWS::Partition'), part('AWS::AccountId')];
  const tables = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
  await Promise.all(
    tables.map(async ([id, table]) => {
      const name = await createTable(id, table, references, clients.dynamodb);
      const arn = `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
      references[id] = { ref: name, attributes: { Arn: arn } };
    }),
  );
  return references;
}

/** The same for the queues alone. */
export async function createQueues(
  resources: Readonly<Record<string, Declared>>,
  sqs: SQSClient,
): Promise<Record<string, Reference>> {
  const region = await sqs.config.region();
  const references: Record<string, Reference> = { 'AWS::Region': { ref: region, attributes: {} } };
  let [partition = 'aws', account = NO_ACCOUNT]: string[] = [];
  for (const [id, queue] of queuesOf(resources)) {
    const reference = await createQueue(id, queue, references, sqs);
    references[id] = reference;
    [, partition = partition, , , account = account] = reference.attributes.Arn?.split(':') ?? [];
  }
  references['AWS::Partition'] = { ref: partition, attributes: {} };
  references['AWS::AccountId'] = { ref: account, attributes: {} };
  return references;
}

/** Those that have a dead-letter queue last: SQS wants that to be there. */
function queuesOf(resources: Readonly<Record<string, Declared>>): ReadonlyArray<readonly [string, Declared]> {
  const queues = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::SQS::Queue');
  const redrives = ([, { Properties }]: readonly [string, Declared]) =>
    Properties?.RedrivePolicy === undefined ? 0 : 1;
  return queues.toSorted((a, b) => redrives(a) - redrives(b));
}

function nameOf(id: string, declared: Declared, property: string, references: References): string {
  const name = resolveIntrinsics(declared.Properties?.[property], references);
  if (typeof name !== 'string') throw new Error(`serverless.yml: ${id} needs an explicit ${property}`);
  return name;
}

async function createTable(
  id: string,
  table: Declared,
  references: References,
  dynamodb: DynamoDBClient,
): Promise<string> {
  const properties = resolveIntrinsics(table.Properties ?? {}, references) as Record<string, unknown>;
  const kept = Object.fromEntries(
    Object.entries(properties).filter(([name]) => TABLE_PROPERTIES.includes(name)),
  );
  const TableName = nameOf(id, table, 'TableName', references);
  try {
    await dynamodb.send(new CreateTableCommand({ ...kept, TableName } as CreateTableCommandInput));
  } catch (error) {
    // Made by an earlier run on the same data folder: its events are what a restart is expected to keep.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const { GlobalSecondaryIndexes: has = [] } = await ready(TableName, async () => {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === 'ACTIVE' ? Table : undefined;
  });
  const wanted = kept.GlobalSecondaryIndexes as ReadonlyArray<{ readonly IndexName: string }> | undefined;
  // CloudFormation adds an index to a table that is there; dynalite cannot.
  if ((wanted ?? []).some(({ IndexName }) => !has.some((index) => index.IndexName === IndexName)))
    throw new Error(`${TableName} is older than its index in serverless.yml: npm run reset deletes it`);
  return TableName;
}

/** Its `Ref` is its URL. Its ARN is what the queue itself says, so that it names the right account wherever this runs. */
async function createQueue(
  id: string,
  queue: Declared,
  references: References,
  sqs: SQSClient,
): Promise<Reference> {
  const declared = Object.entries(queue.Properties ?? {}).filter(
    ([name]) => !NOT_QUEUE_ATTRIBUTES.includes(name),
  );
  const properties = resolveIntrinsics(Object.fromEntries(declared), references) as Record<string, unknown>;
  const Attributes = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
  const QueueName = nameOf(id, queue, 'QueueName', references);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  if (!QueueUrl) throw new Error(`SQS made ${QueueName} but gave no URL`);
  const get = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  const Arn = await ready(QueueName, async () => {
    try {
      return (await sqs.send(get)).Attributes?.QueueArn;
    } catch (error) {
      if (error instanceof QueueDoesNotExist) return undefined;
      throw error;
    }
  });
  return { ref: QueueUrl, attributes: { Arn, QueueName, QueueUrl } };
}

/** Asks until there is an answer; throws when `what` is not ready in time. */
async function ready<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let waitedMs = 0; waitedMs < READY.limitMs; waitedMs += READY.everyMs) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, READY.everyMs));
  }
  throw new Error(`${what} was made but could not be used after ${READY.limitMs / 1000} s`);
}

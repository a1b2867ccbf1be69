/**
 * DynamoDB and SQS inside this process, on free loopback ports: no Docker, no account, and no answer to web pages. Tables, and what stands
 * in FIFO queues, are kept on disk when a data folder is given, and in memory otherwise. Mailboxes are always in memory: they end with the
 * processes that they belong to.
 */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type BuildAppOptions, buildApp } from 'fauxqs';
import { operationOf } from '../lib/aws/calls.ts';
// Not among the exports of fauxqs, which makes a store of its own where it is given none.
import { SqsStore } from '../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { Dynamodb } from './dynamodb.ts';
import { serveDynamodb } from './dynamodb-server.ts';
import { KeptMessages } from './kept-messages.ts';
import { holdDataDir } from './lock.ts';
import type { Clients } from './resources.ts';
import { isStranger, REFUSED } from './strangers.ts';

export interface Emulators {
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** Whose tables these are; DynamoDB Local keeps those of different keys apart. */
  readonly accessKeyId: string;
  /** DynamoDB without a socket: for clients in the same process. Other emulators than the embedded ones have none. */
  readonly dynamodb?: Pick<Dynamodb, 'call'>;
  /** Breaks SQS's open connections, long polls among them, lets DynamoDB's calls end, and closes the stores. May be repeated. */
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/**
 * Starts both emulators; they answer when this returns. With a `dataDir`, tables are kept in its `dynamodb` folder and messages in its `sqs`
 * folder, and it throws when another process uses it. Nothing is left running when it throws.
 */
export async function startEmulators(options: { readonly dataDir?: string } = {}): Promise<Emulators> {
  const { dataDir } = options;
  /** How to undo what has been done, the last first. */
  const undo: Array<() => Promise<unknown>> = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const step of undo.reverse()) await step().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    if (dataDir !== undefined) undo.push(await holdDataDir(dataDir));
    const dynamodb = await Dynamodb.open(dataDir && join(dataDir, 'dynamodb'));
    undo.push(() => dynamodb.close());
    const server = await serveDynamodb(dynamodb, LOOPBACK);
    undo.push(() => server.close());
    const kept = dataDir === undefined ? undefined : new KeptMessages(join(dataDir, 'sqs'));
    undo.push(async () => kept?.close());
    const sqs = buildApp({ logger: false, ...(kept && { stores: storesKeptBy(kept) }) });
    undo.push(() => sqs.close());
    // Beside SQS it speaks SNS, whose requests any page can send as a form: a topic would carry them to the ingest queue.
    sqs.addHook('onRequest', async (request, reply) => {
      if (isStranger(request.headers)) return reply.code(REFUSED.status).send(REFUSED.body);
    });
    if (kept) refuseWhileDown(sqs, kept);
    const sqsEndpoint = await sqs.listen({ host: LOOPBACK, port: 0 });
    let stopped: Promise<void> | undefined;
    return {
      sqsEndpoint,
      accessKeyId: 'local',
      dynamodb,
      dynamodbEndpoint: server.endpoint,
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** SDK clients that can reach nothing but these emulators, whatever the environment says. */
export function clientsOf(emulators: Emulators, region: string): Clients {
  const credentials = { accessKeyId: emulators.accessKeyId, secretAccessKey: 'local' };
  return {
    dynamodb: new DynamoDBClient({ region, credentials, endpoint: emulators.dynamodbEndpoint }),
    sqs: new SQSClient({
      region,
      credentials,
      endpoint: emulators.sqsEndpoint,
      useQueueUrlAsEndpoint: false,
    }),
  };
}

/**
 * DynamoDB without a socket, where that can be: then nothing of a call comes to the SDK's serializing, signing, retrying and time-outs, nor to an
 * `abortSignal`, and `onCall` is told of it here.
 */
export function nearbyDynamodb(
  { dynamodb, ...emulators }: Emulators,
  region: string,
  onCall: (operation: string) => void = () => undefined,
): DynamoDBClient {
  const credentials = { accessKeyId: emulators.accessKeyId, secretAccessKey: 'local' };
  const endpoint = emulators.dynamodbEndpoint;
  const client = new DynamoDBClient({ region, credentials, endpoint, cacheMiddleware: true });
  if (!dynamodb) return client;
  client.middlewareStack.add(
    (_next, { commandName }) => {
      const operation = operationOf(commandName);
      return async ({ input }) => {
        onCall(operation);
        return { output: { $metadata: {}, ...(await dynamodb.call(operation, input)) }, response: {} };
      };
    },
    // The first step, and there is no next.
    { step: 'initialize', priority: 'high', name: 'nearby' },
  );
  return client;
}

/** As SQS does when it has a fault: what is asked of a FIFO queue is 503 while its messages cannot be kept. */
function refuseWhileDown(sqs: ReturnType<typeof buildApp>, kept: KeptMessages): void {
  sqs.addHook('preHandler', async ({ body }, reply) => {
    const { QueueUrl } = (body ?? {}) as { readonly QueueUrl?: unknown };
    if (kept.isUp || !String(QueueUrl).endsWith('.fifo')) return;
    const message = 'The store of the queues cannot be written.';
    return reply.code(503).send({ __type: 'ServiceUnavailable', message });
  });
}

/** fauxqs makes those that are missing itself. */
function storesKeptBy(kept: KeptMessages): NonNullable<BuildAppOptions['stores']> {
  const sqsStore = Object.assign(new SqsStore(), { persistence: kept });
  return { sqsStore } as Partial<NonNullable<BuildAppOptions['stores']>> as NonNullable<
    BuildAppOptions['stores']
  >;
}

/**
 * DynamoDB and SQS inside this process, on free loopback ports: no Docker, no account, and no answer to web pages. Tables, and what stands
 * in FIFO queues, are kept on disk when a data folder is given, and in memory otherwise. Mailboxes are always in memory: they end with the
 * processes that they belong to.
 */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { operationOf } from '../../lib/aws/call-observer.ts';
import { holdDataDir } from '../data-dir-lock.ts';
import { Dynamodb } from './dynamodb.ts';
import { serveDynamodb } from './dynamodb-server.ts';
import type { Clients } from './resources.ts';
import { sqsClientOf, startSqs } from './sqs.ts';

export interface Emulators {
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** Who signs the calls. */
  readonly accessKeyId: string;
  /** DynamoDB without a socket: for clients in the same process. Other emulators than the embedded ones have none. */
  readonly dynamodb?: Pick<Dynamodb, 'call'>;
  /** False while a store refuses, as on a full disk; why was said by the store. Other emulators than the embedded ones cannot tell. */
  readonly isUp?: () => boolean;
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
    const sqs = await startSqs(dataDir);
    undo.push(() => sqs.stop());
    let stopped: Promise<void> | undefined;
    return {
      sqsEndpoint: sqs.endpoint,
      accessKeyId: 'local',
      dynamodb,
      dynamodbEndpoint: server.endpoint,
      isUp: () => dynamodb.isUp && sqs.isUp(),
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
    sqs: sqsClientOf(emulators.sqsEndpoint, region, emulators.accessKeyId),
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

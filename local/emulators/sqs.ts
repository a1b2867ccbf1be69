/** SQS inside this process, on a free loopback port: fauxqs, whose FIFO queues are kept on disk where there is a folder. */
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type BuildAppOptions, buildApp } from 'fauxqs';
// Not among the exports of fauxqs, which makes a store of its own where it is given none.
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { FifoStore } from './fifo-store.ts';
import { isStranger, REFUSED } from './strangers.ts';

const LOOPBACK = '127.0.0.1';

export interface SqsEmulator {
  readonly endpoint: string;
  /** False while FIFO queues refuse, because their messages cannot be kept. */
  isUp(): boolean;
  /** Breaks open connections, long polls among them, and closes the store. */
  stop(): Promise<void>;
}

/** Answers when it resolves. With a `dataDir`, what stands in FIFO queues is kept in its `sqs` folder. */
export async function startSqs(dataDir: string | undefined): Promise<SqsEmulator> {
  const kept = dataDir === undefined ? undefined : new FifoStore(join(dataDir, 'sqs'));
  const sqs = buildApp({ logger: false, ...(kept && { stores: storesKeptBy(kept) }) });
  // Beside SQS it speaks SNS, whose requests any page can send as a form: a topic would carry them to the ingest queue.
  sqs.addHook('onRequest', async (request, reply) => {
    if (isStranger(request.headers)) return reply.code(REFUSED.status).send(REFUSED.body);
  });
  if (kept) refuseWhileDown(sqs, kept);
  const stop = async () => {
    await sqs.close();
    kept?.close();
  };
  try {
    const isUp = () => kept?.isUp ?? true;
    return { endpoint: await sqs.listen({ host: LOOPBACK, port: 0 }), isUp, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Can reach nothing but this emulator, whatever the environment says. */
export function sqsClientOf(endpoint: string, region: string, accessKeyId = 'local'): SQSClient {
  const credentials = { accessKeyId, secretAccessKey: 'local' };
  return new SQSClient({ region, credentials, endpoint, useQueueUrlAsEndpoint: false });
}

/** As SQS does when it has a fault: what is asked of a FIFO queue is 503 while its messages cannot be kept. */
function refuseWhileDown(sqs: ReturnType<typeof buildApp>, kept: FifoStore): void {
  sqs.addHook('preHandler', async ({ body }, reply) => {
    const { QueueUrl } = (body ?? {}) as { readonly QueueUrl?: unknown };
    if (kept.isUp || !String(QueueUrl).endsWith('.fifo')) return;
    const message = 'The store of the queues cannot be written.';
    return reply.code(503).send({ __type: 'ServiceUnavailable', message });
  });
}

/** fauxqs makes those that are missing itself. */
function storesKeptBy(kept: FifoStore): NonNullable<BuildAppOptions['stores']> {
  const sqsStore = Object.assign(new SqsStore(), { persistence: kept });
  return { sqsStore } as Partial<NonNullable<BuildAppOptions['stores']>> as NonNullable<
    BuildAppOptions['stores']
  >;
}

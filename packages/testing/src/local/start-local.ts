/**
 * Doorbell as it runs on AWS, on emulators of DynamoDB and SQS in this process: the same tables and queues, the same calls, and an ingest queue that
 * producers can send to. It takes longer to start than one in memory, and finds what only AWS's ways can break.
 */

import { randomBytes } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { startBackground } from '../../../../hub/background.ts';
import { secretsIn } from '../../../../lib/auth/settings.ts';
import { channelSchemas } from '../../../../lib/compose/channel-schemas.ts';
import { onAws } from '../../../../lib/compose/hub.ts';
import type { Base, HubPorts } from '../../../../lib/compose/hub-ports.ts';
import { deadLettersOn } from '../../../../lib/compose/ingest.ts';
import type { Environment } from '../../../../lib/config.ts';
import { ingest, messageOf } from '../../../../lib/publish/ingest.ts';
import { systemClock } from '../../../../lib/runtime/system.ts';
import { type LocalStack, startLocalStack, wholeEnvironment } from '../../../../local/emulators/stack.ts';
import { pollQueue } from '../../../../local/serverless/sqs-poller.ts';
import type { LocalDoorbell, ServerOptions, TestQueue } from '../doorbell.ts';
import { handleOf } from '../handle.ts';
import { commonOf, routerOf, tokenOf } from '../server.ts';

/** Answers when it resolves; nothing is left running when it rejects. */
export async function startLocal(options: ServerOptions = {}): Promise<LocalDoorbell> {
  const { port = 0, origins = [], settings = {} } = options;
  const stack = await startLocalStack();
  try {
    const secret = settings.DOORBELL_SECRET ?? randomBytes(32).toString('base64url');
    const [newest = secret] = secretsIn(secret, 'DOORBELL_SECRET');
    const env: Environment = {
      ...wholeEnvironment(stack),
      DOORBELL_SECRET: secret,
      CORS_ORIGINS: origins.join(' '),
      CURSOR_DELAY_SECONDS: '0',
      ...settings,
    };
    const common = commonOf(systemClock);
    const { dynamodb: dynamo, sqs } = stack.clients;
    const schemas = await channelSchemas(env, { checksAll: true });
    const { ports, gate } = onAws(env, { dynamo, sqs })(common, { schemas });
    const background = startBackground(ports, common);
    const ingesting = startIngest(stack, common, ports);
    const doorbell = await handleOf({
      port,
      backend: routerOf(ports, gate, common, env),
      clock: undefined,
      token: (grants) => tokenOf(newest, grants, Date.now()),
      sleep: systemClock.sleep,
      held: () => ports.poll.held.size,
      async stop() {
        ports.poll.held.close();
        await Promise.all([ingesting.stop(), background.stop()]);
        await stack.stop();
      },
    });
    return { ...doorbell, queue: queueOf(stack) };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

function queueOf({ references, emulators, service }: LocalStack): TestQueue {
  const { IngestQueue } = references;
  if (!IngestQueue) throw new Error('The stack declares no IngestQueue.');
  const { sqsEndpoint: endpoint } = emulators;
  // What the emulator calls it has a host that not every system finds, and an SDK asks that host.
  const url = endpoint + new URL(IngestQueue.ref).pathname;
  return { url, endpoint, region: service.provider.region };
}

/** What the function `ingest` does, as often as its queue has something. */
function startIngest(stack: LocalStack, common: Base, { publish }: HubPorts): { stop(): Promise<void> } {
  const { references, clients } = stack;
  const { url, region } = queueOf(stack);
  const deadLetters = deadLettersOn({ DEAD_LETTER_QUEUE_URL: references.IngestDeadQueue?.ref }, clients);
  const stopping = new AbortController();
  const invoke = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await ingest({ ...common, ...publish, deadLetters }, Records.map(messageOf));
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
  const polling = pollQueue(
    {
      sqs: clients.sqs,
      queueUrl: url,
      queueArn: String(references.IngestQueue?.attributes.Arn),
      region,
      batchSize: 10,
      partialFailures: true,
      invoke,
      onError: () => undefined,
    },
    stopping.signal,
  );
  return {
    async stop() {
      stopping.abort();
      await polling;
    },
  };
}

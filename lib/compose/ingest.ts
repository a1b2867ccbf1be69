/** What takes from the ingest queue, sends to it and clears what could not be published, on AWS. */

import { sqsClient } from '../aws/clients.ts';
import { SqsDeadLetterQueue, SqsDeadLetterSink } from '../aws/sqs/dead-letter-queue.ts';
import { SqsIngestQueue } from '../aws/sqs/ingest-queue.ts';
import { type Environment, required } from '../config.ts';
import type { IngestPorts } from '../publish/ingest.ts';
import type { DeadLetterQueues, DeadLetterSink, IngestQueue } from '../publish/ports.ts';
import type { RedrivePorts } from '../publish/redrive.ts';
import { systemRandom } from '../runtime/system.ts';
import { type Clients, dynamoOf, sqsOf } from './clients.ts';
import type { Base } from './hub-ports.ts';
import { publishPorts } from './publish.ts';

export function ingestPorts(env: Environment, common: Base, clients: Clients = {}): IngestPorts {
  const dynamo = dynamoOf(clients, common);
  const sqs = sqsOf(clients, common);
  const deadLetters = deadLettersOn(env, { sqs });
  return { ...publishPorts(env, common, { dynamo, sqs }), ...common, deadLetters };
}

export function deadLettersOn(env: Environment, { sqs = sqsClient() }: Clients = {}): DeadLetterSink {
  return new SqsDeadLetterSink({ client: sqs, url: required(env, 'DEAD_LETTER_QUEUE_URL') });
}

export function redrivePorts(env: Environment, { sqs = sqsClient() }: Clients = {}): RedrivePorts {
  return {
    random: systemRandom,
    ingestQueue: new SqsIngestQueue({ client: sqs, url: required(env, 'INGEST_QUEUE_URL') }),
    deadLetters: new SqsDeadLetterQueue({ client: sqs, url: required(env, 'DEAD_LETTER_QUEUE_URL') }),
  };
}

/** Seconds. Longer than any request looks at dead letters; one that is killed keeps them from others for so long. */
const LOOK_SECONDS = 60;

/** Both queues for requests; undefined where the process is not told of them. */
export function deadLetterQueues(
  env: Environment,
  common: Base,
  clients: Clients = {},
): DeadLetterQueues | undefined {
  const { INGEST_QUEUE_URL: ingestUrl, DEAD_LETTER_QUEUE_URL: deadUrl } = env;
  if (!ingestUrl || !deadUrl) return undefined;
  const client = sqsOf(clients, common);
  return {
    ingestQueue: new SqsIngestQueue({ client, url: ingestUrl }),
    deadLetters: new SqsDeadLetterQueue({ client, url: deadUrl, inHandSeconds: LOOK_SECONDS }),
  };
}

export function ingestQueue(env: Environment, { sqs = sqsClient() }: Clients = {}): IngestQueue {
  return new SqsIngestQueue({ client: sqs, url: required(env, 'INGEST_QUEUE_URL') });
}

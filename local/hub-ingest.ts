/**
 * The ingest queue beside a hub on a file (INGEST_QUEUE=true): an SQS emulator in the process, for producers that send to a queue. What stands in it is kept in
 * DATA_DIR/sqs, and is where `npm start` finds it too. Loaded only where it is asked for: it brings the AWS SDK and the framework along.
 */

import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Base } from '../lib/compose/hub-ports.ts';
import { deadLetterQueues, deadLettersOn } from '../lib/compose/ingest.ts';
import { ingest, messageOf } from '../lib/publish/ingest.ts';
import type { DeadLetterQueues } from '../lib/publish/ports.ts';
import type { PublishPorts } from '../lib/publish/publish.ts';
import { reasonOf } from '../lib/telemetry/reason.ts';
import { createQueues } from './emulators/resources.ts';
import { loadService } from './emulators/service.ts';
import { sqsClientOf, startSqs } from './emulators/sqs.ts';
import { sqsPollerOf } from './serverless/triggers.ts';

export interface IngestBeside {
  readonly endpoint: string;
  readonly queues: DeadLetterQueues | undefined;
  stop(): Promise<void>;
}

/** Publishes what is sent until it is stopped, which ends when the batch in hand is settled. Without a folder nothing is kept. */
export async function startIngest(
  dataDir: string | undefined,
  common: Base,
  publish: PublishPorts,
): Promise<IngestBeside> {
  const service = await loadService();
  const { endpoint, stop } = await startSqs(dataDir);
  const sqs = sqsClientOf(endpoint, service.provider.region);
  const references = await createQueues(service.resources.Resources, sqs);
  const env = {
    INGEST_QUEUE_URL: references.IngestQueue?.ref,
    DEAD_LETTER_QUEUE_URL: references.IngestDeadQueue?.ref,
  };
  const deadLetters = deadLettersOn(env, { sqs });
  const ports = { ...common, ...publish, deadLetters };
  const stopping = new AbortController();
  const take = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await ingest(ports, Records.map(messageOf));
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
  const report = (error: unknown) => {
    const reason = reasonOf(error);
    if (!stopping.signal.aborted) common.logger.error('an errand failed', { reason });
  };
  const pumping = sqsPollerOf(
    { service, references, clients: { sqs } },
    'ingest',
    take,
    stopping.signal,
    report,
  );
  return {
    endpoint,
    queues: deadLetterQueues(env, common, { sqs }),
    async stop() {
      stopping.abort();
      await pumping;
      sqs.destroy();
      await stop();
    },
  };
}

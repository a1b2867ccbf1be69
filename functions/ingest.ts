/** Lambda: ingest. SQS FIFO queue -> append, ring; failed messages are reported one by one and come again. */

import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { base, ingestPorts } from '../lib/deps.ts';
import { ingest } from '../lib/ingest.ts';

const common = base();
const ports = ingestPorts(process.env, common);

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const messages = event.Records.map(({ messageId, body, attributes }) => ({
    id: messageId,
    group: attributes.MessageGroupId ?? '',
    body,
  }));
  const failed = await ingest(ports, messages);
  common.meter.flush();
  const report = async ({ messageId }: SQSRecord) => {
    if (failed.has(messageId)) throw new Error('not published; to be delivered again');
  };
  return processPartialResponse(event, report, new BatchProcessor(EventType.SQS), {
    throwOnFullBatchFailure: false,
  });
}

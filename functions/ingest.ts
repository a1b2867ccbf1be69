/** Lambda: ingest. SQS FIFO queue -> append, ring; failed messages are reported one by one and come again. */

import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { base } from '../lib/compose/base.ts';
import { channelSchemas } from '../lib/compose/channel-schemas.ts';
import { ingestPorts } from '../lib/compose/ingest.ts';
import { ingest, messageOf } from '../lib/publish/ingest.ts';

const common = base(process.env);
const ports = { ...ingestPorts(process.env, common), schemas: await channelSchemas(process.env) };

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await ingest(ports, event.Records.map(messageOf));
  common.meter.flush();
  const report = async ({ messageId }: SQSRecord) => {
    if (failed.has(messageId)) throw new Error('not published; to be delivered again');
  };
  return processPartialResponse(event, report, new BatchProcessor(EventType.SQS), {
    throwOnFullBatchFailure: false,
  });
}

/** What AWS runs beside a hub, in its process: the ingest queue is emptied, dead mailboxes are swept, and the sample producer publishes. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Base, ingestPorts, ingestQueue, sweepPorts } from '../lib/deps.ts';
import { sendHostSample } from '../lib/host.ts';
import { ingest, messageOf } from '../lib/ingest.ts';
import type { PublishPorts } from '../lib/publish.ts';
import { sweep } from '../lib/sweep.ts';
import type { LocalStack } from './stack.ts';
import { pumpOf } from './triggers.ts';

const MINUTE_MS = 60_000;

/** Runs until it is stopped, which ends when the batch in hand is settled. What fails is logged, and tried again when its time comes. */
export function startErrands(
  stack: LocalStack,
  env: Readonly<Record<string, string | undefined>>,
  common: Base,
  publish: PublishPorts,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const report = (error: unknown) => {
    const reason = error instanceof Error ? error.name : 'unknown';
    if (!stopping.signal.aborted) common.logger.error('an errand failed', { reason });
  };
  // Published by the hub itself, so that its readers hear of it at once.
  const ports = { ...ingestPorts(env, common), ...publish };
  const take = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await ingest(ports, Records.map(messageOf));
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
  const pumping = pumpOf(stack, 'ingest', take, stopping.signal, report);
  const queue = ingestQueue(env);
  const tell = () => sendHostSample(queue, common.clock, `hub-${new Date(common.clock.now()).toISOString()}`);
  void tell().catch(report);
  const timers = [
    setInterval(() => void tell().catch(report), MINUTE_MS),
    setInterval(() => void sweep(sweepPorts(env, common)).catch(report), 5 * MINUTE_MS),
  ];
  return {
    async stop() {
      stopping.abort();
      for (const timer of timers) clearInterval(timer);
      await pumping;
    },
  };
}

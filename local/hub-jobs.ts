/** What AWS runs beside a hub, in the process of one that stands on a file: the sample producer, and the ingest queue where one is asked for. */

import type { Base } from '../lib/compose/hub-ports.ts';
import { sendHostSample } from '../lib/publish/host-sample.ts';
import { type IngestPorts, ingest } from '../lib/publish/ingest.ts';
import type { PublishPorts } from '../lib/publish/publish.ts';

const MINUTE_MS = 60_000;

/** Publishes a sample now and every minute until it is stopped. What fails is logged, and tried again when its time comes. */
export function startSamples(common: Base, publish: PublishPorts): { stop(): void } {
  const ports: IngestPorts = { ...common, ...publish, deadLetters: { bury: async () => undefined } };
  // As a producer on the queue would send it, without the queue.
  const queue = {
    send: async (group: string, body: string, id: string) => {
      await ingest(ports, [{ id, group, body }]);
      return id;
    },
  };
  const tell = async () => {
    try {
      const { clock } = common;
      await sendHostSample(queue, clock, `hub-${new Date(clock.now()).toISOString()}`);
    } catch (error) {
      common.logger.error('an errand failed', { reason: error instanceof Error ? error.name : 'unknown' });
    }
  };
  void tell();
  const timer = setInterval(() => void tell(), MINUTE_MS);
  return { stop: () => clearInterval(timer) };
}

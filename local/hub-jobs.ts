/** What AWS runs beside a hub, in the process of one that stands on a file: the sample producer. */

import { TRUSTED } from '../lib/auth/caller.ts';
import type { Base } from '../lib/compose/hub-ports.ts';
import { sendHostSample } from '../lib/publish/host-sample.ts';
import { parseMessage } from '../lib/publish/ingest.ts';
import { type PublishPorts, publish } from '../lib/publish/publish.ts';

const MINUTE_MS = 60_000;

type Common = Pick<Base, 'clock' | 'logger'>;

/**
 * Publishes a sample now and every minute until it is stopped. One that cannot be published is dropped, because the next comes in a minute.
 * That is said once, and again only after a sample was published.
 */
export function startSamples({ clock, logger }: Common, ports: PublishPorts): { stop(): void } {
  // As a producer on the queue would send it, without the queue.
  const queue = {
    send: async (group: string, body: string, id: string) => {
      const { events } = parseMessage({ id, group, body }, ports.schemas);
      await publish(ports, TRUSTED, group, events, true);
      return id;
    },
  };
  let isFailing = false;
  const tell = async () => {
    try {
      await sendHostSample(queue, clock, `hub-${new Date(clock.now()).toISOString()}`);
      isFailing = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      if (!isFailing) logger.error('a sample of this machine was not published', { reason });
      isFailing = true;
    }
  };
  let cancel: () => void = () => undefined;
  const everyMinute = () => {
    cancel = clock.after(MINUTE_MS, everyMinute);
    void tell();
  };
  everyMinute();
  return { stop: () => cancel() };
}

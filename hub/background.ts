/** What a hub does besides answering: it listens to its mailbox all the time, and does what was delayed. */

import type { Base, HubPorts } from '../lib/compose/hub-ports.ts';
import { keepTicking } from '../lib/expectations/keep-ticking.ts';

/** In Lambda the next poll would do what was delayed. */
const FLUSH_MS = 1_000;
/** What is left when the hub stops has so long. */
const STOP_MS = 10_000;

type BackgroundPorts = Pick<HubPorts, 'poll' | 'bell' | 'late' | 'ticking'>;

export interface Background {
  /**
   * Does what is left and gives the mailbox back, in 10 s at most. Never rejects: what is not done by then, or fails, is done by others in time. Places are
   * sent again, and sweep deletes mailboxes.
   */
  stop(): Promise<void>;
}

export function startBackground(
  ports: BackgroundPorts,
  { clock, logger }: Pick<Base, 'clock' | 'logger'>,
): Background {
  const { mailbox, afterResponse } = ports.poll;
  mailbox.listenForGood();
  const ticks = ports.ticking && keepTicking(ports.ticking);
  const flushing = setInterval(() => void afterResponse.flush(), FLUSH_MS);
  return {
    async stop() {
      clearInterval(flushing);
      ticks?.stop();
      const late = Promise.withResolvers<never>();
      const cancel = clock.after(STOP_MS, () => late.reject(new Error('there was no time')));
      try {
        await Promise.race([finish(ports), late.promise]);
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown';
        logger.warn('the hub stopped before all that it had put off was done', { reason });
      } finally {
        cancel();
      }
    },
  };
}

async function finish({ poll, bell, late }: BackgroundPorts): Promise<void> {
  await bell.quiet();
  await Promise.all([poll.afterResponse.flush(), late?.flush()]);
  await poll.mailbox.close();
}

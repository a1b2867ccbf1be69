/** Waiting at the end of a stream, with the same arms and rings as a poll. */

import type { Caller } from '../auth/caller.ts';
import { type DisconnectSignal, Wait } from '../poll/wait.ts';
import type { Stream } from './locate.ts';
import type { StreamReadPorts } from './ports.ts';
import { type SharedReads, sharedReads } from './shared-reads.ts';

/** Where a reader waits: it has seen the log of this life up to here, marks apart. */
export interface WaitPlace {
  readonly name: string;
  readonly life: string;
  readonly after: number;
  /** Where it was looked up, and ends here: others who come need not look it up again. */
  readonly stream?: Stream;
}

/**
 * Resolves with the reads of all who were woken with it when the log does not end at this place any more, or not in this life; with undefined when the
 * wait is over, nobody waits any more, or this process is closing. Throws `too-many-requests` and `unavailable` as a poll does.
 */
export async function waitAtEnd(
  ports: StreamReadPorts,
  { principal }: Caller,
  place: WaitPlace,
  waitMs: number,
  signal?: DisconnectSignal,
): Promise<SharedReads | undefined> {
  const { clock, held, mailbox, watchRegistry } = ports;
  mailbox.resume();
  const deadline = clock.elapsed() + waitMs;
  const wait = new Wait();
  const release = held.hold(undefined, (why) => wait.end(why), principal);
  const hungUp = () => wait.end('gone');
  if (signal?.aborted) hungUp();
  signal?.addEventListener('abort', hungUp);
  const watch = watchRegistry.join(place.name);
  const { after, life } = place;
  try {
    if (!watch.isArmed) await watch.arrive();
    // The log was read after the check that the watch remembers.
    if (watch.head.epoch !== life || watch.head.vid < after) await watch.checkAgain();
    if (watch.head.epoch !== life || watch.head.vid > after) return sharedReads(ports, watch);
    if (place.stream) sharedReads(ports, watch).offer(place.stream);
    const isNews = await wait.sleep((wake) => [
      mailbox.listen(deadline),
      watch.sleep(after, () => wake(true), deadline),
      mailbox.quietAt(deadline, () => wake(false)),
    ]);
    return isNews ? sharedReads(ports, watch) : undefined;
  } finally {
    release();
    signal?.removeEventListener('abort', hungUp);
    watch.leave();
  }
}

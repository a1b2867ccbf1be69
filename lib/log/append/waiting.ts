/** Batches that wait to be appended: who is told what, and by when at the latest. */

import { PushError } from '../../errors.ts';
import type { PublishAnswer } from '../../protocol/doorbell.ts';
import type { Deadlines } from '../../runtime/deadlines.ts';
import type { VidRange } from '../block.ts';
import type { NewBlock } from '../ports.ts';
import type { Batch } from './append-plan.ts';
import type { Outcome } from './stream-draft.ts';
import type { WriterState } from './writer-state.ts';

/** Turns of the event loop without a new publish after which no more are waited for: some tenths of a millisecond. */
const MAX_QUIET_TURNS = 20;

/**
 * Where a batch went. `block` is what was written with it, and must be rung about; absent when all of it was there already. Then `head`,
 * the newest event, must be: whoever appended the batch may have died before it rang.
 */
export interface Appended {
  readonly answer: PublishAnswer;
  readonly block?: NewBlock;
  readonly head: VidRange;
  /** Of a stream's writer. */
  readonly outcome?: Outcome;
}

/** A batch, whom to tell, and by when (ms of `Clock.elapsed`). */
export interface Waiting extends Batch {
  readonly until: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** What waits for one channel. */
export interface ChannelQueue {
  readonly channel: string;
  waiting: Waiting[];
  /** How many batches the last block held: those who published together do so again. */
  company: number;
  state: WriterState | undefined;
  busy: boolean;
}

export interface Telling extends Pick<Waiting, 'resolve' | 'reject'> {
  /** Told of a batch that was appended after its publisher was refused. */
  readonly late: (appended: Appended) => void;
}

/** A call that hangs holds up the writer of its channel, but nobody who waits for it: whose time is over is told so whatever is under way. */
export function waitingFor(
  batch: Batch,
  channel: string,
  until: number,
  deadlines: Deadlines,
  { resolve, reject, late }: Telling,
): Waiting {
  const { events, hasProducerIds, write, isOwn } = batch;
  let isTold = false;
  const refuse = (error: unknown) => {
    takeBack();
    isTold = true;
    reject(error);
  };
  const takeBack = deadlines.add(until, () => refuse(tooLate(channel, undefined)));
  return {
    events,
    hasProducerIds,
    ...(write ? { write } : {}),
    ...(isOwn ? { isOwn } : {}),
    until,
    resolve(appended) {
      takeBack();
      if (isTold) late(appended);
      else resolve(appended);
    },
    reject: refuse,
  };
}

/** Tells those whose time is over at `at` that it is; returns the others, in order. */
export function inTime(channel: string, batches: readonly Waiting[], at: number, cause?: unknown): Waiting[] {
  for (const { until, reject } of batches) {
    if (until <= at) reject(tooLate(channel, cause));
  }
  return batches.filter(({ until }) => until > at);
}

/** What nobody foresaw ends neither the process nor the channel: all who wait are told, and the next begins afresh. */
export function giveUp(queue: ChannelQueue, error: unknown): void {
  queue.busy = false;
  queue.state = undefined;
  for (const { reject } of queue.waiting.splice(0)) reject(error);
}

/** Waits for as many batches as came together the last time, as long as they keep coming: a block costs the same for one as for many. */
export async function gather(queue: ChannelQueue, arrivals: () => Promise<void>): Promise<void> {
  for (let quiet = 0; quiet < MAX_QUIET_TURNS; quiet++) {
    const before = queue.waiting.length;
    await arrivals();
    if (queue.waiting.length >= queue.company) return;
    if (queue.waiting.length > before) quiet = 0;
  }
}

export function tooLate(channel: string, cause: unknown): PushError {
  return new PushError(
    'unavailable',
    `Channel ${channel} could not be written in time. Publish again; with the same id nothing is appended twice.`,
    {},
    cause,
  );
}

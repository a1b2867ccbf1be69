/** Publish: append to the log, then ring whoever sleeps on the channel. The answer comes after the append; the log is the truth. */

import type { Appender } from './append.ts';
import { type Draft, intoBatches } from './block.ts';
import { PushError } from './errors.ts';
import type { PublishAnswer } from './protocol.ts';
import type { Bell } from './ring.ts';

export interface PublishPorts {
  readonly appender: Appender;
  readonly bell: Bell;
}

/**
 * Publishes 1..100 events as one block, so with consecutive vids but for those whose id was there already. `keyed`: some ids are the
 * producer's. Throws `unavailable` (see `Appender.append`).
 */
export async function publish(
  { appender, bell }: PublishPorts,
  channel: string,
  drafts: readonly Draft[],
  keyed: boolean,
): Promise<PublishAnswer> {
  const { answer, block } = await appender.append(channel, drafts, keyed);
  if (block) await bell.ring(channel, block);
  return answer;
}

/**
 * Publishes any number of events in order, block by block. When a block fails the error carries `appended`: how many events, from the
 * first on, are in the log.
 */
export async function publishAll(
  { appender, bell }: PublishPorts,
  channel: string,
  drafts: readonly Draft[],
  keyed: boolean,
): Promise<PublishAnswer> {
  const rings: Array<Promise<void>> = [];
  const answers: PublishAnswer[] = [];
  let appended = 0;
  try {
    for (const batch of intoBatches(drafts)) {
      const { answer, block } = await appender.append(channel, batch, keyed);
      appended += batch.length;
      answers.push(answer);
      // Readers hear of each block at once; the next append need not wait for that.
      if (block) rings.push(bell.ring(channel, block));
    }
  } catch (error) {
    if (error instanceof PushError)
      throw new PushError(error.code, error.message, { ...error.details, appended }, error);
    throw error;
  } finally {
    await Promise.all(rings);
  }
  return sum(answers);
}

function sum(answers: readonly PublishAnswer[]): PublishAnswer {
  return {
    first: Math.min(...answers.map(({ first }) => first)),
    last: Math.max(...answers.map(({ last }) => last)),
    count: answers.reduce((total, { count }) => total + count, 0),
    duplicates: answers.reduce((total, { duplicates }) => total + duplicates, 0),
  };
}

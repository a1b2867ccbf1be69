/**
 * Publish: append to the log, then ring whoever sleeps on the channel. The answer comes after the append; the log is the truth. What was
 * in the log already is rung about too, without its events: a producer publishes again because the first time broke off, perhaps between
 * append and ring.
 */

import type { Caller } from '../auth/caller.ts';
import { requireKeys, writableKeys } from '../auth/key-grants.ts';
import { internalError, PushError } from '../errors.ts';
import type { Appended, Appender } from '../log/append/appender.ts';
import { intoBatches, type NewEvent } from '../log/block.ts';
import type { PublishAnswer } from '../protocol/doorbell.ts';
import type { Bell } from '../wakeup/bell.ts';
import type { ChannelSchemas } from './ports.ts';

export interface PublishPorts {
  readonly appender: Appender;
  readonly bell: Pick<Bell, 'ring'>;
  /** For whoever parses what is published; absent where no channel has a schema. */
  readonly schemas?: ChannelSchemas | undefined;
}

/**
 * Publishes 1..100 events as one block, so with consecutive vids but for those whose id was there already. `hasProducerIds`: some ids are the
 * producer's. Throws `forbidden`, and `unavailable` (see `Appender.append`).
 */
export async function publish(
  { appender, bell }: PublishPorts,
  caller: Caller,
  channel: string,
  events: readonly NewEvent[],
  hasProducerIds: boolean,
): Promise<PublishAnswer> {
  const keys = writableKeys(caller, channel);
  if (keys) requireKeys(keys, keysOf(events), channel);
  const { answer, block, head } = await appender.append(
    channel,
    events,
    hasProducerIds,
    undefined,
    ringing(bell, channel),
  );
  await bell.ring(channel, block ?? head);
  return answer;
}

/**
 * Publishes any number of events in order, block by block, until `by` (ms of `Clock.elapsed`). When a block
 * fails, or the time is over, the error carries `appended`: how many events, from the first on, are in the
 * log.
 */
export async function publishAll(
  { appender, bell }: PublishPorts,
  caller: Caller,
  channel: string,
  given: Iterable<NewEvent>,
  hasProducerIds: boolean,
  by = Number.POSITIVE_INFINITY,
): Promise<PublishAnswer> {
  const keys = writableKeys(caller, channel);
  // All of them before the first is in the log.
  const events = keys ? [...given] : given;
  if (keys) requireKeys(keys, keysOf(events), channel);
  const rings: Array<Promise<void>> = [];
  const answers: PublishAnswer[] = [];
  let appended = 0;
  try {
    for (const batch of intoBatches(events)) {
      const { answer, block, head } = await appender.append(
        channel,
        batch,
        hasProducerIds,
        by,
        ringing(bell, channel),
      );
      appended += batch.length;
      answers.push(answer);
      // Readers hear of each block at once; the next append need not wait for that.
      rings.push(bell.ring(channel, block ?? head));
    }
  } catch (error) {
    throw brokenOff(error, appended);
  } finally {
    await Promise.all(rings);
  }
  return sum(answers);
}

function* keysOf(events: Iterable<NewEvent>): Generator<string | undefined> {
  for (const { key } of events) yield key;
}

/** What is in the log after its publisher was told that it was not is rung about too. */
function ringing(bell: Pick<Bell, 'ring'>, channel: string) {
  return ({ block, head }: Appended) => void bell.ring(channel, block ?? head);
}

function brokenOff(error: unknown, appended: number): PushError {
  if (!(error instanceof PushError)) return internalError(error, { appended });
  const message = error.retryable
    ? `The first ${appended} events are in the log; the rest could not be written now. Publish the others, from number ${appended + 1} on.`
    : error.message;
  return new PushError(error.code, message, { ...error.details, appended }, error);
}

function sum(answers: readonly PublishAnswer[]): PublishAnswer {
  return {
    first: Math.min(...answers.map(({ first }) => first)),
    last: Math.max(...answers.map(({ last }) => last)),
    count: answers.reduce((total, { count }) => total + count, 0),
    duplicates: answers.reduce((total, { duplicates }) => total + duplicates, 0),
  };
}

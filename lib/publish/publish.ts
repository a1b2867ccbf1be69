/**
 * Publish: append to the log, then ring whoever sleeps on the channel. The answer comes after the append; the log is the truth. What was
 * in the log already is rung about too, without its events: a producer publishes again because the first time broke off, perhaps between
 * append and ring.
 */

import type { Caller } from '../auth/caller.ts';
import { coversKey, requireKeys, writableKeys } from '../auth/key-grants.ts';
import { internalError, PushError } from '../errors.ts';
import type { Arming } from '../expectations/arming.ts';
import type { Appended, Appender } from '../log/append/appender.ts';
import { intoBatches, type NewEvent } from '../log/block.ts';
import type { PublishAnswer } from '../protocol/doorbell.ts';
import type { Bell } from '../wakeup/bell.ts';
import type { ChannelSchemas } from './ports.ts';

export interface PublishPorts {
  readonly appender: Appender;
  readonly bell: Pick<Bell, 'ring'>;
  /** Told of events that promise others (`Event.expect`), before they are appended; absent where nobody ticks, as in a test. */
  readonly expecting?: Pick<Arming, 'arm'>;
  /** For whoever parses what is published; absent where no channel has a schema. */
  readonly schemas?: ChannelSchemas | undefined;
}

/**
 * Publishes 1..100 events as one block, so with consecutive vids but for those whose id was there already. `hasProducerIds`: some ids are the
 * producer's. Throws `forbidden`, `conflict` where a caller of some keys sends an id of another key's event, and `unavailable` (see `Appender.append`).
 */
export async function publish(
  { appender, bell, expecting }: PublishPorts,
  caller: Caller,
  channel: string,
  events: readonly NewEvent[],
  hasProducerIds: boolean,
): Promise<PublishAnswer> {
  const keys = writableKeys(caller, channel);
  if (keys) requireKeys(keys, keysOf(events), channel);
  const armed = await expecting?.arm(channel, events);
  const appended = await appender.append(
    channel,
    events,
    hasProducerIds,
    undefined,
    (late) => void ringAbout(bell, channel, late),
    keys && ((key) => coversKey(keys, key)),
  );
  await Promise.all([ringAbout(bell, channel, appended), armed?.()]);
  return appended.answer;
}

/**
 * Publishes any number of events in order, block by block, until `by` (ms of `Clock.elapsed`). When a block
 * fails, or the time is over, the error carries `appended`: how many events, from the first on, are in the
 * log.
 */
export async function publishAll(
  { appender, bell, expecting }: PublishPorts,
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
      const armed = await expecting?.arm(channel, batch);
      const one = await appender.append(
        channel,
        batch,
        hasProducerIds,
        by,
        // What is in the log after its publisher was told that it was not is rung about too.
        (late) => void ringAbout(bell, channel, late),
      );
      appended += batch.length;
      answers.push(one.answer);
      await armed?.();
      // Readers hear of each block at once; the next append need not wait for that.
      rings.push(ringAbout(bell, channel, one));
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

/**
 * Rings about what was written, and about what was there already: whoever wrote that may have died before it rang, and its keys need not be among those of the
 * block that stands here. Never throws.
 */
async function ringAbout(
  bell: Pick<Bell, 'ring'>,
  channel: string,
  { answer, block, head }: Appended,
): Promise<void> {
  const isAllNew = answer.duplicates === 0;
  const rings = block ? [bell.ring(channel, block)] : [];
  if (!block || !isAllNew) rings.push(bell.ring(channel, head));
  await Promise.all(rings);
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

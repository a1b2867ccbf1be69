/** A Lambda that a schedule runs: what it makes is published under ids of the schedule and its time, so a run that is repeated publishes once. */

import { createHash } from 'node:crypto';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import type { NewEvent, Producer } from './producer.ts';

/**
 * What EventBridge gives a Lambda. A schedule of EventBridge Scheduler gives only what it is told to: let its input be
 * `{"time":"<aws.scheduler.scheduled-time>","resources":["<aws.scheduler.schedule-arn>"]}`.
 */
export interface ScheduledEvent {
  /** ISO 8601: the time that the run is for. */
  readonly time: string;
  /** The ARN of the rule or schedule first. */
  readonly resources?: readonly string[];
}

/** What one run has made: an event, several, or nothing. */
export type Made = NewEvent | readonly NewEvent[] | undefined;

export interface ScheduledOptions {
  readonly producer: Pick<Producer, 'publishAll'>;
  readonly channel: string;
}

/**
 * A handler for Lambda. It is done when the events are published, and fails when they cannot be, so Lambda runs it again. Events with ids of their own
 * keep them. Throws a `TypeError` for an event without a time.
 */
export function scheduled<E extends ScheduledEvent>(
  { producer, channel }: ScheduledOptions,
  work: (event: E) => Made | Promise<Made>,
): (event: E) => Promise<void> {
  return async (event) => {
    const name = runOf(event);
    const made = await work(event);
    if (made === undefined) return;
    const isOne = !Array.isArray(made);
    const events = (isOne ? [made] : made) as readonly NewEvent[];
    const named = events.map((one, i) => ({ ...one, id: one.id ?? idOf(name, isOne ? '' : `.${i}`) }));
    if (named.length > 0) await producer.publishAll(channel, named);
  };
}

function runOf({ time, resources }: ScheduledEvent): string {
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time)))
    throw new TypeError(
      'The event has no time, so its run has no name: see ScheduledEvent for what a schedule must give.',
    );
  const schedule = resources?.[0]?.split('/').at(-1) ?? 'schedule';
  return `${schedule}@${time}`;
}

/** A name that is too long for an id becomes its digest. */
function idOf(run: string, place: string): string {
  const id = `${run}${place}`;
  return id.length <= LIMITS.idLength ? id : `${createHash('sha256').update(run).digest('hex')}${place}`;
}

/**
 * The border: what came over the wire, unknown until it was looked at, becomes a typed value or undefined.
 * Members that this version does not know are left alone, so that a newer server can add some. Pure.
 */
import type { Event, PollAnswer, Problem, PublishAnswer } from '../lib/protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A poll's answer, or undefined when the value is not one. Events are checked to ascend. */
export function readPollAnswer(value: unknown): PollAnswer | undefined {
  if (!isFields(value)) return undefined;
  const { channel, epoch, events, maxvid, missed, superseded } = value;
  if (typeof channel !== 'string' || !isEpoch(epoch) || !isCount(maxvid) || !isCount(missed))
    return undefined;
  if (!isEvents(events) || (events.at(-1)?.vid ?? 0) > maxvid) return undefined;
  return { channel, epoch, events, maxvid, missed, ...(superseded === true ? { superseded } : {}) };
}

/** A publish's answer, or undefined when the value is not one. */
export function readPublishAnswer(value: unknown): PublishAnswer | undefined {
  if (!isFields(value)) return undefined;
  const { first, last, count, duplicates } = value;
  if (!isCount(first) || !isCount(last) || !isCount(count) || !isCount(duplicates)) return undefined;
  return { first, last, count, duplicates };
}

/** Problem details, or undefined. Only `title` and `detail` must be there: a gateway's own problems have no more. */
export function readProblem(value: unknown, status: number): Problem | undefined {
  if (!isFields(value)) return undefined;
  const { type, title, detail, field, channel, earliest, head, epoch, appended } = value;
  if (typeof title !== 'string' || typeof detail !== 'string') return undefined;
  return {
    type: typeof type === 'string' ? type : 'about:blank',
    title,
    status,
    detail,
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof channel === 'string' ? { channel } : {}),
    ...(isCount(earliest) || earliest === null ? { earliest } : {}),
    ...(isCount(head) ? { head } : {}),
    ...(isEpoch(epoch) ? { epoch } : {}),
    ...(isCount(appended) ? { appended } : {}),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isEpoch(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isEvents(value: unknown): value is readonly Event[] {
  if (!Array.isArray(value)) return false;
  let above = 0;
  for (const event of value as readonly unknown[]) {
    if (!isEvent(event) || event.vid <= above) return false;
    above = event.vid;
  }
  return true;
}

function isEvent(value: unknown): value is Event {
  return (
    isFields(value) &&
    isCount(value.vid) &&
    typeof value.id === 'string' &&
    typeof value.at === 'string' &&
    'data' in value
  );
}

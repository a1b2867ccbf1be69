/**
 * Ingest: what producers send to the queue. Messages of one group (= channel) are published in order; a failure stops its group,
 * so that order survives the retry, and no other group. A message that can never be published is put aside at once, with the reason.
 * A message keeps its place in the queue and its id when it is delivered again, so a batch that runs twice is appended once.
 */

import { createHash } from 'node:crypto';
import { TRUSTED } from '../auth/caller.ts';
import { faultOf, PushError } from '../errors.ts';
import { requireExpectable } from '../expectations/arming.ts';
import type { NewEvent } from '../log/block.ts';
import type { QueuePlace } from '../log/queue-mark.ts';
import { CHANNEL_PATTERN, CHANNEL_RULE } from '../protocol/doorbell.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Logger, Meter } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { eventOfCloudEvent, type HandedIn, isCloudEvent } from './cloud-events.ts';
import { dataCheck } from './data-check.ts';
import { type NewEvents, newEventsOf } from './parse-events.ts';
import { type ChannelSchemas, type DeadLetterSink, SENT_BACK } from './ports.ts';
import { type PublishPorts, publishAll } from './publish.ts';
import { jsonPath, parseStrictJson, shortName } from './strict-json.ts';

export interface IngestPorts extends PublishPorts {
  readonly deadLetters: DeadLetterSink;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

/** How long a batch may take: less than the function's timeout (10 s in serverless.yml), so that it can still say what is not in. */
export const BATCH_MS = 7_000;

/** Of the name of a queue that a mark tells it from others by. */
const QUEUE_NAME_LENGTH = 8;
const NUMBER = /^\d{1,40}$/;
/** Whoever may send to the queue may write anything there. */
const TIMES = /^\d{1,9}$/;

/** One message as the queue gave it. */
export interface Message {
  readonly id: string;
  /** MessageGroupId: the channel. */
  readonly group: string;
  readonly body: string;
  /** How often it has come from the dead-letter queue. Absent: never. */
  readonly sentBack?: number;
  /** Where it stands in the queue, where that is told. */
  readonly place?: Omit<QueuePlace, 'index'>;
}

/** A record of an SQS batch, as Lambda hands it over; only what is needed of it. */
interface Received {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: {
    readonly MessageGroupId?: string | undefined;
    readonly SequenceNumber?: string | undefined;
    readonly SentTimestamp?: string | undefined;
  };
  readonly messageAttributes?: Readonly<Record<string, { readonly stringValue?: string | undefined }>>;
  readonly eventSourceARN?: string | undefined;
}

/** A record that names no group belongs to no channel, and is put aside as such. */
export function messageOf(received: Received): Message {
  const { messageId, body, attributes, messageAttributes, eventSourceARN } = received;
  const times = messageAttributes?.[SENT_BACK]?.stringValue ?? '';
  const sentBack = TIMES.test(times) ? { sentBack: Number(times) } : {};
  const message = { id: messageId, group: attributes.MessageGroupId ?? '', body, ...sentBack };
  const { SequenceNumber: sequence = '', SentTimestamp: sent = '' } = attributes;
  if (eventSourceARN === undefined || !NUMBER.test(sequence) || !NUMBER.test(sent)) return message;
  return { ...message, place: { queue: nameOf(eventSourceARN), sequence, sentAt: Number(sent) } };
}

/** Short, because each block of the channel carries it. */
function nameOf(arn: string): string {
  return createHash('sha256').update(arn).digest('base64url').slice(0, QUEUE_NAME_LENGTH);
}

/** A message that can be published. */
export interface Parsed {
  readonly message: Message;
  /** Its events, each with its id: the producer's, or one made of the message's. */
  readonly events: readonly NewEvent[];
  /** Some ids are a producer's, which another message or a publish may bring, too; or nothing tells the message's place in the queue. */
  readonly mustCompareIds: boolean;
}

/** A message that can never be published, and what says so. */
interface Unfit {
  readonly message: Message;
  readonly error: unknown;
}

/** Publishes a batch in the order received; returns the ids of the messages that must be delivered again. Never throws. */
export async function ingest(ports: IngestPorts, messages: readonly Message[]): Promise<ReadonlySet<string>> {
  const groups = new Map<string, Parsed[]>();
  const unfit = new Map<string, Unfit[]>();
  const unchecked: string[] = [];
  for (const message of messages) {
    try {
      const parsed = parseMessage(message, ports.schemas);
      groups.set(message.group, [...(groups.get(message.group) ?? []), parsed]);
    } catch (error) {
      // The channel's schema is wrong, and not the message: all of its group come again.
      if (error instanceof PushError && error.code === 'internal')
        unchecked.push(notChecked(ports, message, error));
      else unfit.set(message.group, [...(unfit.get(message.group) ?? []), { message, error }]);
    }
  }
  const by = ports.clock.elapsed() + BATCH_MS;
  const moves = [...unfit.values()].map((group) => moveGroupToDlq(ports, group));
  const published = [...groups].map(([channel, parsed]) => publishGroup(ports, channel, parsed, by));
  return new Set([...unchecked, ...(await Promise.all([...moves, ...published])).flat()]);
}

function notChecked({ logger }: IngestPorts, { id, group }: Message, error: PushError): string {
  const fault = faultOf(error);
  // It is about the schema alone: no data have been looked at.
  const reason = fault instanceof Error ? fault.message : reasonOf(fault);
  logger.error('a message could not be checked and will be delivered again', { channel: group, reason });
  return id;
}

/** The ids of the messages that are not wholly in the log. */
async function publishGroup(
  ports: IngestPorts,
  channel: string,
  parsed: readonly Parsed[],
  by: number,
): Promise<readonly string[]> {
  const events = parsed.flatMap((one) => one.events);
  try {
    const compare = parsed.some(({ mustCompareIds }) => mustCompareIds);
    await publishAll(ports, TRUSTED, channel, events, compare, by);
    return [];
  } catch (error) {
    const fault = faultOf(error);
    ports.logger.error('a group of messages was not published and will be delivered again', {
      channel,
      reason: reasonOf(fault),
    });
    let appended = error instanceof PushError ? (error.details.appended ?? 0) : 0;
    return parsed.flatMap(({ message, events: own }) => {
      appended -= own.length;
      return appended >= 0 ? [] : message.id;
    });
  }
}

/** One after the other: sent at once, they could stand in the dead-letter queue in any order. What is behind one that failed comes again with it. */
async function moveGroupToDlq(ports: IngestPorts, group: readonly Unfit[]): Promise<readonly string[]> {
  for (const [index, { message, error }] of group.entries()) {
    if (!(await putAside(ports, message, error))) return group.slice(index).map((each) => each.message.id);
  }
  return [];
}

/** False when it could not be put aside: it comes again, and after five times the queue itself puts it aside. */
async function putAside(ports: IngestPorts, message: Message, error: unknown): Promise<boolean> {
  const reason = error instanceof PushError ? error.message : 'unreadable';
  try {
    await ports.deadLetters.moveToDlq(message, reason);
    ports.meter.count('MessagesBuried');
    // The reason may quote the producer, and goes with the message; `message` is the logger's own word.
    ports.logger.warn('a message can never be published and was put aside', { messageId: message.id });
    return true;
  } catch (failure) {
    ports.logger.error(
      'a message that can never be published could not be put aside and will be delivered again',
      {
        messageId: message.id,
        reason: reasonOf(faultOf(failure)),
      },
    );
    return false;
  }
}

/**
 * `{"channel", "id"?, "data"}` or `{"channel", "events": […]}`. An event without an id gets one made of the message's. A CloudEvent, and what EventBridge sends
 * to its targets, name no channel: their group does.
 * Throws a `PushError` that says why the message can never be published.
 */
export function parseMessage(message: Message, schemas?: ChannelSchemas): Parsed {
  const body = parseObject(message.body);
  const foreign = foreignEvent(body);
  if (foreign) return parsedForeign(message, foreign, schemas);
  const { channel, ...event } = body;
  if (typeof channel !== 'string' || !CHANNEL_PATTERN.test(channel)) {
    throw new PushError('bad-body', `channel must be ${CHANNEL_RULE}`, { field: 'channel' });
  }
  if (channel !== message.group) {
    throw new PushError('bad-body', 'MessageGroupId must be the channel: order is kept within a group.', {
      field: 'channel',
    });
  }
  const check = dataCheck(schemas, channel);
  if (!('events' in event)) {
    return parsedOf(
      message,
      newEventsOf(
        [event],
        () => '',
        () => message.id,
        check,
      ),
    );
  }
  const { events, ...others } = event;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const field = shortName(unknown);
    throw new PushError('bad-body', `${field} cannot stand beside events.`, { field });
  }
  if (!Array.isArray(events) || events.length === 0) {
    throw new PushError('bad-body', 'events must be an array of at least one event.', { field: 'events' });
  }
  const path = (i: number) => `events[${i}].`;
  const made = newEventsOf(events, path, (i) => `${message.id}.${i}`, check);
  return parsedOf(message, made, path);
}

/**
 * A message that a person has mended: its group is the channel that it names. `id` is what its events' ids are made of, where they have none. Throws as
 * `parseMessage`.
 */
export function parseMended(id: string, body: string, schemas?: ChannelSchemas): Parsed {
  const { channel } = parseObject(body);
  return parseMessage({ id, group: typeof channel === 'string' ? channel : '', body }, schemas);
}

/** The event that another sender's envelope becomes; undefined of Doorbell's own. */
function foreignEvent(body: Record<string, unknown>): HandedIn | undefined {
  if (isCloudEvent(body)) return eventOfCloudEvent(body, '');
  return isFromEventBridge(body) ? { id: body.id, data: body } : undefined;
}

function parsedForeign(message: Message, event: HandedIn, schemas: ChannelSchemas | undefined): Parsed {
  const { group } = message;
  if (!CHANNEL_PATTERN.test(group)) {
    const text = `MessageGroupId must be the channel: ${CHANNEL_RULE}`;
    throw new PushError('bad-body', text, { field: 'channel' });
  }
  const events = newEventsOf(
    [event],
    () => '',
    () => message.id,
    dataCheck(schemas, group),
  );
  return parsedOf(message, events);
}

/** As it sends to a target without a transformer. */
function isFromEventBridge(
  body: Record<string, unknown>,
): body is Record<string, unknown> & { readonly id: string } {
  return (
    'detail-type' in body &&
    'detail' in body &&
    'source' in body &&
    typeof body.id === 'string' &&
    body.id !== ''
  );
}

function parsedOf(
  message: Message,
  { events, hasProducerIds }: NewEvents,
  path: (i: number) => string = () => '',
): Parsed {
  requireExpectable(message.group, events, path);
  const { place } = message;
  if (!place) return { message, events, mustCompareIds: true };
  const placed = events.map((event, index) => ({ ...event, place: { ...place, index } }));
  return { message, events: placed, mustCompareIds: hasProducerIds };
}

function parseObject(text: string): Record<string, unknown> {
  const json = parseStrictJson(text, { subject: 'The message', field: 'body' }, jsonPath('message'));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new PushError('bad-body', 'The message must be an object.', { field: 'body' });
  }
  return { ...json };
}

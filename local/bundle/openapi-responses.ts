/** What the API answers, as JSON Schema 2020-12: the shapes of lib/protocol/doorbell.ts. The fuzz test checks real answers against them. */

import { CHANNEL_PATTERN, CLIENT_PATTERN, EXPECT_PATTERN, LIMITS } from '../../lib/protocol/doorbell.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/protocol/problems.ts';

export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** The `type` of a problem. */
export const problemType = (code: ProblemCode): string => `urn:doorbell:problem:${code}`;

const channel = { type: 'string', pattern: CHANNEL_PATTERN.source };
const client = { type: 'string', pattern: CLIENT_PATTERN.source };
const count = { type: 'integer', minimum: 0 };
const vid = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const place = { ...vid, minimum: 0 };
const at = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' };
const epoch = { type: 'string', minLength: 1, maxLength: 64 };
/**
 * KEY_PATTERN for readers of JSON Schema: they count whole characters, and the engines of most languages take no surrogates in a pattern. Half a
 * surrogate pair cannot come in UTF-8.
 */
export const KEY_SCHEMA = {
  type: 'string',
  minLength: 1,
  maxLength: LIMITS.keyLength,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
} as const;

const key = {
  ...KEY_SCHEMA,
  description: 'Of which thing it tells.',
};
const expect = {
  type: 'string',
  pattern: EXPECT_PATTERN.source,
  description: 'Within which time its producer has promised the next event.',
};
const redacted = { const: true, description: 'Its data were taken out of the log; null is left of them.' };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

const deadLetter = {
  id: { type: 'string', minLength: 1 },
  channel: { type: 'string', description: 'What it was sent for; it need not be a channel.' },
  reason: { ...orNull({ type: 'string' }), description: 'Why it can never be published as it is.' },
  at: { ...orNull(at), description: 'Since when it stands there.' },
  sentBack: { ...count, description: 'How often it was sent back before.' },
  bytes: { ...count, description: 'Of the whole body.' },
  body: { type: 'string', description: 'As the producer sent it.' },
};

/** Of every answer to a poll. */
const answered = {
  channel,
  epoch: { ...orNull(epoch), description: "Null before the channel's first event." },
  events: { type: 'array', items: ref('Event'), description: 'Ascending.' },
  maxvid: { ...place, description: 'What to send as maxvid next.' },
  missed: { ...count, description: 'How many events between the two are no longer kept.' },
};
const skipped = {
  ...vid,
  description: 'With latest: how many events are left out because a newer one of their key is here.',
};
const passed = {
  ...vid,
  description:
    'For a narrow reader: how many kept events between the two are not here, because it does not want them or may not have them.',
};
const wait = {
  anyOf: [ref('WaitTicket')],
  description: 'Absent where there is more to read, or no wait.',
};
const closed = { const: true, description: 'Nothing will follow: the channel was closed.' };

export const ANSWERS: Readonly<Record<string, Schema>> = {
  Event: object({ vid, id: { type: 'string', minLength: 1 }, at, data: {} }, { key, expect, redacted }),
  PollAnswer: object(answered, {
    skipped,
    passed,
    superseded: { const: true, description: 'A newer poll of the same client ended this one.' },
    closed,
  }),
  SharedAnswer: object(
    {
      ...answered,
      slot: { ...count, maximum: Number.MAX_SAFE_INTEGER, description: 'What to send as slot next.' },
    },
    {
      passed,
      closed,
      hold: {
        type: 'integer',
        minimum: 21,
        maximum: 110,
        description: 'For how many seconds such a poll may be held here: what may be sent as hold.',
      },
    },
  ),
  WaitTicket: object({
    ticket: { type: 'string', minLength: 1 },
    seconds: { type: 'integer', minimum: 1, description: 'How long one wait lasts at most.' },
    life: { ...count, description: 'For how many seconds waits may be begun with it.' },
  }),
  WaitsAnswer: object(answered, { skipped, passed, closed, wait }),
  MultiWaitsAnswer: object({ channels: { type: 'array', minItems: 1, items: ref('PollAnswer') } }, { wait }),
  Bells: object({
    ReceiveMessageResponse: object({
      ReceiveMessageResult: object({
        messages: orNull({
          type: 'array',
          items: object({ ReceiptHandle: { type: 'string' }, Body: { type: 'string' } }),
        }),
      }),
    }),
  }),
  MultiPollAnswer: object(
    { channels: { type: 'array', minItems: 1, items: ref('PollAnswer') } },
    {
      ways: {
        type: 'array',
        minItems: 1,
        items: { enum: ['shared', 'direct'] },
        description: 'Other ways to wait, the cheapest first. Only in answers that were not waited for.',
      },
    },
  ),
  StateAnswer: object({
    channel,
    epoch,
    maxvid: { ...place, description: 'Of the first page: where to poll on from.' },
    entries: {
      type: 'array',
      items: object({ key, vid, id: { type: 'string', minLength: 1 }, at, data: {} }),
      description: 'Ascending by key.',
    },
    next: { ...orNull(key), description: 'What to send as after next; null when this is the last page.' },
  }),
  PublishAnswer: object({ first: vid, last: vid, count, duplicates: count }),
  Channels: object({
    channels: { type: 'array', items: object({ channel }), description: 'Ascending by name.' },
    next: { ...orNull(channel), description: 'What to send as after next; null when this is the last page.' },
  }),
  ChannelInfo: object({
    channel,
    epoch,
    head: place,
    earliest: orNull(vid),
    clients: object({ total: count, waiting: count, maxLag: count }),
  }),
  Clients: object({
    clients: { type: 'array', items: object({ client, maxvid: place, lag: count, seenAt: at }) },
  }),
  DeadLetter: object(deadLetter, { cut: { const: true, description: 'The body is not all of it.' } }),
  DeadLetters: object({
    messages: { type: 'array', items: ref('DeadLetter'), description: 'Of each channel the oldest first.' },
    unseen: { ...count, description: 'About how many more there are, of all channels.' },
  }),
  MendedDeadLetter: object({
    id: deadLetter.id,
    sent: { type: 'boolean', description: 'Whether it was sent back.' },
  }),
  Redriven: object({
    sent: count,
    left: { ...count, description: 'Those that can never be published as they are.' },
    done: { type: 'boolean', description: 'False: there may be more that could be sent.' },
  }),
  Health: object({ status: { const: 'ok' } }),
  Record: { type: 'object', properties: { vid }, required: ['vid'] },
  Problem: object(
    {
      type: { enum: Object.keys(PROBLEMS).map((code) => problemType(code as ProblemCode)) },
      title: { type: 'string', minLength: 1 },
      status: { enum: [...new Set(Object.values(PROBLEMS).map(({ status }) => status))] },
      detail: { type: 'string', minLength: 1 },
    },
    {
      field: { type: 'string', description: 'What was refused.' },
      pointer: {
        type: 'string',
        description: "Where in an event's data it does not fit the channel's schema, as a JSON pointer.",
      },
      channel,
      earliest: orNull(vid),
      head: place,
      epoch: orNull(epoch),
      appended: { ...count, description: 'With a body that failed half-way: how many of its events are in.' },
    },
  ),
};

function object(required: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>> = {}) {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

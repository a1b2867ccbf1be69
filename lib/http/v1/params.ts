/**
 * Query and path parameters, checked. An unknown or repeated parameter is refused: a mistyped `maxVid` must not read as "from now on".
 * Throws `bad-parameter`, naming the parameter and its range.
 */

import * as v from 'valibot';
import { PushError } from '../../errors.ts';
import type { PollRequest } from '../../poll/poll.ts';
import { MAX_SLOT } from '../../poll/slots.ts';
import {
  CHANNEL_PATTERN,
  CHANNEL_RULE,
  CLIENT_PATTERN,
  CLIENT_RULE,
  KEY_PATTERN,
  KEY_RULE,
  LIMITS,
} from '../../protocol/doorbell.ts';
import type { KeyRange } from '../../state/ports.ts';

function integer(name: string, least: number, most: number) {
  const rule = `${name} must be an integer from ${least} to ${most}`;
  return v.pipe(
    v.string(),
    v.regex(/^\d+$/, rule),
    v.transform(Number),
    v.minValue(least, rule),
    v.maxValue(most, rule),
  );
}

const channelRule = `channel must be ${CHANNEL_RULE}`;
const clientRule = `client must be ${CLIENT_RULE}`;
const epochRule = 'epoch must be 1 to 64 characters of A-Z a-z 0-9 -: send it as last received';

/** The schemas are exported for the OpenAPI document, which the build makes of them (local/bundle/openapi.ts). */
export const Channel = v.pipe(v.string(), v.regex(CHANNEL_PATTERN, channelRule));
export const Client = v.pipe(v.string(), v.regex(CLIENT_PATTERN, clientRule));
const EPOCH = /^[A-Za-z0-9-]{1,64}$/;
const Epoch = v.pipe(v.string(), v.regex(EPOCH, epochRule));
const Maxvid = integer('maxvid', 0, Number.MAX_SAFE_INTEGER);

const waiting = {
  client: v.optional(Client),
  wait: v.optional(integer('wait', 0, LIMITS.waitSeconds), String(LIMITS.waitSeconds)),
  limit: v.optional(integer('limit', 1, LIMITS.maxLimit), String(LIMITS.defaultLimit)),
};
export const PollQuery = v.strictObject({ maxvid: v.optional(Maxvid), epoch: v.optional(Epoch), ...waiting });
export const SharedQuery = v.strictObject({
  maxvid: v.optional(Maxvid),
  epoch: v.optional(Epoch),
  slot: v.optional(integer('slot', 0, MAX_SLOT)),
});
export const ManyQuery = v.strictObject(waiting);
export const ChannelsQuery = v.strictObject({
  after: v.optional(Channel),
  limit: v.optional(integer('limit', 1, LIMITS.maxChannels), String(LIMITS.defaultChannels)),
});
export const BackendQuery = v.strictObject({
  // As PHP reads it: absent and empty are 0.
  maxvid: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text || '0'),
      Maxvid,
    ),
    '0',
  ),
  // Prototype and jQuery add it against caches.
  _: v.optional(v.string()),
});
const keyFromRule = 'keyFrom must be 1 to 128 characters: the member of each line that is its key';
export const PublishQuery = v.strictObject({
  keyFrom: v.optional(v.pipe(v.string(), v.minLength(1, keyFromRule), v.maxLength(128, keyFromRule))),
});
export const Key = v.pipe(v.string(), v.regex(KEY_PATTERN, KEY_RULE));
export const StateQuery = v.strictObject({ prefix: v.optional(Key), after: v.optional(Key) });
const NoQuery = v.strictObject({});

export function channelParam(text: string): string {
  return check(Channel, text, 'channel');
}

export function clientParam(text: string): string {
  return check(Client, text, 'client');
}

/** What a value may hold that needs no second look: nothing is escaped, and no number is too large to be exact. */
const PLAIN = /^[\w.:-]{1,256}$/;
const FEW_DIGITS = /^\d{1,15}$/;

/**
 * The poll that a usual query asks for, of `channel` or, where that is undefined, of several. Undefined of any other query, right or wrong: the
 * schema then says what it is. It costs a tenth of the schema, and a poll of a client is read with each event.
 */
export function usualRequest(channel: string | undefined, query: string): PollRequest | undefined {
  const cursors: Array<PollRequest['cursors'][number]> = [];
  const given: Partial<Record<'maxvid' | 'epoch' | 'client' | 'wait' | 'limit', string>> = {};
  for (const part of query.split('&')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    const value = part.slice(at + 1);
    if (!PLAIN.test(value)) return undefined;
    switch (name) {
      case 'cursor': {
        const cursor = channel === undefined ? usualCursor(value.split(':')) : undefined;
        if (!cursor || cursors.some((other) => other.channel === cursor.channel)) return undefined;
        cursors.push(cursor);
        break;
      }
      case 'maxvid':
      case 'epoch':
        if (channel === undefined || given[name] !== undefined) return undefined;
        given[name] = value;
        break;
      case 'client':
      case 'wait':
      case 'limit':
        if (given[name] !== undefined) return undefined;
        given[name] = value;
        break;
      default:
        return undefined;
    }
  }
  const { maxvid, epoch, client, wait, limit } = given;
  const own = channel === undefined ? undefined : usualCursor([channel, maxvid, epoch]);
  if (own) cursors.push(own);
  const waitS = numberIn(wait, 0, LIMITS.waitSeconds, LIMITS.waitSeconds);
  const most = numberIn(limit, 1, LIMITS.maxLimit, LIMITS.defaultLimit);
  if (waitS === undefined || most === undefined) return undefined;
  if (cursors.length < 1 || cursors.length > LIMITS.channelsPerPoll) return undefined;
  if (client !== undefined && !CLIENT_PATTERN.test(client)) return undefined;
  return { cursors, client, waitMs: waitS * 1000, limit: most };
}

/** Of a reader who says where it stands. */
function usualCursor([channel = '', maxvid = '', epoch, ...rest]: ReadonlyArray<string | undefined>) {
  if (rest.length > 0 || !CHANNEL_PATTERN.test(channel) || !FEW_DIGITS.test(maxvid)) return undefined;
  if (epoch === undefined) return { channel, maxvid: Number(maxvid) };
  return EPOCH.test(epoch) ? { channel, maxvid: Number(maxvid), epoch } : undefined;
}

function numberIn(value: string | undefined, least: number, most: number, byDefault: number) {
  if (value === undefined) return byDefault;
  const number = FEW_DIGITS.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}

/** A poll of one channel: `maxvid`, `epoch`, `client`, `wait`, `limit`. */
export function pollRequest(channel: string, query: URLSearchParams): PollRequest {
  const { maxvid, epoch, client, wait, limit } = check(PollQuery, single(query));
  const cursor = { channel: channelParam(channel), ...given({ maxvid, epoch }) };
  return { cursors: [cursor], client, waitMs: wait * 1000, limit };
}

/** A shared poll: `maxvid`, `epoch`, `slot`. */
export function sharedQuery(query: URLSearchParams): v.InferOutput<typeof SharedQuery> {
  return check(SharedQuery, single(query));
}

/** A poll of 1..10 channels: `cursor=channel[:maxvid[:epoch]]`, repeated; `client`, `wait`, `limit`. */
export function manyRequest(query: URLSearchParams): PollRequest {
  const cursors = query.getAll('cursor').map(cursorOf);
  if (cursors.length < 1 || cursors.length > LIMITS.channelsPerPoll) {
    throw refused(
      'cursor',
      `cursor must be given 1 to ${LIMITS.channelsPerPoll} times, got ${cursors.length}`,
    );
  }
  const twice = cursors.find(({ channel }, i) => cursors.findIndex((other) => other.channel === channel) < i);
  if (twice) throw refused('cursor', `cursor names channel ${twice.channel} twice`);
  const others = new URLSearchParams([...query].filter(([name]) => name !== 'cursor'));
  const { client, wait, limit } = check(ManyQuery, single(others));
  return { cursors, client, waitMs: wait * 1000, limit };
}

/** The `maxvid` of a page that speaks the legacy page's protocol; 0 where there is none. */
export function backendMaxvid(query: URLSearchParams): number {
  return check(BackendQuery, single(query)).maxvid;
}

/** A page of channels: those behind `after`, `limit` of them. */
export function channelsQuery(query: URLSearchParams): { after: string | undefined; limit: number } {
  const { after, limit } = check(ChannelsQuery, single(query));
  return { after, limit };
}

/** The keys of a state: `key`, repeated, or `prefix`; `after` for the next page. */
export function stateRange(query: URLSearchParams): KeyRange {
  const keys = query.getAll('key').map((text) => check(Key, text, 'key'));
  if (keys.length > LIMITS.keysPerRequest)
    throw refused('key', `key must be given at most ${LIMITS.keysPerRequest} times, got ${keys.length}`);
  const others = new URLSearchParams([...query].filter(([name]) => name !== 'key'));
  const { prefix = '', after = '' } = check(StateQuery, single(others));
  if (keys.length > 0 && others.size > 0)
    throw refused('key', 'key names what is wanted, so neither prefix nor after stands beside it');
  return { prefix, after, keys };
}

/** A publish: `keyFrom`. */
export function publishQuery(query: URLSearchParams): { keyFrom: string | undefined } {
  const { keyFrom } = check(PublishQuery, single(query));
  return { keyFrom };
}

export function noQuery(query: URLSearchParams): void {
  check(NoQuery, single(query));
}

function cursorOf(text: string): PollRequest['cursors'][number] {
  const [channel = '', maxvid, epoch, ...rest] = text.split(':');
  if (rest.length > 0)
    throw refused('cursor', 'cursor must be channel, channel:maxvid or channel:maxvid:epoch');
  return {
    channel: check(Channel, channel, 'cursor'),
    ...given({
      maxvid: maxvid === undefined ? undefined : check(Maxvid, maxvid, 'cursor'),
      epoch: epoch === undefined ? undefined : check(Epoch, epoch, 'cursor'),
    }),
  };
}

/** Leaves out what was not given, so that "absent" has one form inside. */
function given(fields: { maxvid: number | undefined; epoch: string | undefined }): {
  maxvid?: number;
  epoch?: string;
} {
  const { maxvid, epoch } = fields;
  return { ...(maxvid === undefined ? {} : { maxvid }), ...(epoch === undefined ? {} : { epoch }) };
}

function single(query: URLSearchParams): Record<string, string> {
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) throw refused(name, `${name} is given more than once`);
  }
  return Object.fromEntries(query);
}

function check<S extends v.GenericSchema>(schema: S, input: unknown, field?: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const name = field ?? v.getDotPath(issue) ?? 'query';
  if (issue.type === 'strict_object') throw refused(name, `${name} is not a known parameter`);
  const message =
    field === undefined || issue.message.startsWith(field) ? issue.message : `${field}: ${issue.message}`;
  throw refused(name, message);
}

function refused(field: string, message: string): PushError {
  return new PushError('bad-parameter', `${message}.`, { field });
}

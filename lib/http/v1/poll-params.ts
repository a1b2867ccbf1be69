/**
 * The queries of polls, checked. An unknown or repeated parameter is refused: a mistyped `maxVid` must not read as "from now on".
 * Throws `bad-parameter`, naming the parameter and its range.
 */

import * as v from 'valibot';
import type { PollRequest } from '../../poll/poll.ts';
import { MAX_SLOT } from '../../poll/slots.ts';
import { narrowOf } from '../../poll/wish.ts';
import { LIMITS } from '../../protocol/doorbell.ts';
import {
  Channel,
  Client,
  channelParam,
  check,
  integer,
  keyNamed,
  keysOf,
  Maxvid,
  refused,
  single,
  without,
} from './checks.ts';

const epochRule = 'epoch must be 1 to 64 characters of A-Z a-z 0-9 -: send it as last received';

export const EPOCH = /^[A-Za-z0-9-]{1,64}$/;
const Epoch = v.pipe(v.string(), v.regex(EPOCH, epochRule));
/** Days that there are: a parser would take the 30th of February for one of March. A pattern, so that the OpenAPI document says it too. */
const LEAP_YEAR = '(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)';
const MONTH_AND_DAY =
  '((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))';
const CLOCK_TIME = '([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)';
/** ISO 8601, with its zone. */
const TIME = new RegExp(`^(\\d{4}-${MONTH_AND_DAY}|${LEAP_YEAR}-02-29)T${CLOCK_TIME}$`);
const timeRule = 'since must be a time as 2026-11-29T09:30:00Z; a + in it is written %2B';
const latestRule = 'latest must be true or false';

const waiting = {
  client: v.optional(Client),
  wait: v.optional(integer('wait', 0, LIMITS.waitSeconds), String(LIMITS.waitSeconds)),
  limit: v.optional(integer('limit', 1, LIMITS.maxLimit), String(LIMITS.defaultLimit)),
  prefix: v.optional(keyNamed('prefix')),
  latest: v.optional(v.picklist(['true', 'false'], latestRule)),
  since: v.optional(v.pipe(v.string(), v.regex(TIME, timeRule))),
  last: v.optional(integer('last', 0, Number.MAX_SAFE_INTEGER)),
};
export const PollQuery = v.strictObject({ maxvid: v.optional(Maxvid), epoch: v.optional(Epoch), ...waiting });
export const SharedQuery = v.strictObject({
  maxvid: v.optional(Maxvid),
  epoch: v.optional(Epoch),
  slot: v.optional(integer('slot', 0, MAX_SLOT)),
  hold: v.optional(integer('hold', LIMITS.waitSeconds + 1, LIMITS.sharedHoldSeconds)),
});
export const ManyQuery = v.strictObject(waiting);

/** A poll of one channel: `maxvid`, `epoch`, and what a poll of several has too. */
export function pollRequest(channel: string, query: URLSearchParams): PollRequest {
  const { keys, others } = keysOf(query);
  const { maxvid, epoch, ...rest } = check(PollQuery, single(others));
  const cursor = { channel: channelParam(channel), ...given({ maxvid, epoch }) };
  return { cursors: [cursor], ...waitOf(rest), ...wishOf(keys, rest) };
}

/** A shared poll: `maxvid`, `epoch`, `slot`, `hold`. */
export function sharedQuery(query: URLSearchParams): v.InferOutput<typeof SharedQuery> {
  return check(SharedQuery, single(query));
}

/** A poll of 1..10 channels: `cursor=channel[:maxvid[:epoch]]`, repeated; how long it waits, what it wants and where it begins. */
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
  const { keys, others } = keysOf(without(query, 'cursor'));
  const rest = check(ManyQuery, single(others));
  return { cursors, ...waitOf(rest), ...wishOf(keys, rest) };
}

type Waiting = v.InferOutput<typeof ManyQuery>;

function waitOf({ client, wait, limit }: Waiting): Pick<PollRequest, 'client' | 'waitMs' | 'limit'> {
  return { client, waitMs: wait * 1000, limit };
}

/** Which events are wanted, and where to begin; nothing of what was not given. */
function wishOf(
  keys: readonly string[],
  { prefix, latest, since, last }: Waiting,
): Pick<PollRequest, 'narrow' | 'begin'> {
  if (keys.length > 0 && prefix !== undefined)
    throw refused('key', 'key names what is wanted, so prefix does not stand beside it');
  if (since !== undefined && last !== undefined)
    throw refused('since', 'since and last both say where to begin: send one of them');
  const narrow = narrowOf(keys, prefix ?? '', latest === 'true');
  const begin =
    since === undefined ? (last === undefined ? undefined : { last }) : { sinceMs: Date.parse(since) };
  return { ...(narrow ? { narrow } : {}), ...(begin ? { begin } : {}) };
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

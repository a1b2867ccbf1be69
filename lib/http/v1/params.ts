/** The queries of all requests but polls (`poll-params.ts`). An unknown or repeated parameter is refused. */

import * as v from 'valibot';
import { LIMITS } from '../../protocol/doorbell.ts';
import type { KeyRange } from '../../state/ports.ts';
import { Channel, check, integer, keyNamed, keysOf, Maxvid, refused, single } from './checks.ts';

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
  expect: v.optional(v.string()),
});
export type PublishParameters = v.InferOutput<typeof PublishQuery>;
export const StateQuery = v.strictObject({
  prefix: v.optional(keyNamed('prefix')),
  after: v.optional(keyNamed('after')),
});
export const DeadLettersQuery = v.strictObject({
  channel: v.optional(Channel),
  limit: v.optional(integer('limit', 1, LIMITS.maxDeadLetters), String(LIMITS.maxDeadLetters)),
});
export const RedriveQuery = v.strictObject({
  channel: v.optional(Channel),
  max: v.optional(integer('max', 1, LIMITS.maxRedriven), String(LIMITS.maxRedriven)),
});
const redriveRule = 'redrive must be true or false';
export const MendQuery = v.strictObject({
  redrive: v.optional(v.picklist(['true', 'false'], redriveRule), 'false'),
});
const NoQuery = v.strictObject({});

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
  const { keys, others } = keysOf(query);
  const { prefix = '', after = '' } = check(StateQuery, single(others));
  if (keys.length > 0 && others.size > 0)
    throw refused('key', 'key names what is wanted, so neither prefix nor after stands beside it');
  return { prefix, after, keys };
}

/** A publish: `keyFrom`, and `expect`, which is checked with the header of the same meaning. */
export function publishQuery(query: URLSearchParams): PublishParameters {
  return check(PublishQuery, single(query));
}

/** Dead letters: those of `channel`, `limit` of them. */
export function deadLettersQuery(query: URLSearchParams): { channel: string | undefined; limit: number } {
  const { channel, limit } = check(DeadLettersQuery, single(query));
  return { channel, limit };
}

/** Dead letters to send back: those of `channel`, up to `max`. */
export function redriveQuery(query: URLSearchParams): { channel: string | undefined; max: number } {
  const { channel, max } = check(RedriveQuery, single(query));
  return { channel, max };
}

/** A mended dead letter: whether it is sent back at once. */
export function mendQuery(query: URLSearchParams): { redrive: boolean } {
  return { redrive: check(MendQuery, single(query)).redrive === 'true' };
}

export function noQuery(query: URLSearchParams): void {
  check(NoQuery, single(query));
}

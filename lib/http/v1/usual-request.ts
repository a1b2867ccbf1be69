/** The short way to read the query of a poll: it says what the schemas of `poll-params.ts` say, or nothing. */

import type { PollRequest } from '../../poll/poll.ts';
import { CHANNEL_PATTERN, CLIENT_PATTERN, LIMITS } from '../../protocol/doorbell.ts';
import { EPOCH } from './poll-params.ts';

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

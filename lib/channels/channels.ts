/** The channels there are; and one seen from above: how far it reaches, what it keeps, and who reads it. */

import { type Caller, isSelf, requireClient, requireRead } from '../auth/caller.ts';
import { readable } from '../auth/grant-ranges.ts';
import { isHeld } from '../cursors/cached-cursor.ts';
import type { Cursors } from '../cursors/ports.ts';
import type { Head } from '../log/head.ts';
import type { Directory, EventLog } from '../log/ports.ts';
import { bornHead } from '../log/read/born-head.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import type { ChannelInfo, ChannelsAnswer, ClientInfo } from '../protocol/doorbell.ts';
import type { Clock } from '../runtime/ports.ts';

export interface ChannelPorts {
  readonly log: EventLog;
  readonly directory: Directory;
  readonly headReader: HeadReader;
  readonly cursors: Cursors;
  readonly clock: Clock;
  /** Whether the log can be read, and written where that is known; rejects when not. By default a read. */
  readonly probe?: () => Promise<void>;
}

/** Looks into the index for one page. A token may name hundreds of channels, and each takes a look. */
const LOOKS = 25;

/**
 * The channels that the caller may read, `limit` of them at most, from behind `after` on. Nothing in the answer tells of any other channel: where
 * it goes on is made of what is listed and of the caller's grants.
 */
export async function listChannels(
  { directory }: Pick<ChannelPorts, 'directory'>,
  caller: Caller,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<ChannelsAnswer> {
  const names: string[] = [];
  const ranges = readable(caller.read, after);
  for (const { from, to } of ranges.slice(0, LOOKS)) {
    names.push(...(await directory.channels(from, to, limit - names.length)));
    if (names.length >= limit) break;
  }
  const full = names.length >= limit ? names.at(-1) : undefined;
  const unfinished = ranges.length > LOOKS ? ranges[LOOKS - 1]?.to : undefined;
  return { channels: names.map((channel) => ({ channel })), next: full ?? unfinished ?? null };
}

/** Throws `forbidden`, and `not-found` before the channel's first event. */
export async function channelInfo(
  ports: ChannelPorts,
  caller: Caller,
  channel: string,
): Promise<ChannelInfo> {
  requireRead(caller, channel);
  const head = await bornHead(ports.headReader, channel);
  const [oldest, cursors] = await Promise.all([ports.log.read(channel, 0, 1), ports.cursors.list(channel)]);
  const now = ports.clock.now();
  return {
    channel,
    epoch: head.epoch,
    head: head.vid,
    earliest: oldest[0]?.first ?? null,
    clients: {
      total: cursors.length,
      waiting: cursors.filter(({ hold }) => hold !== undefined && isHeld(hold, now)).length,
      maxLag: cursors.reduce((most, { maxvid }) => Math.max(most, lag(head, maxvid)), 0),
    },
  };
}

/**
 * Every reader that keeps a cursor on the channel, ordered by client; a caller that is bound to a client sees only its own. Throws
 * `forbidden`, and `not-found` before the channel's first event.
 */
export async function channelClients(
  ports: ChannelPorts,
  caller: Caller,
  channel: string,
): Promise<readonly ClientInfo[]> {
  requireRead(caller, channel);
  const head = await bornHead(ports.headReader, channel);
  const cursors = await ports.cursors.list(channel);
  const visible = cursors.filter(({ client }) => isSelf(caller, client));
  return visible.map(({ client, maxvid, seenAt }) => ({
    client,
    maxvid: maxvid ?? head.vid,
    lag: lag(head, maxvid),
    seenAt: new Date(seenAt).toISOString(),
  }));
}

/** Forgets a reader's cursor, whether there is one or not. Throws `forbidden`. */
export async function forgetClient(
  { cursors }: Pick<ChannelPorts, 'cursors'>,
  caller: Caller,
  channel: string,
  client: string,
): Promise<void> {
  requireRead(caller, channel);
  requireClient(caller, client);
  await cursors.forget(channel, client);
}

function lag(head: Head, maxvid: number | undefined): number {
  return maxvid === undefined ? 0 : Math.max(0, head.vid - maxvid);
}

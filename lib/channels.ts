/** A channel seen from above: how far it reaches, what it keeps, and who reads it. */

import { PushError } from './errors.ts';
import type { Heads } from './heads.ts';
import type { Clock, Cursors, EventLog } from './ports.ts';
import type { ChannelInfo, ClientInfo } from './protocol.ts';
import type { Head } from './watch.ts';

export interface ChannelPorts {
  readonly log: EventLog;
  readonly heads: Heads;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

/** Throws `not-found` before the channel's first event. */
export async function channelInfo(ports: ChannelPorts, channel: string): Promise<ChannelInfo> {
  const head = await bornHead(ports, channel);
  const [oldest, cursors] = await Promise.all([ports.log.read(channel, 0, 1), ports.cursors.list(channel)]);
  const now = ports.clock.now();
  return {
    channel,
    epoch: head.epoch,
    head: head.vid,
    earliest: oldest[0]?.first ?? null,
    clients: {
      total: cursors.length,
      waiting: cursors.filter(({ hold }) => hold !== undefined && hold.until > now).length,
      maxLag: cursors.reduce((most, { maxvid }) => Math.max(most, lag(head, maxvid)), 0),
    },
  };
}

/** Every reader that keeps a cursor on the channel, ordered by client. Throws `not-found` before the channel's first event. */
export async function channelClients(ports: ChannelPorts, channel: string): Promise<readonly ClientInfo[]> {
  const head = await bornHead(ports, channel);
  const cursors = await ports.cursors.list(channel);
  return cursors.map(({ client, maxvid, seenAt }) => ({
    client,
    maxvid: maxvid ?? head.vid,
    lag: lag(head, maxvid),
    seenAt: new Date(seenAt).toISOString(),
  }));
}

function lag(head: Head, maxvid: number | undefined): number {
  return maxvid === undefined ? 0 : Math.max(0, head.vid - maxvid);
}

async function bornHead(
  { heads }: ChannelPorts,
  channel: string,
): Promise<Head & { readonly epoch: string }> {
  const { head } = await heads.check(channel);
  if (head.epoch === null) {
    throw new PushError(
      'not-found',
      `Channel ${channel} has no event yet; it exists from its first event on.`,
      { field: 'channel' },
    );
  }
  return { vid: head.vid, epoch: head.epoch };
}

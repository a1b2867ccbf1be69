/** The ways in which a reader can poll: its own address, the shared one, or a direct wait (PROTOCOL.md, sections 3, 3.5 and 3.7). */

import { LIMITS } from '../../../../../lib/protocol/doorbell.ts';
import type { Poll } from '../history.ts';
import { directWay } from './direct-way.ts';
import type { Network, Outcome, Request } from './network.ts';
import type { PollOptions, Reader } from './polling.ts';
import { readSlot } from './replies.ts';

/** What each request of one poll has in common: when it is given up, and how. */
export type Manner = Omit<Request, 'method' | 'path' | 'type' | 'body'>;

export interface Way extends Pick<Poll, 'limit'> {
  /** How long it may take at most; 0: it does not wait. */
  readonly waitSeconds: number;
  /** What the history says of it. */
  readonly mark: Pick<Poll, 'shared' | 'direct'>;
  ask(network: Network, manner: Manner): Promise<Outcome>;
  /** The answer was taken in: what the reader remembers of it for the next poll of this way. */
  learn(text: string): void;
}

/** Half of the times another way than the usual one, for who may. */
export function wayOf(reader: Reader, options: PollOptions): Way {
  return directWay(reader, options) ?? sharedWay(reader, options) ?? usualWay(reader, options);
}

function usualWay(reader: Reader, options: PollOptions): Way {
  const { waitSeconds, limit } = options;
  const path = addressOf(reader, options, 'events', { wait: String(waitSeconds) });
  return { waitSeconds, limit, mark: {}, ask: getting(path), learn: () => undefined };
}

/** Its address says neither wait nor limit. */
function sharedWay({ follows, shares, chance }: Reader, { waitSeconds }: PollOptions): Way | undefined {
  const [[channel, memory] = []] = follows;
  if (!shares || !channel || !memory || !chance.chance(0.5)) return undefined;
  const { maxvid, epoch } = memory;
  const slot = waitSeconds > 0 && maxvid !== undefined ? memory.slot : undefined;
  const place = maxvid === undefined ? '' : `?maxvid=${maxvid}${epoch ? `&epoch=${epoch}` : ''}`;
  const path = `/v1/shared/${channel}/events${place}${slot === undefined ? '' : `&slot=${slot}`}`;
  return {
    waitSeconds: slot === undefined ? 0 : LIMITS.waitSeconds,
    limit: LIMITS.defaultLimit,
    mark: { shared: true },
    ask: getting(path),
    learn: (text) => {
      memory.slot = readSlot(text);
    },
  };
}

function getting(path: string): Way['ask'] {
  return (network, manner) => network.request({ method: 'GET', path, ...manner });
}

/** Of what one or several channels have under this name, from where the reader stands. */
export function addressOf(
  { follows, client }: Pick<Reader, 'follows' | 'client'>,
  { limit, withEpoch }: Pick<PollOptions, 'limit' | 'withEpoch'>,
  name: 'events' | 'waits',
  more: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({ ...more, limit: String(limit) });
  if (client !== undefined) query.set('client', client);
  const [[channel, { maxvid, epoch }] = ['', { maxvid: undefined, epoch: undefined }]] = follows;
  if (follows.size === 1) {
    if (maxvid !== undefined) query.set('maxvid', String(maxvid));
    if (withEpoch && epoch) query.set('epoch', epoch);
    return `/v1/channels/${channel}/${name}?${query}`;
  }
  for (const [one, memory] of follows) {
    const life = withEpoch && memory.epoch ? `:${memory.epoch}` : '';
    query.append('cursor', `${one}${memory.maxvid === undefined ? '' : `:${memory.maxvid}${life}`}`);
  }
  return `/v1/${name}?${query}`;
}

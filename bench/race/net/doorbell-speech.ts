/** How Doorbell is published to and polled (PROTOCOL.md, sections 2 and 3), whichever way it is run. */

import { randomBytes } from 'node:crypto';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { developmentToken } from '../../../local/secret.ts';
import type { Running } from '../peer.ts';
import type { Process } from '../processes.ts';
import { requestText } from './connections.ts';
import { httpServer, jsonReader } from './http-server.ts';

interface Place {
  readonly maxvid: number;
  readonly epoch: string | null;
}

interface Answer extends Place {
  readonly events: readonly { readonly data: { readonly n: number } }[];
}

/** All readers of the race share one token, which a deployment would not let hold so many polls. */
export const RACE_LIMITS = { MAX_HELD_POLLS: '20000', MAX_HELD_POLLS_PER_TOKEN: '20000' };

export async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
  return response?.ok ?? false;
}

export function newSecret(): string {
  return randomBytes(32).toString('base64');
}

/** `processes`: the server, and whatever it cannot do without. */
export async function doorbellServer(
  processes: readonly Process[],
  port: number,
  secret: string,
): Promise<Running> {
  const authorization = { Authorization: `Bearer ${await developmentToken(secret)}` };
  const publishing = { ...authorization, 'Content-Type': 'application/json' };
  const path = (channel: string) => `/v1/channels/${channel}/events`;
  return httpServer({
    processes,
    port,
    publish: (channel, event) => requestText('POST', path(channel), publishing, `{"data":${event}}`),
    poll: (channel, cursor) => requestText('GET', `${path(channel)}?${query(cursor)}`, authorization),
    read: ({ body }) => read(body),
  });
}

function query(cursor: unknown): string {
  const { maxvid, epoch } = (cursor ?? { maxvid: 0, epoch: null }) as Place;
  const wait = `maxvid=${maxvid}&wait=${LIMITS.waitSeconds}`;
  return epoch === null ? wait : `${wait}&epoch=${epoch}`;
}

const read = jsonReader((body) => {
  const { events, maxvid, epoch } = body as Answer;
  return { numbers: events.map(({ data }) => data.n), cursor: { maxvid, epoch } };
});

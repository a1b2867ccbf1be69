/** How Doorbell is published to and polled (PROTOCOL.md, sections 2 and 3), whichever way it is run. */

import { randomBytes } from 'node:crypto';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { developmentToken } from '../../../local/secret.ts';
import type { Answer as RaceAnswer, Running } from '../peer.ts';
import type { Process } from '../processes.ts';
import { requestText } from './connections.ts';
import { httpServer, jsonReader } from './http-server.ts';

/** Where a reader stands, and which channels without events it reads besides. */
interface Place {
  readonly maxvid: number;
  readonly epoch: string | null;
  readonly quiet: readonly string[];
}

interface Answer {
  readonly channel: string;
  readonly epoch: string | null;
  readonly maxvid: number;
  readonly events: readonly { readonly data: { readonly n: number } }[];
}

/** Its pages are of another origin than the server's, as in most deployments. */
const ORIGIN = 'https://dashboards.example';
/** What every third reader reads besides. */
const QUIET: readonly string[] = ['race-quiet-1', 'race-quiet-2'];

/** All readers of the race share one token, which a deployment would not let hold so many polls. */
export const RACE_SETTINGS = {
  MAX_HELD_POLLS: '20000',
  MAX_HELD_POLLS_PER_TOKEN: '20000',
  CORS_ORIGINS: ORIGIN,
};

export async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
  return response?.ok ?? false;
}

export function newSecret(): string {
  return randomBytes(32).toString('base64');
}

/**
 * As the project's own client asks, on a page of another origin: `GET /v1/events?cursor=…`, of three channels one time in three. `processes`: the
 * server, and whatever it cannot do without.
 */
export async function doorbellServer(
  processes: readonly Process[],
  port: number,
  secret: string,
): Promise<Running> {
  const authorization = { Authorization: `Bearer ${await developmentToken(secret)}` };
  const publishing = { ...authorization, 'Content-Type': 'application/json' };
  const reading = { ...authorization, Origin: ORIGIN };
  const path = (channel: string) => `/v1/channels/${channel}/events`;
  const read = jsonReader((body) => (body as { readonly channels: readonly Answer[] }).channels);
  let readers = 0;
  const begin = (): Place => ({ maxvid: 0, epoch: null, quiet: readers++ % 3 === 2 ? QUIET : [] });
  return httpServer({
    processes,
    port,
    publish: (channel, event) => requestText('POST', path(channel), publishing, `{"data":${event}}`),
    begin,
    poll: (channel, place) => requestText('GET', `/v1/events?${query(channel, place as Place)}`, reading),
    stream: {
      ask: (channel) =>
        requestText('GET', `${path(channel)}?maxvid=0`, { ...reading, Accept: 'text/event-stream' }),
      numbersIn: (event) => [(event as Answer['events'][number]).data.n],
    },
    read: ({ body }, cursor) => answerOf(read(body), cursor as Place),
  });
}

function query(channel: string, { maxvid, epoch, quiet }: Place): string {
  const life = epoch === null ? '' : `:${epoch}`;
  const others = quiet.map((name) => `&cursor=${name}:0`).join('');
  return `cursor=${channel}:${maxvid}${life}${others}&wait=${LIMITS.waitSeconds}`;
}

/** Channels without events are answered only where nothing has come. */
function answerOf(channels: readonly Answer[], place: Place): RaceAnswer {
  const news = channels.find(({ events }) => events.length > 0);
  if (!news) return { numbers: [], cursor: place };
  const { maxvid, epoch, events } = news;
  return { numbers: events.map(({ data }) => data.n), cursor: { ...place, maxvid, epoch } };
}

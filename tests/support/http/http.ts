/** Doorbell's requests as tests make them: against a router in this process, or over a socket. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type {
  Event,
  MultiPollAnswer,
  PollAnswer,
  Problem,
  PublishAnswer,
} from '../../../lib/protocol/doorbell.ts';

/** Anything that answers a request to a path; a router does. */
export interface Served {
  request(path: string, init?: RequestInit): Response | Promise<Response>;
}

export type Query = Readonly<Record<string, string | number>>;

/** A server at `url`; each request carries the token unless it says something else of itself. */
export function over(url: string, token?: string): Served {
  return {
    request(path, init) {
      const headers = new Headers(init?.headers);
      if (token !== undefined && !headers.has('authorization'))
        headers.set('authorization', `Bearer ${token}`);
      return fetch(`${url}${path}`, { ...init, headers });
    },
  };
}

/** Puts a router behind a socket, on a free port unless one is given. */
export async function listen(
  app: { readonly fetch: (request: Request) => Response | Promise<Response> },
  port = 0,
): Promise<{ readonly url: string; readonly served: Served; stop(): Promise<void> }> {
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port });
  if (!server.listening) await once(server, 'listening');
  const stop = async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, served: over(url), stop };
}

export function eventsPath(channel: string, query: Query = {}): string {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `/v1/channels/${channel}/events${text.size > 0 ? `?${text}` : ''}`;
}

/** The same address with an escape in it: a hub leaves that to its router. */
export function byRouter(path: string): string {
  return path.replace('/events', '/event%73');
}

/** The same address: a hub answers it by its fast path. */
export function byFastPath(path: string): string {
  return path;
}

/** A POST with a JSON body; a string is sent as it is. */
export function posting(body: unknown, type = 'application/json'): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', body: text, headers: { 'content-type': type } };
}

/** One poll; throws unless it is answered with 200. */
export async function poll(
  served: Served,
  channel: string,
  query: Query = {},
  signal?: AbortSignal,
): Promise<PollAnswer> {
  const response = await served.request(eventsPath(channel, query), signal ? { signal } : {});
  return (await answered(response, 200)) as PollAnswer;
}

/** One poll of several channels; throws unless it is answered with 200. */
export async function pollMany(
  served: Served,
  cursors: readonly string[],
  query: Query = {},
): Promise<readonly PollAnswer[]> {
  const text = new URLSearchParams(cursors.map((cursor) => ['cursor', cursor]));
  for (const [name, value] of Object.entries(query)) text.set(name, String(value));
  return ((await answered(await served.request(`/v1/events?${text}`), 200)) as MultiPollAnswer).channels;
}

/** Publishes one event, or an array as one block; throws unless it is answered with 201. */
export async function publish(served: Served, channel: string, body: unknown): Promise<PublishAnswer> {
  return (await answered(await served.request(eventsPath(channel), posting(body)), 201)) as PublishAnswer;
}

/** Publishes lines of JSON; throws unless it is answered with 201. */
export async function publishLines(
  served: Served,
  channel: string,
  lines: readonly string[],
): Promise<PublishAnswer> {
  const init = posting(lines.join('\n'), 'application/x-ndjson');
  return (await answered(await served.request(eventsPath(channel), init), 201)) as PublishAnswer;
}

/** Every answer on the way from `maxvid` to `to`, as a client that polls again at once gets them. */
export async function answersUpTo(
  served: Served,
  channel: string,
  to: number,
  query: Query & { readonly maxvid: number } = { maxvid: 0 },
): Promise<readonly PollAnswer[]> {
  const answers: PollAnswer[] = [];
  for (let maxvid = query.maxvid; maxvid < to; ) {
    const answer = await poll(served, channel, { ...query, maxvid });
    answers.push(answer);
    maxvid = answer.maxvid;
  }
  return answers;
}

/** Every event after `query.maxvid` (0 where it is not given) up to vid `to`. */
export async function eventsUpTo(
  served: Served,
  channel: string,
  to: number,
  query?: Query & { readonly maxvid: number },
): Promise<readonly Event[]> {
  return (await answersUpTo(served, channel, to, query)).flatMap(({ events }) => events);
}

export async function problem(response: Response): Promise<Problem> {
  return (await response.json()) as Problem;
}

/** `from`, `from` + 1 … `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Events to publish whose data are `from` … `to`. */
export function numbered(from: number, to: number): Array<{ readonly data: number }> {
  return range(from, to).map((data) => ({ data }));
}

export const vids = (events: readonly Event[]): number[] => events.map(({ vid }) => vid);
export const dataOf = (events: readonly Event[]): unknown[] => events.map(({ data }) => data);

async function answered(response: Response, status: number): Promise<unknown> {
  if (response.status === status) return response.json();
  throw new Error(`expected ${status}, got ${response.status}: ${(await response.text()).slice(0, 500)}`);
}

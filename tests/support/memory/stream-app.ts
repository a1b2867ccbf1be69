/** The router's streams on ports in memory: one process, and a clock that stands still. */

import { type Caller, TRUSTED } from '../../../lib/auth/caller.ts';
import { type Access, createApp } from '../../../lib/http/app.ts';
import { streamReadRoutes } from '../../../lib/http/durable-streams/read.ts';
import { type EventStreamOptions, SHORT } from '../../../lib/http/durable-streams/sse.ts';
import { type StreamRoutePorts, streamWriteRoutes } from '../../../lib/http/durable-streams/write.ts';
import { Appender } from '../../../lib/log/append/appender.ts';
import { KnownStreams } from '../../../lib/streams/known-streams.ts';
import { Bell } from '../../../lib/wakeup/bell.ts';
import { everyone } from './everyone.ts';
import { memoryProcess, memoryWorld, WEEK_MS } from './world.ts';

export type Headers = Readonly<Record<string, string>>;

interface Options {
  readonly events?: EventStreamOptions;
  readonly caller?: Caller;
  /** Asked before each later answer of a stream of events: throws when the token has ended. */
  readonly checkAgain?: () => Promise<void>;
  readonly admit?: StreamRoutePorts['admit'];
}

export function streamApp({
  events = SHORT,
  caller = TRUSTED,
  checkAgain = async () => undefined,
  admit,
}: Options = {}) {
  const world = memoryWorld();
  const { log, digests, clock, random } = world;
  const { streams } = log;
  const process = memoryProcess(world);
  const { logger, meter, poll } = process;
  const stores = { log, records: log, streams };
  const appender = new Appender({ ...stores, digests, clock, random, meter, logger, retentionMs: WEEK_MS });
  const bell = new Bell({ ...world, meter, logger });
  const knownStreams = new KnownStreams(clock);
  const ports = { ...poll, ...stores, appender, bell, logger, meter, knownStreams };
  const access: Access = {
    ...everyone,
    async authenticate(c, next) {
      await everyone.authenticate(c, async () => {
        c.set('caller', caller);
        c.set('checkAgain', checkAgain);
        await next();
      });
    },
  };
  const app = createApp({ logger, random }, access, [
    streamWriteRoutes({ ...ports, ...(admit ? { admit } : {}) }),
    streamReadRoutes(ports, events),
  ]);
  const request = async (
    method: string,
    path: string,
    headers: Headers = {},
    body?: string | Uint8Array<ArrayBuffer>,
    signal?: AbortSignal,
  ) =>
    app.request(`/v1/stream/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
  /** Makes a stream of text, unless the headers say of what. */
  const make = (path: string, headers: Headers = {}, body?: string) =>
    request('PUT', path, { 'content-type': 'text/plain', ...headers }, body);
  const append = (path: string, body: string, headers: Headers = {}) =>
    request('POST', path, { 'content-type': 'text/plain', ...headers }, body);
  const read = (path: string, query = '', headers: Headers = {}) =>
    request('GET', `${path}${query}`, headers);
  return { app, world, clock, ports, held: poll.held, request, make, append, read };
}

/** What an answer says of where the stream ends. */
export const nextOffset = (response: Response) => response.headers.get('stream-next-offset') ?? '';

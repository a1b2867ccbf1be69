/**
 * The hub: one process that serves the whole of Doorbell over HTTP with the same operations as the functions, for thousands of waiting readers. Nothing
 * in its memory matters but the last seconds of its clients' cursors: it may be killed at any moment, and any number of hubs and functions may share the tables.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Health } from '../lib/channels/health.ts';
import { channelSchemas } from '../lib/compose/channel-schemas.ts';
import type { Base, Compose, Gate, HubPorts } from '../lib/compose/hub-ports.ts';
import { hubRoutes } from '../lib/compose/hub-routes.ts';
import type { Environment } from '../lib/config.ts';
import { createApp } from '../lib/http/app.ts';
import type { Assets } from '../lib/http/site/site.ts';
import { startAdmin } from './admin.ts';
import { startBackground } from './background.ts';
import { limitConcurrency } from './concurrency-limit.ts';
import { FastPath } from './fast-path.ts';
import { connectionsWithin, openFiles } from './fd-limit.ts';
import { listenH2c } from './h2c-listener.ts';
import { listen, TIMEOUTS, type Timeouts } from './listener.ts';
import { gauge, type HubMetrics } from './metrics.ts';
import { Reply } from './response-writer.ts';
import { ServedTime } from './served-time.ts';
import type { HubSettings } from './settings.ts';
import { StreamPath } from './stream-path.ts';
import { UnreadBytes, unreadLimits } from './unread-bytes.ts';

/** What is in flight when it stops has so long. An append gives up after 10 s by itself. */
const STOP_MS = 10_000;
/** The request listener of an origin that does not depend on what a client says it is. */
const ORIGIN = 'hub.invalid';

export interface HubOptions {
  readonly settings: HubSettings;
  readonly env: Environment;
  readonly common: Omit<Base, 'meter'>;
  readonly metrics: HubMetrics;
  readonly assets: Assets;
  /** The ground that it stands on: `onAws` of lib/compose/hub.ts, or a file's (lib/compose/sqlite-hub.ts). */
  readonly compose: Compose;
  /** With slow clients; by default as `TIMEOUTS` says. */
  readonly timeouts?: Timeouts;
  /** How many files the process may have open; by default what the system says. */
  readonly files?: number;
  /** `false` leaves every request to the router: for tests that compare the two ways. */
  readonly fastPath?: boolean;
}

export interface Hub {
  readonly port: number;
  readonly h2cPort: number | undefined;
  readonly adminPort: number;
  readonly ports: HubPorts;
  /** Answers what it holds, takes nothing new, gives its mailbox back. Resolves within `drainMs` and some 20 s. May be repeated. */
  stop(): Promise<void>;
}

/** Serves when it resolves. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { metrics, timeouts = TIMEOUTS } = options;
  const { files = openFiles() } = options;
  const { maxConnections: asked } = options.settings;
  // Beyond that the hub could not even be looked at, nor reach its log.
  const settings = { ...options.settings, maxConnections: connectionsWithin(asked, files) };
  const base = { ...options.common, meter: metrics.meter };
  const schemas = await channelSchemas(options.env, { checksAll: true });
  const { ports, gate } = options.compose(base, { onCall: metrics.onCall, schemas });
  const health = new Health(ports.channels);
  const { reply, onRequest } = await requestListener(options, ports, gate, health);
  const time = new ServedTime(options.common.clock, 2 * timeouts.checkMs);
  const unread = new UnreadBytes(unreadLimits(settings.maxUnreadBytes), time, metrics.onUnreadCut);
  const keeping = { unread, timeouts, time, connections: new Set<Socket>() };
  const main = await naming('HOST and PORT', listen(settings, onRequest, keeping));
  const { h2cPort } = settings;
  const h2c =
    h2cPort === undefined
      ? undefined
      : await naming('HOST and H2C_PORT', listenH2c({ ...settings, port: h2cPort }, onRequest, keeping));
  const listeners = h2c ? [main, h2c] : [main];
  const work = startBackground(ports, options.common);
  let stopping: Promise<void> | undefined;
  const admin = await naming(
    'ADMIN_HOST and ADMIN_PORT',
    startAdmin(
      { host: settings.adminHost, port: settings.adminPort },
      metrics.registry,
      async () => stopping === undefined && (await health.isHealthy()),
    ),
  );
  gauge(metrics.registry, 'polls_held', 'Polls that wait for an event', () => ports.poll.held.size);
  gauge(metrics.registry, 'connections', 'Open connections', () => keeping.connections.size);
  gauge(
    metrics.registry,
    'unread_bytes',
    'Bytes of answers that no client has taken yet',
    () => unread.bytes,
  );
  const { deadLetters } = ports;
  if (deadLetters)
    gauge(metrics.registry, 'dead_letters', 'Messages of the ingest queue that were put aside', async () => {
      const counts = await deadLetters()?.deadLetters.count();
      return counts ? counts.waiting + counts.inHand : 0;
    });
  const { maxConnections } = settings;
  if (maxConnections < asked) {
    const message = 'fewer connections than MAX_CONNECTIONS: the limit of open files (ulimit -n) is too low';
    options.common.logger.info(message, { connections: maxConnections, files });
  }
  const stop = async () => {
    await options.common.clock.sleep(settings.drainMs);
    reply.close();
    ports.poll.held.close();
    await Promise.all(listeners.map((listener) => listener.close(STOP_MS)));
    await work.stop();
    await admin.close();
  };
  return {
    port: main.port,
    h2cPort: h2c?.port,
    adminPort: admin.port,
    ports,
    stop: () => (stopping ??= stop()),
  };
}

async function requestListener(
  { env, common, metrics, assets, settings, fastPath: isFast = true }: HubOptions,
  ports: HubPorts,
  gate: Gate,
  health: Health,
): Promise<{
  readonly reply: Reply;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
}> {
  const base = { ...common, meter: metrics.meter };
  // Whichever way a request goes: the fast path and the router count together.
  const admit = limitConcurrency(settings.maxPublishes);
  const app = createApp(base, gate, hubRoutes(ports, { env, common: base, gate, health, assets, admit }));
  const reply = await Reply.like(app, gate.corsOrigins, { ...base, onResponse: metrics.onResponse });
  const fastPath = new FastPath({
    ...gate,
    poll: ports.poll,
    publish: { ...ports.publish, ...base, admit },
    reply,
  });
  const streamPath = new StreamPath({ ...gate, streams: { ...ports.streams, ...base, admit }, reply });
  const others = getRequestListener(app.fetch, { hostname: ORIGIN, overrideGlobalObjects: false });
  return {
    reply,
    onRequest(request, response) {
      if (isFast && (fastPath.take(request, response) || streamPath.take(request, response))) return;
      response.once('finish', () => {
        if (response.headersSent) metrics.onResponse(response.statusCode);
      });
      void others(request, response);
    },
  };
}

/** Whoever set them knows these names, and perhaps not what the system says of an address. */
async function naming<T>(variables: string, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${variables} cannot be listened on: ${message}`, { cause: error });
  }
}

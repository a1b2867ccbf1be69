/** For whoever runs the hub, on a port of its own: /metrics for Prometheus, /livez and /readyz for a supervisor and a load balancer. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';
import { isLoopbackHost } from '../lib/http/loopback.ts';
import { isLoopback } from '../lib/protocol/loopback.ts';

export interface Admin {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `isReady`: whether it should be sent requests. That it answers at all says that it lives. On loopback it refuses a `Host` that is not
 * loopback: a web page may have made its own name point at this machine, and would read the figures.
 */
export async function startAdmin(
  { host, port }: { readonly host: string; readonly port: number },
  registry: Registry,
  isReady: () => Promise<boolean>,
): Promise<Admin> {
  const app = new Hono();
  app.use(async (c, next) => {
    const asked = c.req.header('host');
    if (isLoopback(host) && asked !== undefined && !isLoopbackHost(asked)) return c.text('', 403);
    return next();
  });
  app.get('/metrics', async (c) =>
    c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType }),
  );
  app.get('/livez', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) =>
    (await isReady()) ? c.json({ status: 'ok' }) : c.json({ status: 'not ready' }, 503),
  );
  const server = serve({ fetch: app.fetch, hostname: host, port, overrideGlobalObjects: false });
  if (!server.listening) await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

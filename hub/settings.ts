/** What a hub is told by its environment besides what `lib/config.ts` and `lib/auth/settings.ts` read. Throws with the variable and its range. */

import { type Environment, whole } from '../lib/config.ts';

export interface HubSettings {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Where HTTP/2 without TLS is spoken, for proxies that speak it; by default nowhere. */
  readonly h2cPort: number | undefined;
  /** Where /metrics, /livez and /readyz answer; on `adminHost`, which is this machine alone by default. */
  readonly adminPort: number;
  readonly adminHost: string;
  /** How long it goes on as before once it is told to stop, so that a load balancer notices: ms. */
  readonly drainMs: number;
  /** Bodies that are being read at once. */
  readonly maxPublishes: number;
  /** Connections at once. */
  readonly maxConnections: number;
  /** Bytes of answers that clients have not taken. */
  readonly maxUnreadBytes: number;
}

const DEFAULT_PORT = 3000;
const DEFAULT_ADMIN_PORT = 9464;

/**
 * PORT 0..65535, default 3000. HOST, default 127.0.0.1. H2C_PORT, default none. ADMIN_PORT 0..65535, default 9464 (what Prometheus' list of ports
 * has for OpenTelemetry exporters); ADMIN_HOST, default 127.0.0.1. DRAIN_SECONDS 0..600, default 0. MAX_PUBLISHES 1..100000, default 256: at 5 MiB each, what a
 * body may hold. MAX_CONNECTIONS 1..1000000, default 25000. MAX_UNREAD_MIB 8..1000000, default 256: a connection may have a quarter, and an answer is 1 MiB.
 */
export function hubSettings(env: Environment): HubSettings {
  return {
    port: port(env, 'PORT', DEFAULT_PORT),
    host: env.HOST || '127.0.0.1',
    h2cPort: env.H2C_PORT ? port(env, 'H2C_PORT', 0) : undefined,
    adminPort: port(env, 'ADMIN_PORT', DEFAULT_ADMIN_PORT),
    adminHost: env.ADMIN_HOST || '127.0.0.1',
    drainMs: whole(env, 'DRAIN_SECONDS', 0, { least: 0, most: 600 }) * 1_000,
    maxPublishes: whole(env, 'MAX_PUBLISHES', 256, { least: 1, most: 100_000 }),
    maxConnections: whole(env, 'MAX_CONNECTIONS', 25_000, { least: 1, most: 1_000_000 }),
    maxUnreadBytes: whole(env, 'MAX_UNREAD_MIB', 256, { least: 8, most: 1_000_000 }) * 1024 * 1024,
  };
}

function port(env: Environment, name: string, byDefault: number): number {
  return whole(env, name, byDefault, { least: 0, most: 65_535 });
}

/** What a hub is told by its environment besides what `lib/compose/settings.ts` and `lib/auth/settings.ts` read. Throws with the variable and its range. */

import { type Environment, text, whole, wholeIfSet } from '../lib/config.ts';

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

/** Of the rows that `lib/config.ts` has for a hub. A body holds 5 MiB at most; a connection may have a quarter of the unread bytes, and an answer is 1 MiB. */
export function hubSettings(env: Environment): HubSettings {
  return {
    port: whole(env, 'PORT'),
    host: text(env, 'HOST'),
    h2cPort: wholeIfSet(env, 'H2C_PORT'),
    adminPort: whole(env, 'ADMIN_PORT'),
    adminHost: text(env, 'ADMIN_HOST'),
    drainMs: whole(env, 'DRAIN_SECONDS') * 1_000,
    maxPublishes: whole(env, 'MAX_PUBLISHES'),
    maxConnections: whole(env, 'MAX_CONNECTIONS'),
    maxUnreadBytes: whole(env, 'MAX_UNREAD_MIB') * 1024 * 1024,
  };
}

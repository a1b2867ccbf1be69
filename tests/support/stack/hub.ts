/** A hub in this process, on free ports and real emulators. Several of them on one stack are as many processes. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { TIMEOUTS, type Timeouts } from '../../../hub/listener.ts';
import { hubMetrics } from '../../../hub/metrics.ts';
import { type Hub, startHub } from '../../../hub/server.ts';
import { type HubSettings, hubSettings } from '../../../hub/settings.ts';
import { mint } from '../../../lib/auth/mint.ts';
import type { Clients } from '../../../lib/compose/base.ts';
import { onAws } from '../../../lib/compose/hub.ts';
import { type HubFile, openHubFile } from '../../../lib/compose/sqlite-hub.ts';
import type { Assets } from '../../../lib/http/site/site.ts';
import { systemClock, systemRandom } from '../../../lib/runtime/system.ts';
import type { Logger } from '../../../lib/telemetry/ports.ts';
import { over, type Served } from '../http/http.ts';
import { MemoryLogger } from '../memory/doubles.ts';
import { environmentOf, freshClients } from './process.ts';
import type { Stack } from './stack.ts';

export const HUB_SECRET = 'the-secret-of-these-hubs-0123456789';

export interface HubTestOptions {
  readonly secret?: string;
  readonly settings?: Partial<HubSettings>;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeouts?: Partial<Timeouts>;
  readonly clients?: Clients;
  readonly logger?: Logger;
  readonly assets?: Assets;
  readonly files?: number;
}

export function testHub(stack: Stack, options: HubTestOptions = {}): Promise<Hub> {
  const { secret = HUB_SECRET, settings, env, timeouts, clients = freshClients(stack) } = options;
  const { logger = new MemoryLogger() } = options;
  const environment = { ...environmentOf(stack), DOORBELL_SECRET: secret, ...env };
  return startHub({
    settings: { ...hubSettings({}), port: 0, adminPort: 0, ...settings },
    env: environment,
    common: { clock: systemClock, random: systemRandom, logger },
    metrics: hubMetrics(),
    assets: options.assets ?? { dashboard: '<!doctype html>', client: '', more: '', openapi: '{}' },
    compose: onAws(environment, clients),
    timeouts: { ...TIMEOUTS, ...timeouts },
    ...(options.files === undefined ? {} : { files: options.files }),
  });
}

/** A hub on one file, in this process. Close the file when the hub has stopped. */
export async function fileHub(
  file: string,
  {
    env = {},
    logger = new MemoryLogger(),
    settings,
    assets = { dashboard: '<!doctype html>', client: '', more: '', openapi: '{}' },
  }: Pick<HubTestOptions, 'env' | 'logger' | 'settings' | 'assets'> = {},
): Promise<{ readonly hub: Hub; readonly opened: HubFile }> {
  const environment = { DOORBELL_SECRET: HUB_SECRET, ...env };
  const opened = openHubFile(file, environment, { clock: systemClock, logger });
  const hub = await startHub({
    settings: { ...hubSettings({}), port: 0, adminPort: 0, ...settings },
    env: environment,
    common: { clock: systemClock, random: systemRandom, logger },
    metrics: hubMetrics(),
    assets,
    compose: opened.compose,
    timeouts: TIMEOUTS,
  });
  return { hub, opened };
}

/** A token that may do everything. */
export const hubToken = () => mint(HUB_SECRET, { read: ['*'], write: ['*'], ttlS: 600, now: Date.now() });

/** Asks the hub with a token that may do everything. */
export async function ownerOf({ port }: Hub): Promise<Served> {
  return over(`http://127.0.0.1:${port}`, await hubToken());
}

/** The same with a token that may make and delete streams, too. */
export async function managerOf({ port }: Pick<Hub, 'port'>): Promise<Served> {
  const rights = { read: ['*'], write: ['*'], manage: ['*'] };
  return over(`http://127.0.0.1:${port}`, await mint(HUB_SECRET, { ...rights, ttlS: 600, now: Date.now() }));
}

/** The figures of /metrics, by name with labels. Throws at a line that Prometheus could not read. */
export async function figuresOf({ adminPort }: Pick<Hub, 'adminPort'>): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, value] = /^([a-zA-Z_:][\w:]*(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      // Prometheus takes it in any case.
      const known = /^nan$/i.test(value ?? '') || !Number.isNaN(Number(value));
      if (name === undefined || !known) throw new Error(`no figure: ${line}`);
      return [name, Number(value)] as const;
    }),
  );
}

/** A connection on which a test writes what it likes. */
export interface Wire {
  readonly socket: Socket;
  /** All that has come so far. */
  received(): string;
  readonly closed: Promise<void>;
}

export async function wireTo({ port }: Hub): Promise<Wire> {
  const socket = connect({ host: '127.0.0.1', port });
  let received = '';
  socket.on('data', (piece) => {
    received += piece.toString();
  });
  // Being cut off is what some tests wait for.
  socket.on('error', () => undefined);
  // Not `once` of node:events, which a reset would reject.
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, received: () => received, closed };
}

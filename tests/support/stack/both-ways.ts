/** Two hubs that have seen the same requests: one answers by its fast path where it can, the other leaves everything to its router. */

import { request } from 'node:http';
import { TIMEOUTS } from '../../../hub/listener.ts';
import { hubMetrics } from '../../../hub/metrics.ts';
import { type Hub, startHub } from '../../../hub/server.ts';
import { hubSettings } from '../../../hub/settings.ts';
import { openHubFile } from '../../../lib/compose/sqlite-hub.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { systemClock } from '../../../lib/runtime/system.ts';
import { MemoryLogger } from '../memory/doubles.ts';

export interface Sent {
  readonly method: string;
  /** As it goes out: nothing of it is made regular. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Came {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface BothWays {
  /** What the two answer, without what differs from one answer to the next. */
  ask(sent: Sent): Promise<{ readonly fast: Came; readonly router: Came }>;
  readonly hubs: readonly [fast: Hub, router: Hub];
  readonly loggers: readonly MemoryLogger[];
  stop(): Promise<void>;
}

/** The same ids and the same time in both, and no wait: a poll that would be held is answered as by a hub that stops. */
export async function bothWays(env: Readonly<Record<string, string>>): Promise<BothWays> {
  const now = Date.now();
  const clock: Clock = { ...systemClock, now: () => now };
  const one = await way(env, clock, true);
  const other = await way(env, clock, false);
  return {
    hubs: [one.hub, other.hub],
    loggers: [one.logger, other.logger],
    async ask(sent) {
      const [fast, router] = await Promise.all([exchange(one.hub, sent), exchange(other.hub, sent)]);
      return { fast, router };
    },
    async stop() {
      await Promise.all([one.stop(), other.stop()]);
    },
  };
}

async function way(env: Readonly<Record<string, string>>, clock: Clock, fastPath: boolean) {
  const logger = new MemoryLogger();
  let ids = 0;
  const random = { fraction: () => 0.5, id: () => `id-${ids++}` };
  const opened = openHubFile(':memory:', env, { clock, logger });
  const hub = await startHub({
    settings: { ...hubSettings({}), port: 0, adminPort: 0 },
    env,
    common: { clock, random, logger },
    metrics: hubMetrics(),
    assets: { dashboard: '<!doctype html>', client: '', more: '', openapi: '{}' },
    compose: opened.compose,
    timeouts: TIMEOUTS,
    fastPath,
  });
  hub.ports.poll.held.close();
  return {
    hub,
    logger,
    async stop() {
      await hub.stop();
      opened.close();
    },
  };
}

/** Of the connection, not of the answer: what was not read of a body the router reads away, and the fast path closes the connection. */
const OF_THE_CONNECTION = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

function exchange({ port }: Hub, { method, address, headers, body }: Sent): Promise<Came> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path: address, headers, agent: false });
    asked.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => void pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const all = Object.entries(response.headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
        const named = all.map(([name, value]) => [name, String(value)] as const).sort();
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(named),
          body: Buffer.concat(pieces).toString(),
        });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

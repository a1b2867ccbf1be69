/** A whole Doorbell in this process and in memory: the router, the operations and the composition of a hub, on stores that keep nothing. */

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mint } from '../../../../lib/auth/mint.ts';
import { secretsIn } from '../../../../lib/auth/settings.ts';
import { gateOf } from '../../../../lib/compose/auth.ts';
import type { Base, HubPorts } from '../../../../lib/compose/hub-ports.ts';
import { loneHub } from '../../../../lib/compose/lone-hub.ts';
import { backendChannel, type Environment } from '../../../../lib/config.ts';
import { createApp } from '../../../../lib/http/app.ts';
import { backendRoutes } from '../../../../lib/http/legacy/backend.ts';
import { pageRoutes } from '../../../../lib/http/site/site.ts';
import { streamRoutes } from '../../../../lib/http/v1/event-stream.ts';
import { pollRoutes } from '../../../../lib/http/v1/poll.ts';
import { publishRoutes } from '../../../../lib/http/v1/publish.ts';
import type { EventLoop } from '../../../../lib/runtime/ports.ts';
import { systemRandom } from '../../../../lib/runtime/system.ts';
import type { Grants, TestDoorbell } from '../doorbell.ts';
import type { Backend } from '../gateway/gateway.ts';
import { handleOf } from '../handle.ts';
import { VirtualClock } from './clock.ts';
import { MemoryCursors, MemoryLog } from './stores.ts';

export interface MemoryOptions {
  /** Where it listens on 127.0.0.1. Default 0: any free port. */
  readonly port?: number;
  /** Origins whose pages may ask it, as `http://localhost:5173`. Default none. */
  readonly origins?: readonly string[];
  /** Settings of a hub, as its environment has them: docs/operations/hub.md. Those of sockets and files mean nothing here. */
  readonly settings?: Readonly<Record<string, string>>;
}

// Kept from a test that replaces them.
const { setImmediate, setInterval, clearInterval } = globalThis;
const nextTick = process.nextTick.bind(process);

const LOOP: EventLoop = {
  soon: (then) => nextTick(then),
  nextTick: () => new Promise((resolve) => setImmediate(resolve)),
};
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const UNCOUNTED = { count() {}, flush() {} };
const FLUSH_MS = 1_000;
const HOUR_S = 3_600;
/** After every name of a channel. */
const LAST_NAME = '\u{10ffff}';
const ANY = ['*'] as const;
const PAGE =
  '<!doctype html><html lang="en"><title>Doorbell in memory</title><p>This Doorbell belongs to a test. It has no page.</p></html>';

/** Starts in some milliseconds; asks for tokens, as every Doorbell does. */
export async function startMemory(options: MemoryOptions = {}): Promise<TestDoorbell> {
  const { port = 0, origins = [], settings = {} } = options;
  const secret = settings.DOORBELL_SECRET ?? randomBytes(32).toString('base64url');
  const [newest = secret] = secretsIn(secret, 'DOORBELL_SECRET');
  const clock = new VirtualClock();
  const log = new MemoryLog();
  const env: Environment = {
    DOORBELL_SECRET: secret,
    CORS_ORIGINS: origins.join(' '),
    // A cursor that was moved is seen at once.
    CURSOR_DELAY_SECONDS: '0',
    ...settings,
  };
  const common: Base = { clock, random: systemRandom, logger: SILENT, meter: UNCOUNTED };
  const stores = { log, records: log, directory: log, cursors: new MemoryCursors() };
  const ports = loneHub(stores, () => undefined, env, common, { loop: LOOP });
  const flushing = setInterval(() => void ports.poll.afterResponse.flush(), FLUSH_MS);
  flushing.unref();
  return handleOf({
    port,
    backend: routerOf(ports, common, env),
    clock: {
      now: clock.now,
      async advance(ms) {
        await clock.advance(ms);
        await expire(log, clock.now());
      },
    },
    token: (grants) => tokenOf(newest, grants, clock.now()),
    sleep: clock.sleep,
    held: () => ports.poll.held.size,
    async stop() {
      clearInterval(flushing);
      ports.poll.held.close();
      clock.stop();
    },
  });
}

function routerOf({ poll, publish, channels }: HubPorts, common: Base, env: Environment): Backend {
  const app = createApp(common, gateOf(env, common), [
    streamRoutes(poll),
    pollRoutes(poll),
    backendRoutes({ ...poll, ...common }, backendChannel(env)),
    publishRoutes({ ...publish, ...common }),
    pageRoutes(
      { ...channels, cursors: poll.cursors },
      { dashboard: PAGE, client: clientModule(), openapi: '{}' },
    ),
  ]);
  return async (request) => app.fetch(request);
}

/** The build puts it beside this file. From the sources there is none to serve. */
function clientModule(): string {
  const file = new URL('client.js', import.meta.url);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** What retention has passed for is gone. */
async function expire(log: MemoryLog, now: number): Promise<void> {
  for (const channel of await log.channels('', LAST_NAME, Number.MAX_SAFE_INTEGER))
    for (const { first, expires } of log.blocks(channel))
      if (expires !== undefined && expires <= now) log.take(channel, first);
}

export function tokenOf(secret: string, grants: Grants, now: number): Promise<string> {
  const { client, ttlSeconds = HOUR_S } = grants;
  const all = grants.read === undefined && grants.write === undefined;
  const { read = all ? ANY : [], write = all ? ANY : [] } = grants;
  return mint(secret, { read, write, ttlS: ttlSeconds, now, ...(client === undefined ? {} : { client }) });
}

/** A whole Doorbell in this process and in memory: the router, the operations and the composition of a hub, on stores that keep nothing. */

import { randomBytes } from 'node:crypto';
import { secretsIn } from '../../../../lib/auth/settings.ts';
import { gateOf } from '../../../../lib/compose/auth.ts';
import { channelSchemas } from '../../../../lib/compose/channel-schemas.ts';
import { loneHub } from '../../../../lib/compose/lone-hub.ts';
import type { Environment } from '../../../../lib/config.ts';
import { keepTicking } from '../../../../lib/expectations/keep-ticking.ts';
import type { EventLoop } from '../../../../lib/runtime/ports.ts';
import { NO_STATE } from '../../../../lib/state/ports.ts';
import type { ServerOptions, TestDoorbell } from '../doorbell.ts';
import { handleOf } from '../handle.ts';
import { commonOf, routerOf, tokenOf } from '../server.ts';
import { VirtualClock } from './clock.ts';
import { MemoryDigests } from './digests.ts';
import { MemoryExpectations } from './expectations.ts';
import { MemoryCursors, MemoryLog } from './stores.ts';

// Kept from a test that replaces them.
const { setImmediate, setInterval, clearInterval } = globalThis;
const nextTick = process.nextTick.bind(process);

const LOOP: EventLoop = {
  soon: (then) => nextTick(then),
  nextTick: () => new Promise((resolve) => setImmediate(resolve)),
};
const FLUSH_MS = 1_000;
/** After every name of a channel. */
const LAST_NAME = '\u{10ffff}';

/** Starts in some milliseconds; asks for tokens, as every Doorbell does. */
export async function startMemory(options: ServerOptions = {}): Promise<TestDoorbell> {
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
  const common = commonOf(clock);
  const stores = {
    log,
    records: log,
    directory: log,
    streams: log.streams,
    redactions: log,
    digests: new MemoryDigests(),
    states: NO_STATE,
    expectations: new MemoryExpectations(),
    cursors: new MemoryCursors(),
  };
  const schemas = await channelSchemas(env, { checksAll: true });
  const ports = loneHub(stores, () => undefined, env, common, { loop: LOOP, schemas });
  const flushing = setInterval(() => void ports.poll.afterResponse.flush(), FLUSH_MS);
  flushing.unref();
  const ticks = ports.ticking && keepTicking(ports.ticking);
  return handleOf({
    port,
    backend: routerOf(ports, gateOf(env, common), common, env),
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
      ticks?.stop();
      ports.poll.held.close();
      clock.stop();
    },
  });
}

/** What retention has passed for is gone. */
async function expire(log: MemoryLog, now: number): Promise<void> {
  for (const channel of await log.channels('', LAST_NAME, Number.MAX_SAFE_INTEGER))
    for (const { first, expires } of log.blocks(channel))
      if (expires !== undefined && expires <= now) log.take(channel, first);
}

/** The real router with real tokens, on ports in memory that count what is written. Time passes only while somebody waits for an answer. */

import { secretKeys } from '../../../lib/auth/keys.ts';
import { mint } from '../../../lib/auth/mint.ts';
import { Verifier } from '../../../lib/auth/verifier.ts';
import { Health } from '../../../lib/channels/health.ts';
import { createApp } from '../../../lib/http/app.ts';
import { backendRoutes } from '../../../lib/http/legacy/backend.ts';
import { authenticate } from '../../../lib/http/middleware/authenticate.ts';
import { siteRoutes } from '../../../lib/http/site/site.ts';
import { channelRoutes } from '../../../lib/http/v1/channels.ts';
import { deadLetterRoutes } from '../../../lib/http/v1/dead-letters.ts';
import { pollRoutes } from '../../../lib/http/v1/poll.ts';
import { publishRoutes } from '../../../lib/http/v1/publish.ts';
import { schemaRoutes } from '../../../lib/http/v1/schema.ts';
import { sharedRoutes } from '../../../lib/http/v1/shared.ts';
import { stateRoutes } from '../../../lib/http/v1/state.ts';
import { waitRoutes } from '../../../lib/http/v1/waits.ts';
import type { ChannelSchemas } from '../../../lib/publish/ports.ts';
import { systemClock } from '../../../lib/runtime/system.ts';
import { NO_STATE } from '../../../lib/state/ports.ts';
import { openApi } from '../../../local/bundle/openapi.ts';
import { settle } from '../time/clock.ts';
import { MemoryDeadLetterQueue, SentMessages } from './dead-letters.ts';
import { queuedPorts } from './direct.ts';
import { Calls, counting, UNCOUNTED } from './doubles.ts';
import { memoryProcess, memoryWorld, say, track, type World } from './world.ts';

export const MEMORY_SECRET = 'the-secret-of-these-tests-0123456789';
/** The channel that has events. */
export const BORN = 'doors';
const WRITES = [
  'append',
  'begin',
  'reserve',
  'visit',
  'move',
  'save',
  'forget',
  'arm',
  'add',
  'open',
  'send',
];
const DECADE_S = 10 * 365 * 24 * 3_600;

/** A world in which `doors` has three events; its log, cursors, waiters, registry and mailboxes are watched. */
export async function memoryApp({ schemas }: { readonly schemas?: ChannelSchemas } = {}) {
  const world = memoryWorld();
  await say(memoryProcess(world), BORN, 'a', 'b', 'c');
  const calls = new Calls();
  const { log, cursors, waiters, registry, mailboxes, clock, random } = world;
  const process = memoryProcess(world, {
    log: counting(log, calls),
    cursors: counting(cursors, calls),
    waiters: counting(waiters, calls),
    registry: counting(registry, calls),
    mailboxes: counting(mailboxes, calls),
  });
  const { logger } = process;
  const queues = { deadLetters: new MemoryDeadLetterQueue(), ingestQueue: new SentMessages() };
  const keys = [secretKeys(async () => [MEMORY_SECRET], { clock, logger })];
  const verifier = new Verifier({ keys, claims: { read: 'read', write: 'write' }, clock });
  const access = { authenticate: authenticate(verifier, { query: false }), corsOrigins: [] };
  const app = createApp({ logger, random }, access, [
    pollRoutes(process.poll),
    sharedRoutes(process.poll, ['*']),
    waitRoutes(queuedPorts(world, process)),
    backendRoutes({ ...process.poll, logger }, BORN),
    publishRoutes({ ...process.publish, clock, random, schemas }),
    schemaRoutes({ schemas }),
    deadLetterRoutes({ clock, random, logger, meter: UNCOUNTED, schemas }, () => queues),
    channelRoutes(process.poll),
    stateRoutes({ ...process.poll, states: NO_STATE }),
    siteRoutes(new Health(process.poll), {
      dashboard: '<!doctype html>',
      client: '',
      more: '',
      openapi: JSON.stringify(openApi()),
    }),
  ]);
  return {
    app,
    world,
    logger,
    queues,
    token: await mint(MEMORY_SECRET, {
      read: ['*'],
      write: ['*'],
      share: ['*'],
      dead: ['*'],
      ttlS: DECADE_S,
      now: clock.now(),
    }),
    /** Methods that wrote something, by name. */
    written: () => Object.keys(calls.all).filter((name) => WRITES.includes(name)),
    answer: <T>(promise: T | Promise<T>) => answer(world, promise),
  };
}

/** Turns of the event loop after which an answer does not come any more: some 20 s, for a machine that does much else. */
const MAX_TURNS = 20_000;

/** Waits for the answer; lets the world's time pass while there is none. */
async function answer<T>(world: World, promise: T | Promise<T>): Promise<T> {
  const tracked = track(Promise.resolve(promise));
  for (let turn = 0; !tracked.done; turn++) {
    if (turn > MAX_TURNS) throw new Error('there is no answer');
    // Signatures are checked on another thread, which must get its turn too; so not every turn without an answer is one that waits for time.
    await (turn < 100 ? settle() : systemClock.sleep(1));
    if (!tracked.done && turn % 10 === 9) await world.clock.advance(1_000);
  }
  return tracked.promise;
}

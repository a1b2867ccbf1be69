/**
 * A process whose clock can leap: real time otherwise. What takes minutes in life (a mailbox grows up, a lease runs out, a view gets old)
 * then takes none in a test.
 */

import { Health } from '../../../lib/channels/health.ts';
import type { Base, Clients } from '../../../lib/compose/base.ts';
import { channelPorts } from '../../../lib/compose/channels.ts';
import { ingestPorts } from '../../../lib/compose/ingest.ts';
import { pollPorts } from '../../../lib/compose/poll.ts';
import { publishPorts } from '../../../lib/compose/publish.ts';
import { sweepPorts } from '../../../lib/compose/sweep.ts';
import { createApp } from '../../../lib/http/app.ts';
import { siteRoutes } from '../../../lib/http/site/site.ts';
import { channelRoutes } from '../../../lib/http/v1/channels.ts';
import { pollRoutes } from '../../../lib/http/v1/poll.ts';
import { publishRoutes } from '../../../lib/http/v1/publish.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { systemClock, systemRandom } from '../../../lib/runtime/system.ts';
import { UNCOUNTED } from '../memory/doubles.ts';
import { everyone } from '../memory/everyone.ts';
import { environmentOf, freshClients } from './process.ts';
import type { Stack } from './stack.ts';

export class LeapingClock implements Clock {
  #ahead = 0;

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  elapsed(): number {
    return systemClock.elapsed() + this.#ahead;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  readonly after = systemClock.after;

  /** Sleepers sleep on for as long as they meant to: leap when nobody does. */
  leap(ms: number): void {
    this.#ahead += ms;
  }
}

export function startLeapingProcess(stack: Stack, clients: Required<Clients> = freshClients(stack)) {
  const env = environmentOf(stack);
  const clock = new LeapingClock();
  const quiet = () => undefined;
  const common: Base = {
    clock,
    random: systemRandom,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    meter: UNCOUNTED,
  };
  const poll = pollPorts(env, common, clients);
  const publish = publishPorts(env, common, clients);
  const channels = channelPorts(env, common, clients);
  const app = createApp(common, everyone, [
    pollRoutes(poll),
    publishRoutes({ ...publish, ...common }),
    channelRoutes(channels),
    siteRoutes(new Health(channels), { dashboard: '', client: '', more: '', openapi: '' }),
  ]);
  const ingest = ingestPorts(env, common, clients);
  return { app, clock, poll, ingest, sweep: sweepPorts(env, common, clients) };
}

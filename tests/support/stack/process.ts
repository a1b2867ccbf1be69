/**
 * A Doorbell process for tests: the real router and operations on real emulators. Several of them on one stack stand for several Lambda
 * environments or servers; each has its own mailbox, clients and caches.
 */

import { secretKeys } from '../../../lib/auth/keys.ts';
import { Health } from '../../../lib/channels/health.ts';
import { access, type Base, type Clients } from '../../../lib/compose/base.ts';
import { channelPorts } from '../../../lib/compose/channels.ts';
import { deadLetterQueues, ingestPorts } from '../../../lib/compose/ingest.ts';
import { pollPorts } from '../../../lib/compose/poll.ts';
import { publishPorts } from '../../../lib/compose/publish.ts';
import { backendChannel, everyShared, offer } from '../../../lib/compose/settings.ts';
import { foldPorts, statePorts } from '../../../lib/compose/states.ts';
import { redactPorts, streamPorts, streamReadPorts, streamWritePorts } from '../../../lib/compose/streams.ts';
import { sweepPorts } from '../../../lib/compose/sweep.ts';
import { tickPorts } from '../../../lib/compose/ticks.ts';
import { queuedWaits } from '../../../lib/compose/waits.ts';
import { createApp } from '../../../lib/http/app.ts';
import { streamReadRoutes } from '../../../lib/http/durable-streams/read.ts';
import { SHORT } from '../../../lib/http/durable-streams/sse.ts';
import { streamWriteRoutes } from '../../../lib/http/durable-streams/write.ts';
import { backendRoutes } from '../../../lib/http/legacy/backend.ts';
import { type Assets, siteRoutes } from '../../../lib/http/site/site.ts';
import { channelRoutes } from '../../../lib/http/v1/channels.ts';
import { deadLetterRoutes } from '../../../lib/http/v1/dead-letters.ts';
import { eraseRoutes } from '../../../lib/http/v1/erase.ts';
import { pollRoutes } from '../../../lib/http/v1/poll.ts';
import { publishRoutes } from '../../../lib/http/v1/publish.ts';
import { schemaRoutes } from '../../../lib/http/v1/schema.ts';
import { sharedRoutes } from '../../../lib/http/v1/shared.ts';
import { stateRoutes } from '../../../lib/http/v1/state.ts';
import { waitRoutes } from '../../../lib/http/v1/waits.ts';
import type { ChannelSchemas } from '../../../lib/publish/ports.ts';
import { systemClock, systemRandom } from '../../../lib/runtime/system.ts';
import type { Count, Logger } from '../../../lib/telemetry/ports.ts';
import { wholeEnvironment } from '../../../local/emulators/stack.ts';
import { parameterStore } from '../http/parameters.ts';
import { UNCOUNTED } from '../memory/doubles.ts';
import { everyone } from '../memory/everyone.ts';
import type { Stack } from './stack.ts';

const TICKET_SECRET = 'signs-tickets-in-tests-0123456789abcdef';
const NO_ASSETS: Assets = {
  dashboard: '<!doctype html><title>Doorbell</title>',
  client: '',
  more: '',
  openapi: '{}',
};

/** Where none is set, whoever asks may do everything. */
const KEYS = ['DOORBELL_SECRET', 'DOORBELL_SECRET_PARAMETER', 'DOORBELL_JWKS_URL'];

/** What a function would get from CloudFormation: here all of it at once. */
export function environmentOf(stack: Stack): Record<string, string> {
  return wholeEnvironment(stack);
}

export function startProcess(
  stack: Stack,
  {
    clients = freshClients(stack),
    assets = NO_ASSETS,
    env = {},
    secret,
    schemas,
  }: {
    clients?: Required<Clients>;
    assets?: Assets;
    env?: Record<string, string>;
    secret?: string;
    schemas?: ChannelSchemas | undefined;
  } = {},
) {
  const keys: Record<string, string> = secret === undefined ? {} : { DOORBELL_SECRET: secret };
  const environment: Record<string, string> = { ...environmentOf(stack), ...keys, ...env };
  const counts = new Map<Count, number>();
  const logged: Array<{ level: string; message: string; fields: object }> = [];
  const log =
    (level: string) =>
    (message: string, fields: object = {}) =>
      void logged.push({ level, message, fields });
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const meter = {
    ...UNCOUNTED,
    count: (name: Count, value = 1) => void counts.set(name, (counts.get(name) ?? 0) + value),
  };
  const common: Base = { clock: systemClock, random: systemRandom, logger, meter };
  const poll = pollPorts(environment, common, clients);
  const publish = { ...publishPorts(environment, common, clients), schemas };
  const queues = deadLetterQueues(environment, common, clients);
  const channels = channelPorts(environment, common, clients);
  const state = statePorts(environment, common, clients);
  const gate = KEYS.some((name) => environment[name]) ? access(environment, common, clients) : undefined;
  // Where whoever asks may do everything, tickets are signed all the same.
  const secrets = secretKeys(async () => [TICKET_SECRET], common);
  const app = createApp(common, gate ?? everyone, [
    pollRoutes(poll, offer(environment)),
    sharedRoutes(poll, everyShared(environment)),
    waitRoutes(queuedWaits(environment, common, gate ?? { secrets }, poll)),
    backendRoutes({ ...poll, logger }, backendChannel(environment)),
    publishRoutes({ ...publish, ...common }),
    schemaRoutes(publish),
    eraseRoutes({
      ...redactPorts(environment, common, clients),
      ...streamWritePorts(environment, common, publish, clients),
    }),
    deadLetterRoutes({ ...common, schemas }, () => queues),
    channelRoutes(channels),
    ...(state ? [stateRoutes(state)] : []),
    streamReadRoutes(streamReadPorts(environment, common, poll, clients), SHORT),
    streamWriteRoutes({ ...streamWritePorts(environment, common, publish, clients), ...common }),
    siteRoutes(new Health(channels), assets),
  ]);
  return {
    app,
    common,
    poll,
    publish,
    channels,
    ingest: { ...ingestPorts(environment, common, clients), schemas },
    sweep: sweepPorts(environment, common, clients),
    ticking: tickPorts(environment, common, clients),
    fold: foldPorts(environment, common, clients),
    streams: streamPorts(environment, common, clients),
    clients,
    counts,
    logged,
  };
}

export type TestProcess = ReturnType<typeof startProcess>;

/** Clients of their own, so that a process can be watched, and dies alone. */
export function freshClients(stack: Stack): Required<Clients> {
  const { dynamodb: dynamo, sqs } = stack.connect();
  return { dynamo, sqs, ssm: parameterStore() };
}

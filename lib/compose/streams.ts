/** The second protocol, on AWS: on the ports of a process that polls, or publishes, or sweeps. */

import type { Environment } from '../config.ts';
import { HeadReader } from '../log/read/head-reader.ts';
import type { PollPorts } from '../poll/poll.ts';
import type { PublishPorts } from '../publish/publish.ts';
import { KnownStreams } from '../streams/known-streams.ts';
import type { RedactPorts, StreamPorts, StreamReadPorts, StreamWritePorts } from '../streams/ports.ts';
import { type Clients, dynamoOf } from './clients.ts';
import type { Base } from './hub-ports.ts';
import { stateErasure } from './states.ts';
import { eventsTable, redactionsTable, streamsTable } from './stores.ts';

export function streamReadPorts(
  env: Environment,
  common: Base,
  poll: PollPorts,
  clients: Clients = {},
): StreamReadPorts {
  const dynamo = dynamoOf(clients, common);
  const log = eventsTable(env, dynamo);
  return { ...common, ...poll, log, records: log, streams: streamsTable(env, dynamo) };
}

export function streamWritePorts(
  env: Environment,
  common: Base,
  publish: PublishPorts,
  clients: Clients = {},
): StreamWritePorts {
  return { ...streamPorts(env, common, clients), ...publish, knownStreams: new KnownStreams(common.clock) };
}

/** Where the table of states is not known, what is folded there of a redacted event stays until its key has a newer one. */
export function redactPorts(env: Environment, common: Base, clients: Clients = {}): RedactPorts {
  const dynamo = dynamoOf(clients, common);
  const erasure = stateErasure(env, common, dynamo);
  return {
    ...streamPorts(env, common, clients),
    redactions: redactionsTable(env, dynamo),
    ...(erasure ? { stateErasure: erasure } : {}),
  };
}

export function streamPorts(env: Environment, common: Base, clients: Clients = {}): StreamPorts {
  const dynamo = dynamoOf(clients, common);
  const log = eventsTable(env, dynamo);
  const headReader = new HeadReader({ log, records: log, clock: common.clock });
  return { ...common, log, records: log, streams: streamsTable(env, dynamo), headReader };
}

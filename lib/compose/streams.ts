/** The second protocol, on AWS: on the ports of a process that polls, or publishes, or sweeps. */

import { dynamoClient } from '../aws/clients.ts';
import type { Environment } from '../config.ts';
import { HeadReader } from '../log/read/head-reader.ts';
import type { PollPorts } from '../poll/poll.ts';
import type { PublishPorts } from '../publish/publish.ts';
import type { StreamPorts, StreamReadPorts, StreamWritePorts } from '../streams/ports.ts';
import type { Clients } from './base.ts';
import type { Base } from './hub-ports.ts';
import { eventsTable, streamsTable } from './stores.ts';

export function streamReadPorts(
  env: Environment,
  common: Base,
  poll: PollPorts,
  { dynamo = dynamoClient() }: Clients = {},
): StreamReadPorts {
  const log = eventsTable(env, dynamo);
  return { ...common, ...poll, log, records: log, streams: streamsTable(env, dynamo) };
}

export function streamWritePorts(
  env: Environment,
  common: Base,
  publish: PublishPorts,
  clients: Clients = {},
): StreamWritePorts {
  return { ...streamPorts(env, common, clients), ...publish };
}

export function streamPorts(
  env: Environment,
  common: Base,
  { dynamo = dynamoClient() }: Clients = {},
): StreamPorts {
  const log = eventsTable(env, dynamo);
  const headReader = new HeadReader({ log, records: log, clock: common.clock });
  return { ...common, log, records: log, streams: streamsTable(env, dynamo), headReader };
}

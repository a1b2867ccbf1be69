/** The list of channels and their clients, on AWS. */

import { ChannelIndex } from '../aws/dynamodb/channel-index.ts';
import type { ChannelPorts } from '../channels/channels.ts';
import { type Environment, required } from '../config.ts';
import { HeadReader, readFollowing } from '../log/read/head-reader.ts';
import { type Clients, dynamoOf } from './clients.ts';
import type { Base } from './hub-ports.ts';
import { cursorsTable, eventsTable } from './stores.ts';

export function channelPorts(env: Environment, common: Base, clients: Clients = {}): ChannelPorts {
  const dynamo = dynamoOf(clients, common);
  const events = eventsTable(env, dynamo);
  const headReader = new HeadReader({ log: events, records: events, clock: common.clock });
  const log = readFollowing(events, headReader);
  const directory = new ChannelIndex({ client: dynamo, table: required(env, 'EVENTS_TABLE') });
  return { ...common, log, directory, headReader, cursors: cursorsTable(env, dynamo) };
}

/** The state of channels on a stack's tables: read by whoever serves it, and folded by the sweep. */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../aws/clients.ts';
import { ChannelIndex } from '../aws/dynamodb/channel-index.ts';
import { StatesTable } from '../aws/dynamodb/states-table.ts';
import { type Environment, required } from '../config.ts';
import { HeadReader, readFollowing } from '../log/read/head-reader.ts';
import type { FoldAllPorts } from '../state/fold-all.ts';
import type { StateErasure } from '../state/ports.ts';
import type { StatePorts } from '../state/read-state.ts';
import { type Clients, patientDynamoOf } from './clients.ts';
import type { Base } from './hub-ports.ts';
import { eventsTable } from './stores.ts';

/** Pages of 5,000 events or 1 MiB that a request for a state folds by itself: some 8 s on a function that has 10. */
export const MOST_STATE_PAGES = 40;

/** Undefined for a process that was not told of the table: one on a stack of an earlier version. */
export function statePorts(
  env: Environment,
  common: Base,
  { dynamo = dynamoClient() }: Clients = {},
): StatePorts | undefined {
  if (!env.STATES_TABLE) return undefined;
  const events = eventsTable(env, dynamo);
  const headReader = new HeadReader({ log: events, records: events, clock: common.clock });
  const states = statesTable(env, common, dynamo);
  return { log: readFollowing(events, headReader), headReader, states, mostPages: MOST_STATE_PAGES };
}

export function foldPorts(env: Environment, common: Base, clients: Clients = {}): FoldAllPorts {
  const dynamo = patientDynamoOf(clients, common);
  const log = eventsTable(env, dynamo);
  const directory = new ChannelIndex({ client: dynamo, table: required(env, 'EVENTS_TABLE') });
  return { ...common, log, records: log, directory, states: statesTable(env, common, dynamo) };
}

/** Undefined for a process that was not told of the table. */
export function stateErasure(
  env: Environment,
  common: Base,
  client: DynamoDBClient,
): StateErasure | undefined {
  return env.STATES_TABLE ? statesTable(env, common, client) : undefined;
}

function statesTable(env: Environment, { clock }: Base, client: DynamoDBClient): StatesTable {
  return new StatesTable({ client, table: required(env, 'STATES_TABLE'), clock });
}

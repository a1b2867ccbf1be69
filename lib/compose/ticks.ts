/** Ticks on AWS: a part of the sweep. */

import type { Environment } from '../config.ts';
import type { TickPorts } from '../expectations/tick.ts';
import { HeadReader, readFollowing } from '../log/read/head-reader.ts';
import { type Clients, dynamoOf, sqsOf } from './clients.ts';
import { teller } from './expectations.ts';
import type { Base } from './hub-ports.ts';
import { publishPorts } from './publish.ts';
import { eventsTable, expectationsTable } from './stores.ts';

export function tickPorts(env: Environment, common: Base, clients: Clients = {}): TickPorts {
  const dynamo = dynamoOf(clients, common);
  const sqs = sqsOf(clients, common);
  const events = eventsTable(env, dynamo);
  const headReader = new HeadReader({ log: events, records: events, clock: common.clock });
  return {
    ...common,
    expectations: expectationsTable(env, dynamo),
    log: readFollowing(events, headReader),
    headReader,
    tell: teller(publishPorts(env, common, { dynamo, sqs })),
  };
}

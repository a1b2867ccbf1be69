/** A process that publishes, on AWS. */

import { WaitersTable } from '../aws/dynamodb/waiters-table.ts';
import { MailboxQueues } from '../aws/sqs/mailbox-queues.ts';
import { type Environment, required } from '../config.ts';
import { Arming } from '../expectations/arming.ts';
import { Appender } from '../log/append/appender.ts';
import type { PublishPorts } from '../publish/publish.ts';
import { Bell } from '../wakeup/bell.ts';
import { type Clients, dynamoOf, sqsOf } from './clients.ts';
import type { Base } from './hub-ports.ts';
import { retentionMs } from './settings.ts';
import { eventsTable, expectationsTable, idDigestsTable, streamsTable } from './stores.ts';

export function publishPorts(env: Environment, common: Base, clients: Clients = {}): PublishPorts {
  const dynamo = dynamoOf(clients, common);
  const sqs = sqsOf(clients, common);
  const log = eventsTable(env, dynamo);
  return {
    appender: new Appender({
      ...common,
      log,
      records: log,
      digests: idDigestsTable(env, dynamo),
      streams: streamsTable(env, dynamo),
      retentionMs: retentionMs(env),
    }),
    bell: new Bell(ringPorts(env, common, { dynamo, sqs })),
    expecting: new Arming({ ...common, expectations: expectationsTable(env, dynamo) }),
  };
}

export function ringPorts(
  env: Environment,
  common: Base,
  { dynamo, sqs }: Required<Pick<Clients, 'dynamo' | 'sqs'>>,
) {
  return {
    ...common,
    waiters: new WaitersTable({ client: dynamo, table: required(env, 'WAITERS_TABLE') }),
    mailboxes: new MailboxQueues({ client: sqs, prefix: required(env, 'MAILBOX_PREFIX') }),
  };
}

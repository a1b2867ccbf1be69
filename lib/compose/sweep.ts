/** The sweep of mailboxes, on AWS. */

import { MailboxRegistryTable } from '../aws/dynamodb/mailbox-registry.ts';
import { MailboxQueues } from '../aws/sqs/mailbox-queues.ts';
import { type Environment, required } from '../config.ts';
import type { SweepPorts } from '../wakeup/mailbox-sweep.ts';
import { type Clients, dynamoOf, sqsOf } from './clients.ts';
import type { Base } from './hub-ports.ts';

export function sweepPorts(env: Environment, common: Base, clients: Clients = {}): SweepPorts {
  const dynamo = dynamoOf(clients, common);
  const sqs = sqsOf(clients, common);
  const registry = new MailboxRegistryTable({ client: dynamo, table: required(env, 'WAITERS_TABLE') });
  const mailboxes = new MailboxQueues({ client: sqs, prefix: required(env, 'MAILBOX_PREFIX') });
  return { ...common, registry, mailboxes };
}

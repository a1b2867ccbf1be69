/** A process that holds polls, on AWS. */

import { dynamoClient, sqsClient } from '../aws/clients.ts';
import { RegisterTable } from '../aws/dynamodb/mailbox-registry.ts';
import { WaitersTable } from '../aws/dynamodb/waiters-table.ts';
import { MailboxQueues } from '../aws/sqs/mailbox-queues.ts';
import {
  type Environment,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
  required,
} from '../config.ts';
import type { LateCursors } from '../cursors/write-behind.ts';
import { Heads } from '../log/read/head-reader.ts';
import { readByFew } from '../log/read/limited-reads.ts';
import { HeldPolls, superseded } from '../poll/held-polls.ts';
import type { PollPorts } from '../poll/poll.ts';
import { Pace } from '../poll/repeat-limiter.ts';
import { Deferred } from '../runtime/after-response.ts';
import { Mailbox } from '../wakeup/mailbox.ts';
import { Watcher, type WatcherPorts } from '../wakeup/watch-registry.ts';
import type { Clients } from './base.ts';
import type { Base } from './hub-ports.ts';
import { cursorsTable, eventsTable } from './stores.ts';

export function pollPorts(
  env: Environment,
  common: Base,
  clients: Clients = {},
  { late, ...living }: Living = {},
): PollPorts & { readonly mailbox: Mailbox } {
  const { dynamo = dynamoClient(), sqs = sqsClient() } = clients;
  const prefix = required(env, 'MAILBOX_PREFIX');
  const table = required(env, 'WAITERS_TABLE');
  const events = eventsTable(env, dynamo);
  const log = readByFew(events);
  const mailboxes = new MailboxQueues({ client: sqs, prefix });
  const deferred = new Deferred(common.logger);
  const held = new HeldPolls(maxHeldPolls(env), maxHeldPollsPerToken(env));
  const heads = new Heads({ log, lives: events, clock: common.clock });
  const register = new RegisterTable({ client: dynamo, table });
  // The watcher arms with the mailbox's address, the mailbox brings the watcher its rings: each needs the other.
  const mailbox: Mailbox = new Mailbox(
    { ...common, mailboxes, register, deferred, prefix },
    (doorbell) =>
      doorbell.kind === 'ring' ? watcher.heard(doorbell) : superseded(held, late, doorbell.nonce),
    () => watcher.moved(),
  );
  const waiters = new WaitersTable({ client: dynamo, table });
  const watcher = new Watcher({ ...common, ...living, log, heads, waiters, mailbox });
  return {
    ...common,
    log,
    heads,
    cursors: late ?? cursorsTable(env, dynamo),
    mailboxes,
    mailbox,
    watcher,
    held,
    deferred,
    pace: new Pace(common.clock, repeatsPerSecond(env)),
  };
}

/** What differs between a process that Lambda may freeze and one that lives on. */
export type Living = Pick<WatcherPorts, 'lingerMs' | 'soon'> & { readonly late?: LateCursors | undefined };

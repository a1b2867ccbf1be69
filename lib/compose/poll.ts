/** A process that holds polls, on AWS. */

import { MailboxRegistryTable } from '../aws/dynamodb/mailbox-registry.ts';
import { WaitersTable } from '../aws/dynamodb/waiters-table.ts';
import { MailboxQueues } from '../aws/sqs/mailbox-queues.ts';
import { type Environment, required } from '../config.ts';
import type { WriteBehindCursors } from '../cursors/write-behind.ts';
import { HeadReader, readFollowing } from '../log/read/head-reader.ts';
import { readByFew } from '../log/read/limited-reads.ts';
import { HeldPolls, superseded } from '../poll/held-polls.ts';
import type { PollPorts } from '../poll/poll.ts';
import { RepeatLimiter } from '../poll/repeat-limiter.ts';
import { AfterResponse } from '../runtime/after-response.ts';
import { Mailbox } from '../wakeup/mailbox.ts';
import { WatchRegistry, type WatchRegistryPorts } from '../wakeup/watch-registry.ts';
import { type Clients, dynamoOf, sqsOf } from './clients.ts';
import type { Base } from './hub-ports.ts';
import { maxHeldPolls, maxHeldPollsPerToken, repeatsPerSecond } from './settings.ts';
import { cursorsTable, eventsTable } from './stores.ts';

export function pollPorts(
  env: Environment,
  common: Base,
  clients: Clients = {},
  { late, ...living }: Living = {},
): PollPorts & OnQueues {
  const dynamo = dynamoOf(clients, common);
  const sqs = sqsOf(clients, common);
  const prefix = required(env, 'MAILBOX_PREFIX');
  const table = required(env, 'WAITERS_TABLE');
  const events = eventsTable(env, dynamo);
  const mailboxes = new MailboxQueues({ client: sqs, prefix });
  const afterResponse = new AfterResponse(common.logger);
  const held = new HeldPolls(maxHeldPolls(env), maxHeldPollsPerToken(env));
  const few = readByFew(events);
  const headReader = new HeadReader({ log: few, records: events, clock: common.clock });
  const log = readFollowing(few, headReader);
  const registry = new MailboxRegistryTable({ client: dynamo, table });
  // The watch registry arms with the mailbox's address, the mailbox brings the registry its rings: each needs the other.
  const mailbox: Mailbox = new Mailbox(
    { ...common, mailboxes, registry, afterResponse, prefix },
    (doorbell) =>
      doorbell.kind === 'ring' ? watchRegistry.heard(doorbell) : superseded(held, late, doorbell.nonce),
    () => watchRegistry.moved(),
  );
  const waiters = new WaitersTable({ client: dynamo, table });
  const watchRegistry = new WatchRegistry({ ...common, ...living, log, headReader, waiters, mailbox });
  return {
    ...common,
    log,
    headReader,
    cursors: late ?? cursorsTable(env, dynamo),
    mailboxes,
    registry,
    waiters,
    mailbox,
    watchRegistry,
    held,
    afterResponse,
    repeatLimiter: new RepeatLimiter(common.clock, repeatsPerSecond(env)),
  };
}

/** What stands behind its ports here. */
export interface OnQueues {
  readonly mailbox: Mailbox;
  readonly mailboxes: MailboxQueues;
  readonly registry: MailboxRegistryTable;
  readonly waiters: WaitersTable;
}

/** What differs between a process that Lambda may freeze and one that lives on. */
export type Living = Pick<WatchRegistryPorts, 'lingerMs' | 'soon'> & {
  readonly late?: WriteBehindCursors | undefined;
};

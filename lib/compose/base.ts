/**
 * The composition root: from an environment to real ports. The only file in `lib/` that knows `lib/aws`. Each function takes just the part
 * that it needs, so its bundle carries nothing else.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { watchCalls } from '../aws/call-observer.ts';
import { dynamoClient, sqsClient, ssmClient } from '../aws/clients.ts';
import { ChannelIndex } from '../aws/dynamodb/channel-index.ts';
import { CursorsTable } from '../aws/dynamodb/cursors-table.ts';
import { EventsTable } from '../aws/dynamodb/events-table.ts';
import { RegisterTable, WaitersTable } from '../aws/dynamodb/waiters-table.ts';
import { SqsDeadLetterQueue } from '../aws/sqs/dead-letter-queue.ts';
import { SqsDeadLetters, SqsIngestQueue } from '../aws/sqs/ingest-queue.ts';
import { MailboxQueues } from '../aws/sqs/mailbox-queues.ts';
import { readSecrets } from '../aws/ssm/secret-parameter.ts';
import type { ChannelPorts } from '../channels/channels.ts';
import type { Kept } from '../channels/transfer.ts';
import {
  cursorDelayMs,
  cursorMs,
  type Environment,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
  required,
  retentionMs,
} from '../config.ts';
import { LateCursors } from '../cursors/write-behind.ts';
import { Appender } from '../log/append/appender.ts';
import type { DeadLetters, IngestQueue } from '../log/ports.ts';
import { Heads } from '../log/read/head-reader.ts';
import { readByFew } from '../log/read/limited-reads.ts';
import { HeldPolls, superseded } from '../poll/client-session.ts';
import type { PollPorts } from '../poll/poll.ts';
import { Pace } from '../poll/repeat-limiter.ts';
import type { IngestPorts } from '../publish/ingest.ts';
import type { PublishPorts } from '../publish/publish.ts';
import type { RedrivePorts } from '../publish/redrive.ts';
import { Deferred } from '../runtime/after-response.ts';
import { systemChance, systemClock, systemLoop } from '../runtime/system.ts';
import { powertoolsLogger } from '../telemetry/logger.ts';
import { powertoolsMeter } from '../telemetry/metrics.ts';
import { Bell } from '../wakeup/bell.ts';
import { LocalBell } from '../wakeup/in-process-bell.ts';
import { Mailbox } from '../wakeup/mailbox.ts';
import type { SweepPorts } from '../wakeup/mailbox-sweep.ts';
import { Watcher, type WatcherPorts } from '../wakeup/watch-registry.ts';
import { gateOf } from './auth.ts';
import { type Base, type Compose, type Gate, type HubPorts, type HubSeams, LINGER_MS } from './hub-ports.ts';

export type { Base, HubPorts, HubSeams };

/** The AWS clients to use; each is made from the process's environment when it is not given. */
export interface Clients {
  readonly dynamo?: DynamoDBClient;
  readonly sqs?: SQSClient;
  readonly ssm?: SSMClient;
}

export function base(): Base {
  return { clock: systemClock, chance: systemChance, logger: powertoolsLogger(), meter: powertoolsMeter() };
}

/** Who is let in, as the environment says. Throws when it names no key. */
export function access(env: Environment, common: Base, { ssm }: Clients = {}): Gate {
  return gateOf(env, common, (name) => readSecrets(ssm ?? ssmClient(), name));
}

/** What differs between a process that Lambda may freeze and one that lives on. */
type Living = Pick<WatcherPorts, 'lingerMs' | 'soon'> & { readonly late?: LateCursors | undefined };

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

export function publishPorts(env: Environment, common: Base, clients: Clients = {}): PublishPorts {
  const { dynamo = dynamoClient(), sqs = sqsClient() } = clients;
  const log = eventsTable(env, dynamo);
  return {
    appender: new Appender({ ...common, log, lives: log, retentionMs: retentionMs(env) }),
    bell: new Bell(ringPorts(env, common, { dynamo, sqs })),
  };
}

function ringPorts(
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

/** In a burst a hub looks 50 times a second for whom to ring elsewhere, and not once for each block. */
const LOOK_REST_MS = 20;

/** A hub on AWS. */
export function onAws(env: Environment, clients: Clients = {}): Compose {
  return (common, seams) => ({
    ports: hubPorts(env, common, clients, seams),
    gate: access(env, common, clients),
  });
}

/** Listen to `poll.mailbox` as long as the process lives, and flush `poll.deferred` now and then. */
export function hubPorts(
  env: Environment,
  common: Base,
  clients: Clients = {},
  { onCall, loop = systemLoop }: HubSeams = {},
): HubPorts<Mailbox> {
  const { dynamo = dynamoClient(), sqs = sqsClient() } = clients;
  if (onCall)
    for (const client of [dynamo, sqs]) watchCalls(client, ({ operation }) => void onCall(operation));
  const delayMs = cursorDelayMs(env);
  const late =
    delayMs === 0 ? undefined : new LateCursors({ ...common, table: cursorsTable(env, dynamo), delayMs });
  const living = { lingerMs: LINGER_MS, soon: loop.soon, late };
  const poll = pollPorts(env, common, { dynamo, sqs }, living);
  const log = eventsTable(env, dynamo);
  const told = () => new Promise<void>((resolve) => loop.soon(resolve));
  const retention = retentionMs(env);
  const appender = new Appender({ ...common, log, lives: log, retentionMs: retention, arrivals: loop.turn });
  const isOwn = (mailbox: string) => poll.mailbox.isOwn(mailbox);
  const others = new Bell({ ...ringPorts(env, common, { dynamo, sqs }), isOwn, restMs: LOOK_REST_MS });
  const bell = new LocalBell({ bell: others, watcher: poll.watcher, told, written: loop.turn });
  return { poll, publish: { appender, bell }, bell, channels: channelPorts(env, common, { dynamo }), late };
}

export function ingestPorts(env: Environment, common: Base, clients: Clients = {}): IngestPorts {
  const { dynamo = dynamoClient(), sqs = sqsClient() } = clients;
  const deadLetters = deadLettersOn(env, { sqs });
  return { ...publishPorts(env, common, { dynamo, sqs }), ...common, deadLetters };
}

export function deadLettersOn(env: Environment, { sqs = sqsClient() }: Clients = {}): DeadLetters {
  return new SqsDeadLetters({ client: sqs, url: required(env, 'DEAD_LETTER_QUEUE_URL') });
}

/** What is kept of the channels: for copying them elsewhere, or from there. */
export function storesOnAws(env: Environment, { dynamo = dynamoClient() }: Clients = {}): Kept {
  const log = eventsTable(env, dynamo);
  const directory = new ChannelIndex({ client: dynamo, table: required(env, 'EVENTS_TABLE') });
  return { log, lives: log, directory, cursors: cursorsTable(env, dynamo) };
}

export function redrivePorts(env: Environment, { sqs = sqsClient() }: Clients = {}): RedrivePorts {
  return {
    chance: systemChance,
    ingestQueue: new SqsIngestQueue({ client: sqs, url: required(env, 'INGEST_QUEUE_URL') }),
    deadLetters: new SqsDeadLetterQueue({ client: sqs, url: required(env, 'DEAD_LETTER_QUEUE_URL') }),
  };
}

export function sweepPorts(env: Environment, common: Base, clients: Clients = {}): SweepPorts {
  const { dynamo = dynamoClient(), sqs = sqsClient() } = clients;
  const register = new RegisterTable({ client: dynamo, table: required(env, 'WAITERS_TABLE') });
  const mailboxes = new MailboxQueues({ client: sqs, prefix: required(env, 'MAILBOX_PREFIX') });
  return { ...common, register, mailboxes };
}

export function channelPorts(env: Environment, common: Base, clients: Clients = {}): ChannelPorts {
  const { dynamo = dynamoClient() } = clients;
  const log = eventsTable(env, dynamo);
  const heads = new Heads({ log, lives: log, clock: common.clock });
  const directory = new ChannelIndex({ client: dynamo, table: required(env, 'EVENTS_TABLE') });
  return { ...common, log, directory, heads, cursors: cursorsTable(env, dynamo) };
}

export function ingestQueue(env: Environment, { sqs = sqsClient() }: Clients = {}): IngestQueue {
  return new SqsIngestQueue({ client: sqs, url: required(env, 'INGEST_QUEUE_URL') });
}

function eventsTable(env: Environment, client: DynamoDBClient): EventsTable {
  return new EventsTable({ client, table: required(env, 'EVENTS_TABLE') });
}

function cursorsTable(env: Environment, client: DynamoDBClient): CursorsTable {
  return new CursorsTable({ client, table: required(env, 'CURSORS_TABLE'), keepMs: cursorMs(env) });
}

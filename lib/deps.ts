/**
 * The composition root: from an environment to real ports. The only file in `lib/` that knows `lib/aws`. Each function takes just the part
 * that it needs, so its bundle carries nothing else.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { Appender } from './append.ts';
import { jwksKeys, type Keys, secretKeys } from './auth/keys.ts';
import { tokenSettings } from './auth/settings.ts';
import { Verifier } from './auth/tokens.ts';
import { watchCalls } from './aws/calls.ts';
import { ChannelIndex } from './aws/channel-index.ts';
import { dynamoClient, sqsClient, ssmClient } from './aws/clients.ts';
import { CursorsTable } from './aws/cursors-table.ts';
import { SqsDeadLetterQueue } from './aws/dead-letter-queue.ts';
import { EventsTable } from './aws/events-table.ts';
import { SqsDeadLetters, SqsIngestQueue } from './aws/ingest-queues.ts';
import { MailboxQueues } from './aws/mailbox-queues.ts';
import { readSecrets } from './aws/secret-parameter.ts';
import { RegisterTable, WaitersTable } from './aws/waiters-table.ts';
import type { ChannelPorts } from './channels.ts';
import { systemChance, systemClock, systemLoop } from './clock.ts';
import {
  corsHeaders,
  corsOrigins,
  cursorDelayMs,
  cursorMs,
  type Environment,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
  required,
  retentionMs,
} from './config.ts';
import { Deferred } from './deferred.ts';
import { Heads } from './heads.ts';
import type { Access } from './http/app.ts';
import { type Authenticate, authenticate } from './http/authenticate.ts';
import type { IngestPorts } from './ingest.ts';
import { LateCursors } from './late-cursors.ts';
import { LocalBell } from './local-bell.ts';
import { powertoolsLogger } from './log.ts';
import { Mailbox } from './mailbox.ts';
import { type InvocationMeter, powertoolsMeter } from './meter.ts';
import { Pace } from './pace.ts';
import type { PollPorts } from './poll.ts';
import type { Chance, Clock, EventLoop, IngestQueue, Logger } from './ports.ts';
import { HeldPolls, superseded } from './presence.ts';
import type { PublishPorts } from './publish.ts';
import type { RedrivePorts } from './redrive.ts';
import { Bell } from './ring.ts';
import type { SweepPorts } from './sweep.ts';
import { Watcher, type WatcherPorts } from './watcher.ts';

/** What every function has. */
export interface Base {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
  readonly meter: InvocationMeter;
}

/** The AWS clients to use; each is made from the process's environment when it is not given. */
export interface Clients {
  readonly dynamo?: DynamoDBClient;
  readonly sqs?: SQSClient;
  readonly ssm?: SSMClient;
}

export function base(): Base {
  return { clock: systemClock, chance: systemChance, logger: powertoolsLogger(), meter: powertoolsMeter() };
}

/** Checks tokens with the keys that the environment names. Throws when it names none. */
function gate(
  env: Environment,
  common: Base,
  { ssm }: Clients,
): { readonly authenticate: Authenticate; readonly verifier: Verifier } {
  const { secrets, secretParameter, jwks, claims, carriers, revoked } = tokenSettings(env);
  const keys: Keys[] = [];
  if (secretParameter !== undefined)
    keys.push(secretKeys(() => readSecrets(ssm ?? ssmClient(), secretParameter), common));
  else if (secrets.length > 0) keys.push(secretKeys(async () => secrets, common));
  if (jwks) keys.push(jwksKeys(jwks, common));
  // In Lambda: while the environment starts, not while a reader waits.
  for (const each of keys) each.warm();
  const verifier = new Verifier({ keys, claims, revoked, clock: common.clock });
  return { authenticate: authenticate(verifier, carriers), verifier };
}

/** Who is let in, as the environment says. */
export function access(
  env: Environment,
  common: Base,
  clients: Clients = {},
): Access & { readonly verifier: Verifier } {
  return { ...gate(env, common, clients), corsOrigins: corsOrigins(env), corsHeaders: corsHeaders(env) };
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
  const log = eventsTable(env, dynamo);
  const mailboxes = new MailboxQueues({ client: sqs, prefix });
  const deferred = new Deferred(common.logger);
  const held = new HeldPolls(maxHeldPolls(env), maxHeldPollsPerToken(env));
  const heads = new Heads({ log, lives: log, clock: common.clock });
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

/** A process that serves everything and lives on: what it publishes itself, its own readers hear of without SQS. */
export interface HubPorts {
  readonly poll: PollPorts & { readonly mailbox: Mailbox };
  readonly publish: PublishPorts;
  readonly bell: LocalBell;
  readonly channels: ChannelPorts;
  /** Where its clients have come to, and what is to be flushed before it ends; absent where each poll saves that. */
  readonly late: LateCursors | undefined;
}

/** How long a hub keeps a channel in mind that nobody polls: longer than a client takes to come again after an error (30 s at most). */
const LINGER_MS = 45_000;

/** In a burst a hub looks 50 times a second for whom to ring elsewhere, and not once for each block. */
const LOOK_REST_MS = 20;

export interface HubSeams {
  /** Told of every attempt of an AWS call. */
  readonly onCall?: (operation: string) => void;
  readonly loop?: EventLoop;
}

/** Listen to `poll.mailbox` as long as the process lives, and flush `poll.deferred` now and then. */
export function hubPorts(
  env: Environment,
  common: Base,
  clients: Clients = {},
  { onCall, loop = systemLoop }: HubSeams = {},
): HubPorts {
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
  const deadLetters = new SqsDeadLetters({ client: sqs, url: required(env, 'DEAD_LETTER_QUEUE_URL') });
  return { ...publishPorts(env, common, { dynamo, sqs }), ...common, deadLetters };
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

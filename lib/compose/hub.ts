/** A hub on AWS: a process that serves everything and lives on. */

import { observeCalls } from '../aws/call-observer.ts';
import type { Environment } from '../config.ts';
import { WriteBehindCursors } from '../cursors/write-behind.ts';
import { Arming } from '../expectations/arming.ts';
import { Appender } from '../log/append/appender.ts';
import { systemLoop } from '../runtime/system.ts';
import { KnownStreams } from '../streams/known-streams.ts';
import { Bell } from '../wakeup/bell.ts';
import { InProcessBell } from '../wakeup/in-process-bell.ts';
import type { Mailbox } from '../wakeup/mailbox.ts';
import { access } from './base.ts';
import { channelPorts } from './channels.ts';
import { type Clients, dynamoOf, sqsOf } from './clients.ts';
import { type Base, type Compose, type HubPorts, type HubSeams, LINGER_MS } from './hub-ports.ts';
import { deadLetterQueues } from './ingest.ts';
import { pollPorts } from './poll.ts';
import { ringPorts } from './publish.ts';
import { cursorDelayMs, retentionMs } from './settings.ts';
import { statePorts } from './states.ts';
import { cursorsTable, eventsTable, expectationsTable, idDigestsTable, streamsTable } from './stores.ts';
import { redactPorts } from './streams.ts';

/** In a burst a hub looks 50 times a second for whom to ring elsewhere, and not once for each block. */
const LOOK_REST_MS = 20;

/** A hub on AWS. */
export function onAws(env: Environment, clients: Clients = {}): Compose {
  return (common, seams) => ({
    ports: hubPorts(env, common, clients, seams),
    gate: access(env, common, clients),
  });
}

/** Listen to `poll.mailbox` as long as the process lives, and flush `poll.afterResponse` now and then. */
export function hubPorts(
  env: Environment,
  common: Base,
  clients: Clients = {},
  { onCall, loop = systemLoop, schemas }: HubSeams = {},
): HubPorts<Mailbox> {
  const dynamo = dynamoOf(clients, common);
  const sqs = sqsOf(clients, common);
  if (onCall)
    for (const client of [dynamo, sqs]) observeCalls(client, ({ operation }) => void onCall(operation));
  const delayMs = cursorDelayMs(env);
  const late =
    delayMs === 0
      ? undefined
      : new WriteBehindCursors({ ...common, table: cursorsTable(env, dynamo), delayMs });
  const living = { lingerMs: LINGER_MS, soon: loop.soon, late };
  const poll = pollPorts(env, common, { dynamo, sqs }, living);
  const log = eventsTable(env, dynamo);
  const streams = streamsTable(env, dynamo);
  const told = () => new Promise<void>((resolve) => loop.soon(resolve));
  const retention = retentionMs(env);
  const appender = new Appender({
    ...common,
    log,
    records: log,
    digests: idDigestsTable(env, dynamo),
    streams,
    retentionMs: retention,
    arrivals: loop.nextTick,
  });
  const isOwn = (mailbox: string) => poll.mailbox.isOwn(mailbox);
  const others = new Bell({ ...ringPorts(env, common, { dynamo, sqs }), isOwn, restMs: LOOK_REST_MS });
  const bell = new InProcessBell({
    bell: others,
    watchRegistry: poll.watchRegistry,
    told,
    written: loop.nextTick,
  });
  const knownStreams = new KnownStreams(common.clock);
  const streaming = { ...poll, log, records: log, streams, appender, bell, knownStreams, schemas };
  const channels = channelPorts(env, common, { dynamo });
  const state = statePorts(env, common, { dynamo });
  const queues = deadLetterQueues(env, common, { sqs });
  // The ticks are the sweep's.
  const expecting = new Arming({ ...common, expectations: expectationsTable(env, dynamo) });
  const publish = { appender, bell, expecting, schemas };
  const deadLetters = () => queues;
  const erasing = { ...redactPorts(env, common, { dynamo }), ...streaming };
  const served = { poll, publish, bell, streams: streaming, channels, erasing, late, deadLetters };
  return state ? { ...served, state } : served;
}

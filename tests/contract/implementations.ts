/**
 * What the contract suites run against: the ports in memory, lib/aws on the ground chosen (the embedded emulators, the second pair,
 * or AWS itself) on tables and queues of its own, and lib/sqlite on a file. The last has no mailboxes: its process is alone.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChannelIndex } from '../../lib/aws/dynamodb/channel-index.ts';
import { CursorsTable } from '../../lib/aws/dynamodb/cursors-table.ts';
import { EventsTable } from '../../lib/aws/dynamodb/events-table.ts';
import { ExpectationsTable } from '../../lib/aws/dynamodb/expectations-table.ts';
import { IdDigestsTable } from '../../lib/aws/dynamodb/id-digests-table.ts';
import { MailboxRegistryTable } from '../../lib/aws/dynamodb/mailbox-registry.ts';
import { RedactionsTable } from '../../lib/aws/dynamodb/redactions-table.ts';
import { StreamsTable } from '../../lib/aws/dynamodb/streams-table.ts';
import { WaitersTable } from '../../lib/aws/dynamodb/waiters-table.ts';
import { MailboxQueues } from '../../lib/aws/sqs/mailbox-queues.ts';
import { required } from '../../lib/config.ts';
import { systemClock } from '../../lib/runtime/system.ts';
import { SqliteChannelRecords } from '../../lib/sqlite/channel-records.ts';
import { SqliteCursors } from '../../lib/sqlite/cursors.ts';
import type { Durability } from '../../lib/sqlite/database.ts';
import { Database } from '../../lib/sqlite/database.ts';
import { SqliteEventLog } from '../../lib/sqlite/event-log.ts';
import { SqliteExpectations } from '../../lib/sqlite/expectations.ts';
import { SqliteIdDigests } from '../../lib/sqlite/id-digests.ts';
import { SqliteRedactions } from '../../lib/sqlite/redactions.ts';
import { SqliteStreamStore } from '../../lib/sqlite/stream-store.ts';
import type { Mailboxes } from '../../lib/wakeup/ports.ts';
import type {
  Implementation,
  Ports,
  PromisingStores,
} from '../../packages/testing/src/contract/implementation.ts';
import { MemoryDigests } from '../../packages/testing/src/memory/digests.ts';
import { MemoryExpectations } from '../../packages/testing/src/memory/expectations.ts';
import {
  MemoryCursors,
  MemoryLog,
  MemoryMailboxes,
  MemoryMailboxRegistry,
  MemoryWaiters,
} from '../../packages/testing/src/memory/stores.ts';
import { MemoryLogger, replacing } from '../support/memory/doubles.ts';
import { memoryClients } from '../support/memory/memory-clients.ts';
import { MemoryDynamo } from '../support/memory/memory-dynamo.ts';
import { MemorySqs } from '../support/memory/memory-sqs.ts';
import { environmentOf, freshClients } from '../support/stack/process.ts';
import { GROUND, missing, startStack } from '../support/stack/stack.ts';

const HOUR_MS = 3_600_000;

const memory: Implementation<Ports & PromisingStores> = {
  name: 'in memory',
  start: async () => {
    const log = new MemoryLog();
    return {
      log,
      directory: log,
      streams: log.streams,
      digests: new MemoryDigests(),
      cursors: new MemoryCursors(),
      expectations: new MemoryExpectations(),
      redactions: log,
      waiters: new MemoryWaiters(),
      registry: new MemoryMailboxRegistry(),
      mailboxes: new MemoryMailboxes(systemClock),
      prefix: 'mailbox-',
      stop: async () => undefined,
    };
  },
};

const GROUNDS = {
  local: 'on the embedded emulators',
  second: 'on moto and ElasticMQ',
  aws: 'on AWS',
};

const aws: Implementation<Ports & PromisingStores> = {
  name: `lib/aws ${GROUNDS[GROUND]}`,
  missing: missing(),
  async start() {
    const stack = await startStack();
    const env = environmentOf(stack);
    const { dynamo: client, sqs } = freshClients(stack);
    const events = { client, table: required(env, 'EVENTS_TABLE') };
    const waiters = { client, table: required(env, 'WAITERS_TABLE') };
    const prefix = required(env, 'MAILBOX_PREFIX');
    const stop = async () => {
      client.destroy();
      sqs.destroy();
      await stack.stop();
    };
    return {
      log: new EventsTable(events),
      directory: new ChannelIndex(events),
      streams: new StreamsTable(events),
      digests: new IdDigestsTable(events),
      expectations: new ExpectationsTable(events),
      redactions: new RedactionsTable(events),
      cursors: new CursorsTable({ client, table: required(env, 'CURSORS_TABLE'), keepMs: HOUR_MS }),
      waiters: new WaitersTable(waiters),
      registry: new MailboxRegistryTable(waiters),
      mailboxes: new MailboxQueues({ client: sqs, prefix }),
      prefix,
      stop,
    };
  },
};

/** What fault injection runs on (`tests/faults`). */
const memoryCommands: Implementation<Ports & PromisingStores> = {
  name: 'lib/aws on commands in memory',
  async start() {
    const dynamo = new MemoryDynamo(systemClock, { events: 'vid', cursors: 'client', waiters: 'mailbox' });
    const sqs = new MemorySqs(systemClock);
    const { dynamo: client, sqs: sqsClient } = memoryClients({ dynamo, sqs }, ({ input }, act) => act(input));
    return {
      log: new EventsTable({ client, table: 'events' }),
      directory: new ChannelIndex({ client, table: 'events' }),
      streams: new StreamsTable({ client, table: 'events' }),
      digests: new IdDigestsTable({ client, table: 'events' }),
      expectations: new ExpectationsTable({ client, table: 'events' }),
      redactions: new RedactionsTable({ client, table: 'events' }),
      cursors: new CursorsTable({ client, table: 'cursors', keepMs: HOUR_MS }),
      waiters: new WaitersTable({ client, table: 'waiters' }),
      registry: new MailboxRegistryTable({ client, table: 'waiters' }),
      mailboxes: abortable(new MailboxQueues({ client: sqsClient, prefix: 'mailbox-' })),
      prefix: 'mailbox-',
      stop: async () => undefined,
    };
  },
};

/** The SDK breaks off an aborted call further below than where these clients end. */
function abortable(mailboxes: MailboxQueues): Mailboxes {
  return replacing<Mailboxes>(mailboxes, {
    receive: (mailbox, waitSeconds, signal) => {
      const receiving = mailboxes.receive(mailbox, waitSeconds);
      if (!signal) return receiving;
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      return Promise.race([receiving, aborted]);
    },
  });
}

function sqlite(durability: Durability): Implementation<PromisingStores> {
  return {
    name: `lib/sqlite with DURABILITY=${durability}`,
    async start() {
      const folder = await mkdtemp(join(tmpdir(), 'doorbell-contract-'));
      const db = Database.open({ file: join(folder, 'log.db'), durability, logger: new MemoryLogger() });
      const streams = new SqliteStreamStore(db);
      const records = new SqliteChannelRecords(db, systemClock, streams);
      const events = new SqliteEventLog(db);
      return {
        log: {
          last: (...of) => events.last(...of),
          read: (...of) => events.read(...of),
          since: (...of) => events.since(...of),
          append: (...of) => events.append(...of),
          get: (...of) => records.get(...of),
          begin: (...of) => records.begin(...of),
          reserve: (...of) => records.reserve(...of),
        },
        directory: records,
        streams,
        digests: new SqliteIdDigests(db),
        expectations: new SqliteExpectations(db),
        redactions: new SqliteRedactions(db),
        cursors: new SqliteCursors(db),
        stop: async () => {
          db.close();
          await rm(folder, { recursive: true });
        },
      };
    },
  };
}

/** Memory and one machine are the same on any ground, so they are looked at once. */
export const IMPLEMENTATIONS: ReadonlyArray<Implementation<Ports & PromisingStores>> =
  GROUND === 'local' ? [memory, memoryCommands, aws] : [aws];

export const STORES: ReadonlyArray<Implementation<PromisingStores>> =
  GROUND === 'local' ? [...IMPLEMENTATIONS, sqlite('process'), sqlite('power')] : IMPLEMENTATIONS;

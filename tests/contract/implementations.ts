/**
 * What the contract suites run against: the ports in memory, and lib/aws on the ground chosen (the embedded emulators, the second pair,
 * or AWS itself), on tables and queues of its own.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { ChannelIndex } from '../../lib/aws/channel-index.ts';
import { CursorsTable } from '../../lib/aws/cursors-table.ts';
import { EventsTable } from '../../lib/aws/events-table.ts';
import { MailboxQueues } from '../../lib/aws/mailbox-queues.ts';
import { RegisterTable, WaitersTable } from '../../lib/aws/waiters-table.ts';
import { systemClock } from '../../lib/clock.ts';
import { required } from '../../lib/config.ts';
import type { Cursors, Directory, EventLog, Lives, Mailboxes, Register, Waiters } from '../../lib/ports.ts';
import { replacing } from '../support/doubles.ts';
import {
  MemoryCursors,
  MemoryLog,
  MemoryMailboxes,
  MemoryRegister,
  MemoryWaiters,
} from '../support/memory.ts';
import { memoryClients } from '../support/memory-clients.ts';
import { MemoryDynamo } from '../support/memory-dynamo.ts';
import { MemorySqs } from '../support/memory-sqs.ts';
import { environmentOf, freshClients } from '../support/process.ts';
import { GROUND, missing, startStack } from '../support/stack.ts';

export interface Ports {
  readonly log: EventLog & Lives;
  readonly directory: Directory;
  readonly cursors: Cursors;
  readonly waiters: Waiters;
  readonly register: Register;
  readonly mailboxes: Mailboxes;
  /** Every mailbox's name must begin with it. */
  readonly prefix: string;
  stop(): Promise<void>;
}

export interface Implementation {
  readonly name: string;
  start(): Promise<Ports>;
}

const HOUR_MS = 3_600_000;

const memory: Implementation = {
  name: 'in memory',
  start: async () => {
    const log = new MemoryLog();
    return {
      log,
      directory: log,
      cursors: new MemoryCursors(),
      waiters: new MemoryWaiters(),
      register: new MemoryRegister(),
      mailboxes: new MemoryMailboxes(systemClock),
      prefix: 'mailbox-',
      stop: async () => undefined,
    };
  },
};

const GROUNDS = {
  local: 'on the embedded emulators',
  second: 'on DynamoDB Local and local-aws-sqs',
  aws: 'on AWS',
};

const aws: Implementation = {
  name: `lib/aws ${GROUNDS[GROUND]}`,
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
      cursors: new CursorsTable({ client, table: required(env, 'CURSORS_TABLE'), keepMs: HOUR_MS }),
      waiters: new WaitersTable(waiters),
      register: new RegisterTable(waiters),
      mailboxes: new MailboxQueues({ client: sqs, prefix }),
      prefix,
      stop,
    };
  },
};

/** What fault injection runs on (`tests/faults`). */
const memoryCommands: Implementation = {
  name: 'lib/aws on commands in memory',
  async start() {
    const dynamo = new MemoryDynamo(systemClock, { events: 'vid', cursors: 'client', waiters: 'mailbox' });
    const sqs = new MemorySqs(systemClock);
    const { dynamo: client, sqs: sqsClient } = memoryClients({ dynamo, sqs }, ({ input }, act) => act(input));
    return {
      log: new EventsTable({ client, table: 'events' }),
      directory: new ChannelIndex({ client, table: 'events' }),
      cursors: new CursorsTable({ client, table: 'cursors', keepMs: HOUR_MS }),
      waiters: new WaitersTable({ client, table: 'waiters' }),
      register: new RegisterTable({ client, table: 'waiters' }),
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

/** Memory is the same on any ground, so it is looked at once. */
export const IMPLEMENTATIONS: readonly Implementation[] =
  GROUND === 'local' ? [memory, memoryCommands, aws] : [aws];

/** Declares tests that get the ports of one implementation, started before them and stopped after them. */
export function describeImplementation(
  port: string,
  implementation: Implementation & { readonly concurrent?: boolean },
  declare: (ports: () => Ports) => void,
): void {
  const { name, concurrent = false } = implementation;
  const why = missing();
  describe.skipIf(why !== undefined)(`${port}, ${name}${why ? `: ${why}` : ''}`, { concurrent }, () => {
    let ports: Ports | undefined;
    beforeAll(async () => {
      ports = await implementation.start();
    }, 30_000);
    afterAll(() => ports?.stop());
    declare(() => {
      if (!ports) throw new Error('the implementation has not been started');
      return ports;
    });
  });
}

/** A name that no other test uses. */
export function fresh(prefix = ''): string {
  return `${prefix}${randomUUID()}`;
}

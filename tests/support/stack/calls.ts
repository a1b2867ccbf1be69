/** Counts the calls that one process makes to AWS: every attempt that goes out, so that a retry counts too. */

import { vi } from 'vitest';
import { type Call, observeCalls } from '../../../lib/aws/call-observer.ts';
import type { Clients } from '../../../lib/compose/base.ts';
import { WAIT_MS } from '../time/limits.ts';
import { freshClients, startProcess } from './process.ts';
import { known } from './queues.ts';
import type { Stack } from './stack.ts';

export interface Calls {
  readonly clients: Required<Clients>;
  /** Resolves once the process sleeps on its mailbox, so that it has armed and checked whatever it polls. */
  asleep(): Promise<void>;
  /** Calls so far of one kind, for example `ReceiveMessage` or `PutItem waiters`. */
  of(kind: string): number;
  /** What was called since the last time, by kind. */
  take(): Readonly<Record<string, number>>;
}

/** Clients of one process's own, watched. A DynamoDB call is named with its table, without the stack's prefix. */
export function countCalls(stack: Stack): Calls {
  const clients = freshClients(stack);
  const total = new Map<string, number>();
  let recent: Record<string, number> = {};
  const receiving: string[] = [];
  const note = (kind: string) => {
    total.set(kind, (total.get(kind) ?? 0) + 1);
    recent[kind] = (recent[kind] ?? 0) + 1;
  };
  observeCalls(clients.dynamo, ({ operation, input }) => {
    const { TableName } = input as { TableName?: string };
    note(`${operation} ${TableName?.split('-').at(-1)}`);
    return undefined;
  });
  observeCalls(clients.sqs, ({ operation, input }: Call) => {
    note(operation);
    if (operation !== 'ReceiveMessage') return undefined;
    const { QueueUrl = '' } = input as { QueueUrl?: string };
    receiving.push(QueueUrl);
    return () => void receiving.splice(receiving.indexOf(QueueUrl), 1);
  });
  const receives = () => vi.waitUntil(() => receiving[0], { timeout: WAIT_MS, interval: 5 });
  return {
    clients,
    asleep: async () => {
      // A receive on a queue that SQS does not know yet is no sleep: it fails, and another follows.
      await known(stack.clients.sqs, await receives());
      await receives();
    },
    of: (kind) => total.get(kind) ?? 0,
    take: () => {
      const taken = recent;
      recent = {};
      return taken;
    },
  };
}

/** A process whose calls are counted. */
export function startCountedProcess(stack: Stack) {
  const calls = countCalls(stack);
  return { ...startProcess(stack, { clients: calls.clients }), calls };
}

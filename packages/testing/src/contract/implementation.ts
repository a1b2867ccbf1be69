/**
 * What a contract suite runs against: the ports of one implementation, started before its tests and stopped after them. For whoever writes a port of
 * his own: give each suite an `Implementation`, in a test file of Vitest.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Cursors } from '../../../../lib/cursors/ports.ts';
import type { ExpectationStore } from '../../../../lib/expectations/ports.ts';
import type {
  ChannelRecords,
  Directory,
  EventLog,
  IdDigests,
  Redactions,
  StreamStore,
} from '../../../../lib/log/ports.ts';
import type { Mailboxes, MailboxRegistry, Waiters } from '../../../../lib/wakeup/ports.ts';

/** What is kept: every implementation has it. */
export interface Stores {
  readonly log: EventLog & ChannelRecords;
  readonly directory: Directory;
  readonly streams: StreamStore;
  readonly digests: IdDigests;
  readonly cursors: Cursors;
  stop(): Promise<void>;
}

/** And what was promised, and what takes data out of the log: for the suites of `ExpectationStore` and `Redactions`. */
export interface PromisingStores extends Stores {
  readonly expectations: ExpectationStore;
  readonly redactions: Redactions;
}

/** And how processes tell each other. */
export interface Ports extends Stores {
  readonly waiters: Waiters;
  readonly registry: MailboxRegistry;
  readonly mailboxes: Mailboxes;
  /** Every mailbox's name must begin with it. */
  readonly prefix: string;
}

export interface Implementation<P extends Stores = Ports> {
  readonly name: string;
  /** Why it cannot be started here; then its tests are skipped, and say so. */
  readonly missing?: string | undefined;
  start(): Promise<P>;
}

/** Declares tests that get the ports of one implementation, started before them and stopped after them. */
export function describeImplementation<P extends Stores>(
  port: string,
  implementation: Implementation<P> & { readonly concurrent?: boolean },
  declare: (ports: () => P) => void,
): void {
  const { name, missing, concurrent = false } = implementation;
  const title = `${port}, ${name}${missing ? `: ${missing}` : ''}`;
  describe.skipIf(missing !== undefined)(title, { concurrent }, () => {
    let ports: P | undefined;
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

/** A reader and a publisher on a world in memory, with every call of the reader counted. */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import { newEvent } from '../../../lib/log/block.ts';
import type { ChannelRecords, EventLog } from '../../../lib/log/ports.ts';
import { publish } from '../../../lib/publish/publish.ts';
import type { Mailboxes, Waiters } from '../../../lib/wakeup/ports.ts';
import { Calls, counting } from './doubles.ts';
import { type Glasses, type MemoryProcess, memoryProcess, memoryWorld, WAIT_MS } from './world.ts';

/** A poll's wait, and the second that a receive may last beyond it. */
export const TO_THE_END_MS = WAIT_MS + 1000;

/** A publisher and a reader whose mailbox is no longer young. */
export async function setUpReader(glasses: Glasses = {}) {
  const world = memoryWorld();
  const calls = new Calls();
  const seen = { ...world, ...glasses };
  const counted: Glasses = {
    log: counting<EventLog & ChannelRecords>(seen.log, calls),
    waiters: counting<Waiters>(seen.waiters, calls),
    mailboxes: counting<Mailboxes>(seen.mailboxes, calls),
    cursors: counting(seen.cursors, calls),
  };
  const reader = memoryProcess(world, counted);
  const publisher = memoryProcess(world);
  await reader.poll.mailbox.address();
  await world.clock.advance(3000);
  calls.clear();
  return { world, clock: world.clock, calls, reader, publisher };
}

/** Publishes events of so many bytes each, one by one. */
export async function fill(
  process: MemoryProcess,
  channel: string,
  count: number,
  bytes: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await publish(process.publish, TRUSTED, channel, [newEvent(`large-${i}`, 'x'.repeat(bytes))], false);
  }
}

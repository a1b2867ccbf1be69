/** A mailbox on queues in memory, with every call counted and everything noted that it tells. */

import { AfterResponse } from '../../../lib/runtime/after-response.ts';
import type { Doorbell } from '../../../lib/wakeup/doorbell.ts';
import { Mailbox } from '../../../lib/wakeup/mailbox.ts';
import type { Mailboxes, MailboxRegistry } from '../../../lib/wakeup/ports.ts';
import { Calls, counting, MemoryLogger, MemoryMeter, replacing } from './doubles.ts';
import { memoryWorld } from './world.ts';

export function setUpMailbox(
  glasses: { mailboxes?: Partial<Mailboxes>; registry?: Partial<MailboxRegistry> } = {},
) {
  const world = memoryWorld();
  const { clock, random } = world;
  const calls = new Calls();
  const logger = new MemoryLogger();
  const meter = new MemoryMeter();
  const afterResponse = new AfterResponse(logger);
  const heard: Doorbell[] = [];
  let moves = 0;
  const mailboxes = counting(replacing(world.mailboxes, glasses.mailboxes ?? {}), calls);
  const registry = counting(replacing(world.registry, glasses.registry ?? {}), calls);
  const mailbox = new Mailbox(
    { mailboxes, registry, clock, random, logger, meter, afterResponse, prefix: 'mailbox-' },
    (doorbell) => heard.push(doorbell),
    () => {
      moves++;
    },
  );
  const listen = (ms: number) => mailbox.listen(clock.elapsed() + ms);
  return { world, clock, calls, logger, meter, afterResponse, heard, mailbox, listen, moves: () => moves };
}

export const noncesOf = (heard: readonly Doorbell[]) => heard.map(({ nonce }) => nonce);

/**
 * A log that is read by few at a time, or for so long in each turn: what a read brings is a megabyte and more in memory until its reader is answered, and
 * costs milliseconds. A thousand readers who come back at once, or one client that asks a thousand times, wait for each other, and hold up nobody else.
 */

import type { Turns } from '../../runtime/turns.ts';
import type { LogBlock } from '../block.ts';
import type { EventLog } from '../ports.ts';

/** Reads at once. The SDK has 50 connections for all calls; a read takes some 5 ms. */
export const MOST_READS = 32;

/** The same log, whose `read` begins when fewer than `most` others are under way, in the order in which they were asked for. */
export function readByFew(log: EventLog, most: number = MOST_READS): EventLog {
  const waiting: Array<() => void> = [];
  let reads = 0;
  const read = async (channel: string, after: number, limit: number): Promise<readonly LogBlock[]> => {
    if (reads < most) reads++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await log.read(channel, after, limit);
    } finally {
      const next = waiting.shift();
      // Its place goes on to the next.
      if (next) next();
      else reads--;
    }
  };
  return readingBy(log, read);
}

/** The same log, of which so much is read in each turn of the event loop: for one whose reads wait for nothing. */
export function readInTurns(log: EventLog, turns: Turns): EventLog {
  return readingBy(log, (channel, after, limit) => turns.take(() => log.read(channel, after, limit)));
}

function readingBy(log: EventLog, read: EventLog['read']): EventLog {
  return {
    read,
    last: (channel, after) => log.last(channel, after),
    since: (channel, sinceMs, span) => log.since(channel, sinceMs, span),
    append: (channel, block) => log.append(channel, block),
  };
}

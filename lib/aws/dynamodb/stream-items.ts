/** What is kept of streams, as items of the events table. Every item there has a number as its sort key: what has none of its own gets one from its name. */

import { hash } from 'node:crypto';
import type { Doomed, Fork, Incarnation } from '../../log/ports.ts';
import { recordOf, type StreamRecord } from '../../log/stream-record.ts';
import type { Producer } from '../../log/writers.ts';
import { type Item, number, optionalNumber, optionalText, text } from './items.ts';

/** Where the producers of a log stand that are on no block. No name and no log ends like this. */
export const producersOf = (log: string) => `${log}~producers`;
/** Where the logs stand that need this one. */
export const forksOf = (log: string) => `${log}~forks`;
/** Where the logs stand that will be removed: by time. */
export const DOOMED = '~doomed';

/** Logs that are due in one millisecond. */
const IN_A_MS = 512;

/** 52 bits, the same for the same text. */
export function numberOf(name: string): number {
  return Number.parseInt(hash('sha256', name, 'hex').slice(0, 13), 16);
}

/** Ascending by time. */
export function doomedKey({ due, log }: Doomed): number {
  return dueBound(due) + (numberOf(log) % IN_A_MS);
}

export function dueBound(ms: number): number {
  return ms * IN_A_MS;
}

/** The own item of a name. One that was made by PUT has an epoch too, for a Doorbell without streams, but nothing is reserved in it. */
export function incarnationOf(item: Item): Incarnation {
  const highWaterMark = optionalNumber(item, 'reserved') ?? 0;
  const record = optionalText(item, 'streamRecord');
  return {
    epoch: highWaterMark === 0 ? '' : text(item, 'epoch'),
    highWaterMark,
    ...(record === undefined
      ? {}
      : { stream: { version: number(item, 'streamVersion'), record: recordOf(record) } }),
  };
}

export function streamValues(version: number, record: StreamRecord): Item {
  return { ':record': { S: JSON.stringify(record) }, ':version': { N: String(version) } };
}

export function producerOf(item: Item): Producer {
  return {
    id: text(item, 'producer'),
    epoch: number(item, 'producerEpoch'),
    seq: number(item, 'producerSeq'),
  };
}

export function forkOf(item: Item): Fork {
  return { name: text(item, 'name'), log: text(item, 'log') };
}

export function doomedOf(item: Item): Doomed {
  return { ...forkOf(item), due: number(item, 'due') };
}

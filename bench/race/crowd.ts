/** Many readers of one server. They come a few at a time, so that no server's accept queue overflows. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyReader } from './reader.ts';

export interface Arrival {
  readonly atOnce: number;
  readonly pauseMs: number;
}

/** The `count` readers that `newReader` makes; each polls from then on. */
export async function arrive(
  count: number,
  newReader: (index: number) => AnyReader,
  { atOnce, pauseMs }: Arrival,
): Promise<AnyReader[]> {
  const readers: AnyReader[] = [];
  for (let i = 0; i < count; i++) {
    readers.push(newReader(i));
    if (i % atOnce === atOnce - 1) await sleep(pauseMs);
  }
  return readers;
}

export async function leave(readers: readonly AnyReader[]): Promise<void> {
  await Promise.all(readers.map((reader) => reader.leave()));
}

export function sum(readers: readonly AnyReader[], count: (reader: AnyReader) => number): number {
  return readers.reduce((total, reader) => total + count(reader), 0);
}

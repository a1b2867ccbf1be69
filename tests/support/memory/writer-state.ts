/** A publisher's view of one channel on a log in memory, whose calls are counted. */

import { lookUp } from '../../../lib/log/append/load-ids.ts';
import { freshWriterState } from '../../../lib/log/append/load-writer-state.ts';
import type { WriterState, WriterStatePorts } from '../../../lib/log/append/writer-state.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryDigests } from '../../../packages/testing/src/memory/digests.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { FakeClock } from '../time/clock.ts';
import { Calls, counting } from './doubles.ts';

export function setUpWriterState() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const calls = new Calls();
  const counted = counting(log, calls);
  const ports: WriterStatePorts = { log: counted, records: counted, clock };
  /** Appends a block as another process would. */
  const append = async (first: number, ids: readonly string[], epoch = 'e1') => {
    const at = new Date(clock.now()).toISOString();
    await log.append('doors', newBlock(first, ids, { epoch, at }));
    await log.begin('doors', { epoch, highWaterMark: 1000 });
  };
  const look = async (old?: WriterState, comparesIds = false) => {
    const state = await freshWriterState(ports, 'doors', old, 'new');
    if (comparesIds) await lookUp({ ...ports, digests: new MemoryDigests() }, state, old, ['asked']);
    return state;
  };
  return { clock, log, calls, ports, append, look };
}

export const idsOf = (state: WriterState) => [...(state.ids ?? [])].map(([id, { vid }]) => [id, vid]);

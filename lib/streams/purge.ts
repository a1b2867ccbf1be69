/**
 * Purging: removes the logs that nobody needs any more, and ends the streams whose time is over though nobody has asked for them. Each log is noted
 * when it is made or deleted, so nothing has to be searched for. May be repeated, and may run twice at once.
 */

import { type LogBlock, NEVER } from '../log/block.ts';
import type { Doomed } from '../log/ports.ts';
import { endOf, type StreamRecord } from '../log/stream-record.ts';
import { GRACE_MS, releaseSource } from './delete.ts';
import type { StreamPorts } from './ports.ts';

/** A log that forks still need is looked at again after this long: the last fork that is deleted notes it, too. */
const AGAIN_MS = 3_600_000;
/** Between two steps: a process on one file does nothing else meanwhile. */
const PAUSE_MS = 5;

/** Removes what is due, until `by` (ms of `Clock.elapsed`). Returns how many logs it has removed. */
export async function purge(ports: StreamPorts, by: number): Promise<number> {
  const { streams, clock } = ports;
  /** One log may be noted for several times. */
  const removed = new Set<string>();
  for (;;) {
    const due = await streams.doomed(clock.now());
    let isDone = true;
    for (const doomed of due) {
      if (clock.elapsed() >= by) return removed.size;
      const outcome = await purgeOne(ports, doomed, by);
      if (outcome === 'removed') removed.add(doomed.log);
      if (outcome !== 'kept') isDone = false;
    }
    if (isDone) return removed.size;
  }
}

/** `kept`: it is to be looked at again; `spared`: it is noted for another time, or not at all. */
async function purgeOne(
  ports: StreamPorts,
  doomed: Doomed,
  by: number,
): Promise<'removed' | 'spared' | 'kept'> {
  const { streams, records, clock } = ports;
  const { name, log } = doomed;
  const versioned = (await records.get(name))?.stream;
  const record = versioned?.record.log === log ? versioned.record : undefined;
  const last = await ports.log.last(log);
  const isMarked = last?.mark === 'deleted';
  if (record?.state === 'live') {
    const end = endOf(record);
    if (!isMarked && end > clock.now()) {
      // Read or written since, or made for good.
      if (Number.isFinite(end)) await streams.doom({ ...doomed, due: end });
      await streams.spare(doomed);
      return 'spared';
    }
    // Also of one that is marked: without its log, nothing but the record tells that it is over.
    if (!(await streams.swap(name, versioned?.version, { ...record, state: 'deleted' }))) return 'kept';
  }
  if (record && !isMarked && !(await markEnd(ports, record))) return 'kept';
  if (await isNeeded(ports, log, last)) {
    await streams.doom({ ...doomed, due: clock.now() + AGAIN_MS });
    await streams.spare(doomed);
    return 'spared';
  }
  if (record) await releaseSource(ports, name, record);
  while (await streams.purge(log)) {
    if (clock.elapsed() >= by) return 'kept';
    await clock.sleep(PAUSE_MS);
  }
  await streams.spare(doomed);
  return 'removed';
}

/**
 * Whether a fork still reads this log. An edge whose fork was never made, because its process died, is taken away; but not in the first minutes after the
 * end, in which a fork that found its source alive may yet be made.
 */
async function isNeeded({ streams, records, clock }: StreamPorts, log: string, last: LogBlock | undefined) {
  const forks = await streams.forks(log);
  if (last?.mark !== 'deleted' || clock.now() - Date.parse(last.at) < GRACE_MS) return forks.length > 0;
  let isRead = false;
  for (const fork of forks) {
    const isMade = (await records.get(fork.name))?.stream?.record.log === fork.log;
    if (isMade) isRead = true;
    else await streams.removeFork(log, fork);
  }
  return isRead;
}

/** A writer that knows the stream as it was must meet its end, too. False when one was first. */
async function markEnd({ log, clock, random }: StreamPorts, record: StreamRecord): Promise<boolean> {
  const last = await log.last(record.log);
  const first = (last?.last ?? record.base) + 1;
  const at = new Date(clock.now()).toISOString();
  const block = { first, last: first, epoch: String(record.stamp), at, token: random.id(), expires: NEVER };
  return (await log.append(record.log, { ...block, events: [], mark: 'deleted' })) === 'appended';
}

/**
 * Deleting a stream: a note that its log may have to be removed; a mark in the log, which every writer that knows an older end conflicts with, and which
 * wakes every reader; then the record. What a process that dies in between leaves undone, the purge does, which finds the note. A log that forks still
 * need is kept until the last of them is deleted too.
 */

import { type Caller, requireManage } from '../auth/caller.ts';
import type { Fork } from '../log/ports.ts';
import { isOwnLog, type StreamRecord } from '../log/stream-record.ts';
import { locate, missing, requireStream, type Stream } from './locate.ts';
import type { StreamPorts, StreamWritePorts } from './ports.ts';

/** What may still read a log that is not needed any more: answers that were begun before. */
export const GRACE_MS = 5 * 60_000;

/** Throws `forbidden`, `not-found`, and `gone` for one that is deleted and kept for its forks. */
export async function deleteStream(ports: StreamWritePorts, caller: Caller, name: string): Promise<void> {
  requireManage(caller, name);
  const stream = await requireStream(ports, name);
  // Before the mark: who dies after that has told everybody that the stream is over.
  await noteOver(ports, name, stream.log);
  const { outcome, block } = await ports.appender.write(name, [], { life: stream.life, mark: 'deleted' });
  if (outcome.kind === 'gone') throw missing(name, 'none');
  if (block) await ports.bell.ring(name, block);
  await recordEnd(ports, stream);
  if (!(await isKept(ports, stream.log))) await releaseSourceOf(ports, name, stream.log);
}

/** What is not recorded as deleted is known by its mark all the same. */
async function recordEnd({ records, streams, clock }: StreamWritePorts, stream: Stream): Promise<void> {
  const { name, log, stamp, contentType, base } = stream;
  const now = (await records.get(name))?.stream;
  if (now && now.record.log !== log) return;
  const before: StreamRecord = now?.record ?? {
    state: 'live',
    log,
    stamp,
    contentType,
    touchedAt: clock.now(),
    base,
    segments: [],
  };
  await streams.swap(name, now?.version, { ...before, state: 'deleted' });
}

/** Notes that the log of a life that is over may be removed, unless forks need it; and then those that it was the last fork of. */
export async function release(ports: StreamPorts, name: string, log: string): Promise<void> {
  if (await isKept(ports, log)) return;
  await noteOver(ports, name, log);
  await releaseSourceOf(ports, name, log);
}

/** The log of a channel's own name tells that the name must be looked up: its blocks expire by themselves. */
async function isKept({ streams }: StreamPorts, log: string): Promise<boolean> {
  return !isOwnLog(log) || (await streams.forks(log)).length > 0;
}

async function noteOver({ streams, clock }: StreamPorts, name: string, log: string): Promise<void> {
  if (isOwnLog(log)) await streams.doom({ name, log, due: clock.now() + GRACE_MS });
}

async function releaseSourceOf(ports: StreamPorts, name: string, log: string): Promise<void> {
  const record = (await ports.records.get(name))?.stream?.record;
  if (record?.log === log) await releaseSource(ports, name, record);
}

/** A fork that is over does not need its source any more. */
export async function releaseSource(ports: StreamPorts, name: string, record: StreamRecord): Promise<void> {
  if (!record.forked) return;
  const { from, log } = record.forked;
  await takeEdgeAway(ports, { name: from, log }, { name, log: record.log });
}

/** A source that is over itself is removed with its last edge: whoever deleted it found that edge, and left the log to who takes it away. */
export async function takeEdgeAway(ports: StreamPorts, source: Fork, fork: Fork): Promise<void> {
  await ports.streams.removeFork(source.log, fork);
  const found = await locate(ports, source.name);
  const isOver = found.kind !== 'live' || found.stream.log !== source.log;
  if (isOver) await release(ports, source.name, source.log);
}

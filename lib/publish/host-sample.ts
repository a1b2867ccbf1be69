/** What this machine really is doing: the sample that is published every minute, by a function or beside a hub. */

import * as os from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../runtime/ports.ts';
import type { IngestQueue } from './ports.ts';

export interface HostSample {
  readonly host: string;
  /** Share of all cores that was busy while it was measured, 0..100. */
  readonly cpuPercent: number;
  readonly memoryUsedMiB: number;
  readonly memoryTotalMiB: number;
  /** Processes ready to run, averaged over the last minute. */
  readonly load1: number;
  readonly uptimeSeconds: number;
  /** Slowest turn of this process's event loop while it was measured. */
  readonly eventLoopDelayMs: number;
}

/** How long CPU and event loop are watched: long enough for a kernel that counts in ticks of 10 ms. */
const WATCH_MS = 500;
const RESOLUTION_MS = 10;
const MIB = 1024 * 1024;
const CHANNEL = 'host';

/** What is asked of the machine; Node's `os` is one. */
export type Machine = Pick<typeof os, 'cpus' | 'freemem' | 'hostname' | 'loadavg' | 'totalmem' | 'uptime'>;

/** Sends a sample, as a foreign producer would: to the ingest queue. The same `id` within 5 minutes is published once. */
export async function sendHostSample(queue: IngestQueue, clock: Clock, id: string): Promise<void> {
  const body = JSON.stringify({ channel: CHANNEL, id, data: await sampleHost(clock) });
  await queue.send(CHANNEL, body, id);
}

/** Measures for half a second. */
export async function sampleHost(clock: Clock, machine: Machine = os): Promise<HostSample> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const before = cpuTimes(machine);
  await clock.sleep(WATCH_MS);
  const after = cpuTimes(machine);
  delay.disable();
  const total = after.total - before.total;
  return {
    host: machine.hostname(),
    cpuPercent: total > 0 ? round(100 * (1 - (after.idle - before.idle) / total)) : 0,
    memoryUsedMiB: Math.round((machine.totalmem() - machine.freemem()) / MIB),
    memoryTotalMiB: Math.round(machine.totalmem() / MIB),
    load1: round(machine.loadavg()[0] ?? 0),
    uptimeSeconds: Math.round(machine.uptime()),
    // The histogram counts the timer's own interval too.
    eventLoopDelayMs: round(Math.max(0, delay.max / 1e6 - RESOLUTION_MS)),
  };
}

function cpuTimes(machine: Pick<Machine, 'cpus'>): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of machine.cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

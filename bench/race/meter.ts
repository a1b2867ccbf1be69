/** CPU time of the server's processes and of this one, over a stretch of a run. */

import { cpuMs } from './processes.ts';

export interface Used {
  /** Of one core, in percent. */
  readonly serverCpu: number;
  readonly generatorCpu: number;
  readonly serverCpuMs: number;
  readonly generatorCpuMs: number;
}

/** Begins to measure; the function returned says what was used since. */
export function meter(pids: readonly number[]): () => Used {
  const start = { at: performance.now(), server: cpuMs(pids), generator: process.cpuUsage() };
  return () => {
    const ms = performance.now() - start.at;
    const serverCpuMs = cpuMs(pids) - start.server;
    const { user, system } = process.cpuUsage(start.generator);
    const generatorCpuMs = (user + system) / 1_000;
    const percent = (cpu: number) => Math.round((cpu / ms) * 100);
    return {
      serverCpu: percent(serverCpuMs),
      generatorCpu: percent(generatorCpuMs),
      serverCpuMs,
      generatorCpuMs,
    };
  };
}

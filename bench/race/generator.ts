/**
 * The load generator, a process of its own: one server, one case. It starts the server, loads it, stops it, and tells its parent the figures.
 * A fresh process each time, so that no server is measured by a generator that is warmer than another's.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runIdle } from './idle.ts';
import { runLoad } from './load.ts';
import type { Peer, Running } from './peer.ts';
import { PEERS } from './peers.ts';
import { killStarted } from './processes.ts';
import type { Figures } from './results.ts';
import type { Case, LoadCase } from './scenarios.ts';

export interface Task {
  readonly peer: string;
  readonly what: Case;
  readonly seed: number;
}

/** A server with one process for each poll keeps one busy for a while after its reader has hung up. */
const SPARE_FOR_HANG_UPS = 400;
const SPARE = 20;

/** Throws why there are no figures; nothing is left running either way. */
export async function measure(peer: Peer, { what, seed }: Omit<Task, 'peer'>): Promise<Figures> {
  const started: Running[] = [];
  const folders: string[] = [];
  const start = async (waiting: number) => {
    const folder = mkdtempSync(join(tmpdir(), `doorbell-race-${peer.name}-`));
    folders.push(folder);
    const running = await peer.start({ waiting, folder });
    started.push(running);
    return running;
  };
  try {
    if (what.kind === 'idle') return await runIdle(peer, start, what.readers);
    return await runLoad(peer, await start(waitingIn(what)), what, seed);
  } finally {
    await Promise.allSettled(started.map((running) => running.stop()));
    killStarted();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

function waitingIn({ readers, channels, hangUpMeanMs }: LoadCase): number {
  return readers * channels + SPARE + (hangUpMeanMs === undefined ? 0 : SPARE_FOR_HANG_UPS);
}

if (import.meta.main) {
  process.on('exit', killStarted);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  process.on('disconnect', () => process.exit(130));
  process.once('message', async (task: Task) => {
    const peer = PEERS.find(({ name }) => name === task.peer);
    const figures = await (peer ? measure(peer, task) : Promise.reject(new Error('no such server'))).catch(
      (error: Error) => ({ kind: 'failed' as const, why: error.message }),
    );
    process.send?.(figures, () => process.exit());
  });
}

/**
 * Lambda: sweep. Every minute -> tell which promised events have not come, delete the mailboxes of dead processes and the logs of deleted streams, and fold the
 * states of channels.
 */

import { base } from '../lib/compose/base.ts';
import { stateLookMs } from '../lib/compose/settings.ts';
import { foldPorts } from '../lib/compose/states.ts';
import { streamPorts } from '../lib/compose/streams.ts';
import { sweepPorts } from '../lib/compose/sweep.ts';
import { tickPorts } from '../lib/compose/ticks.ts';
import { tick } from '../lib/expectations/tick.ts';
import { foldAll } from '../lib/state/fold-all.ts';
import { purge } from '../lib/streams/purge.ts';
import { sweep } from '../lib/wakeup/mailbox-sweep.ts';

const common = base(process.env);
const ports = sweepPorts(process.env, common);
const streams = streamPorts(process.env, common);
const folding = foldPorts(process.env, common);
const ticking = tickPorts(process.env, common);
const lookMs = stateLookMs(process.env);
/** Since its start, of the 90 s that the function has: the last fold may need some of the rest. What is left is done by the next run, which begins at once. */
const TICK_MS = 15_000;
const PURGE_MS = 25_000;
const FOLD_MS = 50_000;

export async function handler(): Promise<void> {
  const start = common.clock.elapsed();
  // First of all: it is what somebody waits for.
  let fault: unknown;
  const ticked = await tick(ticking, start + TICK_MS).catch((error: unknown) => {
    fault = error;
  });
  const count = await sweep(ports);
  const logs = await purge(streams, start + PURGE_MS);
  const { turns, events } = await foldAll(folding, start + FOLD_MS, lookMs);
  common.logger.info('swept', { mailboxes: count, logs, turns, events, ...ticked });
  common.meter.flush();
  // All else was done; and the run has failed, so that its alarm says so.
  if (!ticked) throw fault;
}

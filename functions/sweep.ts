/** Lambda: sweep. Every 5 minutes -> delete the mailboxes of dead processes and the logs of deleted streams, and fold the states of channels. */

import { base } from '../lib/compose/base.ts';
import { foldPorts } from '../lib/compose/states.ts';
import { streamPorts } from '../lib/compose/streams.ts';
import { sweepPorts } from '../lib/compose/sweep.ts';
import { foldAll } from '../lib/state/fold-all.ts';
import { purge } from '../lib/streams/purge.ts';
import { sweep } from '../lib/wakeup/mailbox-sweep.ts';

const common = base(process.env);
const ports = sweepPorts(process.env, common);
const streams = streamPorts(process.env, common);
const folding = foldPorts(process.env, common);
/** Of the 60 s that the function has. What is left is done next time. */
const PURGE_MS = 20_000;
const FOLD_MS = 20_000;

export async function handler(): Promise<void> {
  const count = await sweep(ports);
  const logs = await purge(streams, common.clock.elapsed() + PURGE_MS);
  const { channels, events } = await foldAll(folding, common.clock.elapsed() + FOLD_MS);
  common.logger.info('swept', { mailboxes: count, logs, channels, events });
  common.meter.flush();
}

/** Lambda: sweep. Every 5 minutes -> delete the mailboxes of dead processes. */

import { base } from '../lib/compose/base.ts';
import { sweepPorts } from '../lib/compose/sweep.ts';
import { sweep } from '../lib/wakeup/mailbox-sweep.ts';

const common = base();
const ports = sweepPorts(process.env, common);

export async function handler(): Promise<void> {
  const count = await sweep(ports);
  common.logger.info('swept', { mailboxes: count });
  common.meter.flush();
}

/** The mistake of every waiter: the log is checked before the arm is written. */

import type { LogBlock } from '../../../lib/log/block.ts';
import type { EventLog } from '../../../lib/log/ports.ts';
import type { Arm, Waiters } from '../../../lib/wakeup/ports.ts';

/** The ports of a waiter, whose check answers what the log had before the arm. */
export function checkBeforeArm<
  P extends { readonly log: Pick<EventLog, 'last'>; readonly waiters: Pick<Waiters, 'arm'> },
>(ports: P): P {
  let checked: { readonly block: LogBlock | undefined } | undefined;
  const arm = async (channel: string, one: Arm) => {
    checked = { block: await ports.log.last(channel) };
    await ports.waiters.arm(channel, one);
  };
  const last = async (channel: string) => {
    const { block } = checked ?? { block: await ports.log.last(channel) };
    checked = undefined;
    return block;
  };
  return { ...ports, waiters: { ...ports.waiters, arm }, log: { ...ports.log, last } };
}

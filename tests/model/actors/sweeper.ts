/** A process that sweeps, now and then: the real `sweep`. */

import { sweep } from '../../../lib/wakeup/mailbox-sweep.ts';
import type { Mailboxes, MailboxRegistry } from '../../../lib/wakeup/ports.ts';
import { MemoryMeter } from '../../support/memory/doubles.ts';
import type { Control } from '../control.ts';
import type { Actor, Output } from './actor.ts';

export interface SweeperPorts {
  readonly registry: MailboxRegistry;
  readonly mailboxes: Pick<Mailboxes, 'list' | 'close'>;
}

export type SweeperGlasses = (ports: SweeperPorts) => SweeperPorts;

export function sweeper(
  times: number,
  control: Control,
  say: (output: Output) => void,
  glasses?: SweeperGlasses,
): Actor {
  const plain: SweeperPorts = {
    registry: control.port('registry', 'add', 'renew', 'fence', 'remove', 'list'),
    mailboxes: control.port('mailboxes', 'list', 'close'),
  };
  const ports = { ...(glasses?.(plain) ?? plain), clock: control.clock, meter: new MemoryMeter() };
  let begun = 0;
  let busy = false;

  async function run(): Promise<void> {
    busy = true;
    const since = control.now;
    await sweep(ports);
    busy = false;
    say({ kind: 'swept', since });
  }

  return {
    offers: () => (!busy && begun < times ? ['sweep'] : []),
    start() {
      begun++;
      void run();
    },
    waiting: () => [],
    finished: () => !busy && begun >= times,
    facts: () => undefined,
  };
}

/** A process that folds the channel into its state, one run after the other: the real `foldChannel` on the real table. */

import { PushError } from '../../../lib/errors.ts';
import { type FoldPorts, foldChannel } from '../../../lib/state/fold-channel.ts';
import type { Control } from '../control.ts';
import { CHANNEL } from '../world.ts';
import type { Actor } from './actor.ts';
import { type Notes, recorded } from './recorded.ts';
import { statesTable } from './states.ts';

/** What a mutation puts between a fold and its ports. */
export type FolderGlasses = (ports: FoldPorts) => FoldPorts;

export function folder(runs: number, control: Control, glasses?: FolderGlasses): Actor {
  const notes: Notes = { answers: [] };
  const plain: FoldPorts = {
    log: recorded(control.port('log', 'last', 'read', 'since', 'append'), notes),
    records: recorded(control.port('records', 'get'), notes),
    states: statesTable(control, notes),
    clock: control.clock,
  };
  const ports = glasses?.(plain) ?? plain;
  let begun = 0;
  let busy = false;

  /** Between two runs it keeps nothing, unless one that has failed still writes. */
  function forget(): void {
    if (control.calls.size === 0) notes.answers = [];
  }

  async function run(): Promise<void> {
    busy = true;
    try {
      await foldChannel(ports, CHANNEL, Number.POSITIVE_INFINITY);
    } catch (error) {
      // The next run tries again.
      if (!(error instanceof PushError)) throw error;
    } finally {
      busy = false;
      forget();
    }
  }

  return {
    offers: () => (!busy && begun < runs ? ['fold'] : []),
    start() {
      begun++;
      forget();
      void run();
    },
    waiting: () => [],
    finished: () => !busy && begun >= runs && control.calls.size === 0,
    facts: () => (glasses ? undefined : [begun, busy, notes.answers]),
  };
}

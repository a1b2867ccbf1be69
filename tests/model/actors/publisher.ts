/** A process that publishes: the real `publish`, `Appender` and `Bell`, one publish after the other. */

import { Appender } from '../../../lib/append.ts';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { draft } from '../../../lib/block.ts';
import { PushError } from '../../../lib/errors.ts';
import type { EventLog, Lives, Mailboxes, Waiters } from '../../../lib/ports.ts';
import { publish } from '../../../lib/publish.ts';
import { Bell } from '../../../lib/ring.ts';
import { MemoryLogger, MemoryMeter } from '../../support/doubles.ts';
import type { Control } from '../control.ts';
import { CHANNEL } from '../world.ts';
import type { Actor, Output } from './actor.ts';

export interface PublisherPlan {
  readonly name: string;
  /** The ids of each publish, in order. */
  readonly publishes: ReadonlyArray<readonly string[]>;
  /** The ids are a producer's own. */
  readonly keyed?: boolean;
  /** How many of its publishes are done before the model begins, so that it knows the channel. */
  readonly warm?: number;
}

export interface PublisherPorts {
  readonly log: EventLog & Lives;
  readonly waiters: Waiters;
  readonly mailboxes: Pick<Mailboxes, 'send'>;
}

/** What a mutation puts between the real code and the world. `bell` is the process's own. */
export type PublisherGlasses = (ports: PublisherPorts, bell: () => Bell) => PublisherPorts;

export function publisher(
  { publishes, keyed = false }: PublisherPlan,
  retentionMs: number,
  control: Control,
  say: (output: Output) => void,
  glasses?: PublisherGlasses,
): Actor {
  const plain: PublisherPorts = {
    log: {
      ...control.port('log', 'last', 'read', 'since', 'append'),
      ...control.port('lives', 'get', 'begin', 'reserve'),
    },
    waiters: control.port('waiters', 'arm', 'armed', 'disarm'),
    mailboxes: control.port('mailboxes', 'send'),
  };
  const { log, waiters, mailboxes } = glasses?.(plain, () => bell) ?? plain;
  const common = { clock: control.clock, logger: new MemoryLogger(), meter: new MemoryMeter() };
  const appender = new Appender({ ...common, chance: control.chance('t'), log, lives: log, retentionMs });
  const bell: Bell = new Bell({ ...common, waiters, mailboxes });
  let begun = 0;
  let busy = false;

  async function tell(ids: readonly string[]): Promise<void> {
    busy = true;
    try {
      const drafts = ids.map((id) => draft(id, id));
      say({
        kind: 'published',
        ids,
        answer: await publish({ appender, bell }, TRUSTED, CHANNEL, drafts, keyed),
      });
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
      say({ kind: 'unpublished', ids, code: error.code });
    } finally {
      busy = false;
    }
  }

  return {
    offers: () => (!busy && begun < publishes.length ? ['publish'] : []),
    start() {
      const ids = publishes[begun++];
      if (ids) void tell(ids);
    },
    waiting: () => [],
    // A put that outlasts its publisher's patience may still take effect, and is rung about.
    finished: () => !busy && begun >= publishes.length && control.calls.size === 0,
    facts: () => undefined,
  };
}

/** A process that publishes: the real `publish`, `Appender` and `Bell`, one publish after the other. */

import { Appender } from '../../../lib/log/append/appender.ts';
import type { ChannelRecords, EventLog, IdDigests } from '../../../lib/log/ports.ts';
import { Bell } from '../../../lib/wakeup/bell.ts';
import type { Mailboxes, Waiters } from '../../../lib/wakeup/ports.ts';
import { MemoryLogger, MemoryMeter } from '../../support/memory/doubles.ts';
import type { Control } from '../control.ts';
import type { Actor, Output } from './actor.ts';
import { Publishing, type PublishPlan } from './publishing.ts';

export interface PublisherPlan extends PublishPlan {
  readonly name: string;
  /** It is of a version that knows nothing of the queue's mark. */
  readonly older?: boolean;
  /** Vids of a digest's step: few, so that there are digests. */
  readonly digestStep?: number;
}

export interface PublisherPorts {
  readonly log: EventLog & ChannelRecords;
  readonly digests: IdDigests;
  readonly waiters: Waiters;
  readonly mailboxes: Pick<Mailboxes, 'send'>;
}

/** What a mutation puts between the real code and the world. `bell` is the process's own. */
export type PublisherGlasses = (ports: PublisherPorts, bell: () => Bell) => PublisherPorts;

export function publisher(
  plan: PublisherPlan,
  retentionMs: number,
  control: Control,
  say: (output: Output) => void,
  glasses?: PublisherGlasses,
): Actor {
  const plain: PublisherPorts = {
    log: {
      ...control.port('log', 'last', 'read', 'since', 'append'),
      ...control.port('records', 'get', 'begin', 'reserve'),
    },
    digests: control.port('digests', 'since', 'keep'),
    waiters: control.port('waiters', 'arm', 'armed', 'disarm'),
    mailboxes: control.port('mailboxes', 'send'),
  };
  const { log: seen, digests, waiters, mailboxes } = glasses?.(plain, () => bell) ?? plain;
  const log = plan.older ? { ...seen, append: unmarked(seen.append) } : seen;
  const common = { clock: control.clock, logger: new MemoryLogger(), meter: new MemoryMeter() };
  const appender = new Appender({
    ...common,
    ...(plan.digestStep === undefined ? {} : { digestStep: plan.digestStep }),
    random: control.random('t'),
    log,
    records: log,
    digests,
    retentionMs,
  });
  const bell: Bell = new Bell({ ...common, waiters, mailboxes });
  const publishing = new Publishing(plan, { appender, bell }, say);

  return {
    offers: () => publishing.offers,
    start: () => publishing.start(),
    waiting: () => [],
    // A put that outlasts its publisher's patience may still take effect, and is rung about.
    finished: () => publishing.finished && control.calls.size === 0,
    facts: () => undefined,
  };
}

/** As a version writes that does not know of the queue's mark. */
function unmarked(append: EventLog['append']): EventLog['append'] {
  return (channel, { queueMark: _, ...block }) => append(channel, block);
}

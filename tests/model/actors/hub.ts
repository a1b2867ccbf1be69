/**
 * What makes a process that holds polls a hub: it publishes too, by the real `Appender` and `InProcessBell`, put together as `hubPorts` of
 * `lib/compose/base.ts` does. Its own readers hear of that without a doorbell.
 */

import { Appender } from '../../../lib/log/append/appender.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { Bell } from '../../../lib/wakeup/bell.ts';
import { InProcessBell } from '../../../lib/wakeup/in-process-bell.ts';
import type { WatchRegistry } from '../../../lib/wakeup/watch-registry.ts';
import { MemoryDigests } from '../../../packages/testing/src/memory/digests.ts';
import { MemoryLogger, MemoryMeter } from '../../support/memory/doubles.ts';
import type { Control } from '../control.ts';
import type { Output } from './actor.ts';
import type { PollerPorts } from './poller.ts';
import { Publishing, type PublishPlan } from './publishing.ts';

type Told = Pick<WatchRegistry, 'appended' | 'startedAnew'>;

/** What a mutation puts between the hub's parts. */
export interface HubGlasses {
  /** What its watch registry is told, and what it asks of the log. */
  readonly parts?: (
    ports: PollerPorts,
    watchRegistry: Told,
  ) => { readonly ports: PollerPorts; readonly watchRegistry: Told };
  readonly isOwn?: (mailbox: string) => boolean;
}

export interface Hub {
  readonly offers: readonly string[];
  start(): void;
  readonly finished: boolean;
  /** Everything that it has been told, in order: what its further doings depend on. */
  readonly facts: unknown;
}

export function hub(
  plan: PublishPlan,
  plain: PollerPorts,
  control: Control,
  mailbox: { isOwn(address: string): boolean },
  told: Told,
  retentionMs: number,
  say: (output: Output) => void,
  glasses: HubGlasses = {},
): Hub {
  const history: unknown[] = [];
  const calls = { open: 0 };
  const parts = { ports: plain, watchRegistry: told };
  const { ports, watchRegistry } = glasses.parts?.(parts.ports, parts.watchRegistry) ?? parts;
  const log = recorded(ports.log, history, calls);
  const waiters = recorded(ports.waiters, history, calls);
  const mailboxes = recorded(ports.mailboxes, history, calls);
  const clock: Clock = control.clock;
  const common = { clock, logger: new MemoryLogger(), meter: new MemoryMeter() };
  const appender = new Appender({
    ...common,
    random: control.random('t'),
    log,
    records: log,
    digests: new MemoryDigests(),
    retentionMs,
  });
  const isOwn = glasses.isOwn ?? ((address: string) => mailbox.isOwn(address));
  const others = new Bell({ ...common, waiters, mailboxes, isOwn });
  const bell = new InProcessBell({
    bell: others,
    watchRegistry,
    told: async () => undefined,
    written: async () => undefined,
  });
  const publishing = new Publishing(plan, { appender, bell }, say);

  return {
    get offers() {
      return publishing.offers;
    },
    start: () => publishing.start(),
    get finished() {
      return publishing.finished && calls.open === 0;
    },
    get facts() {
      return [history, publishing.facts];
    },
  };
}

/** The port, with every answer of it written down in the order of their coming. */
function recorded<T extends object>(port: T, history: unknown[], calls: { open: number }): T {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        calls.open++;
        try {
          const answer: unknown = await method.apply(target, args);
          history.push([name, answer]);
          return answer;
        } finally {
          calls.open--;
        }
      };
    },
  });
}

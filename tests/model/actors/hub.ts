/**
 * What makes a process that holds polls a hub: it publishes too, by the real `Appender` and `LocalBell`, put together as `hubPorts` of
 * `lib/deps.ts` does. Its own readers hear of that without a doorbell.
 */

import { Appender } from '../../../lib/append.ts';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { draft } from '../../../lib/block.ts';
import { PushError } from '../../../lib/errors.ts';
import { LocalBell } from '../../../lib/local-bell.ts';
import type { Clock } from '../../../lib/ports.ts';
import { publish } from '../../../lib/publish.ts';
import { Bell } from '../../../lib/ring.ts';
import type { Watcher } from '../../../lib/watcher.ts';
import { MemoryLogger, MemoryMeter } from '../../support/doubles.ts';
import type { Control } from '../control.ts';
import { CHANNEL } from '../world.ts';
import type { Output } from './actor.ts';
import type { PollerPorts } from './poller.ts';

export interface HubPlan {
  /** The ids of each publish, in order. */
  readonly publishes: ReadonlyArray<readonly string[]>;
  /** The ids are a producer's own. */
  readonly keyed?: boolean;
  /** How many of its publishes are done before the model begins, so that it knows the channel. */
  readonly warm?: number;
}

type Told = Pick<Watcher, 'appended'>;

/** What a mutation puts between the hub's parts. */
export interface HubGlasses {
  /** What its watcher is told, and what it asks of the log. */
  readonly parts?: (
    ports: PollerPorts,
    watcher: Told,
  ) => { readonly ports: PollerPorts; readonly watcher: Told };
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
  { publishes, keyed = false }: HubPlan,
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
  const parts = { ports: plain, watcher: told };
  const { ports, watcher } = glasses.parts?.(parts.ports, parts.watcher) ?? parts;
  const log = recorded(ports.log, history, calls);
  const waiters = recorded(ports.waiters, history, calls);
  const mailboxes = recorded(ports.mailboxes, history, calls);
  const clock: Clock = control.clock;
  const common = { clock, logger: new MemoryLogger(), meter: new MemoryMeter() };
  const appender = new Appender({ ...common, chance: control.chance('t'), log, lives: log, retentionMs });
  const isOwn = glasses.isOwn ?? ((address: string) => mailbox.isOwn(address));
  const others = new Bell({ ...common, waiters, mailboxes, isOwn });
  const bell = new LocalBell({
    bell: others,
    watcher,
    told: async () => undefined,
    written: async () => undefined,
  });
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
    get offers() {
      return !busy && begun < publishes.length ? ['publish'] : [];
    },
    start() {
      const ids = publishes[begun++];
      if (ids) void tell(ids);
    },
    get finished() {
      return !busy && begun >= publishes.length && calls.open === 0;
    },
    get facts() {
      return [history, begun, busy];
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

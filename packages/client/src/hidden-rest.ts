/**
 * Rests of a page that nobody sees. After five minutes in the background it asks once a minute and waits for nothing in between, unless another tab shares its
 * poll. Browsers let a hidden page's timers run as seldom from then on. It asks at once when it is seen again.
 */
import { groupOf } from './group.ts';
import { platformOf } from './platform.ts';
import type { Connection } from './request.ts';

/** So long a page is hidden before it rests, and so long it rests, in milliseconds. */
export const HIDDEN_MS = 300_000;
export const REST_MS = 60_000;

export class HiddenRest {
  #hiddenSince: number | undefined;

  /**
   * Before a poll that would be held: true after a whole rest, and then it need not be. False at once where somebody may look, or when that changes during the
   * rest. Rejects with the signal's reason.
   */
  async taken(connection: Connection, signal: AbortSignal): Promise<boolean> {
    const { now } = platformOf(connection);
    if (globalThis.document?.visibilityState !== 'hidden') {
      this.#hiddenSince = undefined;
      return false;
    }
    this.#hiddenSince ??= now();
    // A clock that was set counts too: one rest too early does no harm.
    if (Math.abs(now() - this.#hiddenSince) < HIDDEN_MS) return false;
    const group = groupOf(connection);
    if (group !== undefined && (await hasOthers(connection, group))) return false;
    return rest(connection, group, signal);
  }
}

/** Whether others queue for the lock that this tab has. Where that cannot be known, they do. */
async function hasOthers(connection: Connection, group: string): Promise<boolean> {
  const { pending } = (await platformOf(connection).locks?.query?.()) ?? {};
  return !pending || pending.some(({ name }) => name === group);
}

/** Any message of the group is of a tab that has come. */
function rest(connection: Connection, group: string | undefined, signal: AbortSignal): Promise<boolean> {
  const { setTimeout, clearTimeout, watch, BroadcastChannel } = platformOf(connection);
  const end = new AbortController();
  return new Promise<boolean>((resolve, reject) => {
    const timer = setTimeout(() => resolve(true), REST_MS);
    const bus = group === undefined ? undefined : new BroadcastChannel(group);
    if (bus) bus.onmessage = () => resolve(false);
    watch(() => resolve(false), end.signal);
    end.signal.addEventListener('abort', () => {
      clearTimeout(timer as never);
      bus?.close();
    });
    const left = () => reject(signal.reason);
    signal.addEventListener('abort', left, { signal: end.signal });
    if (signal.aborted) left();
  }).finally(() => end.abort());
}

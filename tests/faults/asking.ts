/** What a caller meets who asks a process for something: an answer, an error, or nothing, because the process died or took too long. */

import { PushError } from '../../lib/errors.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

export type Outcome<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** `again`: the same request may succeed later. */
  | { readonly kind: 'refused'; readonly again: boolean; readonly error: unknown }
  | { readonly kind: 'cut' };

/** What has been asked of a living process must come to an end. */
export class Asked {
  readonly #open = new Map<object, { readonly what: string; readonly life: Instance; readonly at: number }>();

  note(what: string, life: Instance, at: number, promise: Promise<unknown>): void {
    const key = {};
    this.#open.set(key, { what, life, at });
    const settled = () => this.#open.delete(key);
    promise.then(settled, settled);
  }

  /** What living processes have not answered. */
  get open(): readonly string[] {
    return [...this.#open.values()]
      .filter(({ life }) => !life.dead)
      .map(({ what, at }) => `${what} since ${at}`);
  }
}

/** Asks, and waits for `limitMs` at most. */
export async function ask<T>(
  world: World,
  life: Instance,
  what: string,
  limitMs: number,
  act: () => Promise<T>,
): Promise<Outcome<T>> {
  const asking = act();
  world.asked.note(what, life, world.clock.now(), asking);
  const over = new AbortController();
  const outcome = asking.then(
    (value): Outcome<T> => ({ kind: 'answered', value }),
    (error: unknown): Outcome<T> => ({
      kind: 'refused',
      again: error instanceof PushError && error.retryable,
      error,
    }),
  );
  const cut = (): Outcome<T> => ({ kind: 'cut' });
  const limit = world.clock.sleep(limitMs, over.signal).then(cut);
  try {
    return await Promise.race([outcome, life.died.then(cut), limit]);
  } finally {
    over.abort('over');
  }
}

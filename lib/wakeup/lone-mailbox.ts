/**
 * In place of a mailbox, for a process that is the only one of its log: nobody else publishes, so nobody can ring. `InProcessBell` tells its
 * readers of each append, and every channel is checked again each 20 s as ever. The address tells one life of the process from another.
 */

import { LIMITS } from '../protocol/doorbell.ts';
import type { Clock, Random } from '../runtime/ports.ts';
import type { Mailbox } from './mailbox.ts';
import type { Waiters } from './ports.ts';

type Listened = Pick<
  Mailbox,
  'address' | 'sleepMs' | 'listen' | 'listenForGood' | 'quietAt' | 'resume' | 'close'
>;

/** Nobody looks for an arm: the only publisher tells its own readers. */
export const NO_WAITERS: Pick<Waiters, 'arm'> = { arm: async () => undefined };

const NOTHING = () => undefined;

export class LoneMailbox implements Listened {
  readonly #clock: Clock;
  readonly #address: string;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#address = `alone-${random.id()}`;
  }

  async address(): Promise<string> {
    return this.#address;
  }

  sleepMs(): number {
    return LIMITS.waitSeconds * 1_000;
  }

  listen(): () => void {
    return NOTHING;
  }

  listenForGood(): void {}

  resume(): void {}

  /** `deadline`: by `Clock.elapsed()`, in ms. */
  quietAt(deadline: number, quiet: () => void): () => void {
    return this.#clock.after(deadline - this.#clock.elapsed(), quiet);
  }

  async close(): Promise<void> {}
}

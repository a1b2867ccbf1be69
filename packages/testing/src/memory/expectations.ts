/** `ExpectationStore` in memory, held to the same contract as the real ones by `tests/contract`. */

import type { ExpectationStore, Look, VersionedWatch, Watch } from '../../../../lib/expectations/ports.ts';

export class MemoryExpectations implements ExpectationStore {
  readonly #looks = new Map<string, Look>();
  readonly #watches = new Map<string, VersionedWatch>();

  async noteLook(look: Look): Promise<void> {
    this.#looks.set(nameOf(look), look);
  }

  async dueLooks(now: number, limit: number): Promise<readonly Look[]> {
    const due = [...this.#looks.values()].filter((look) => look.due <= now);
    return due.sort((a, b) => a.due - b.due || (a.channel < b.channel ? -1 : 1)).slice(0, limit);
  }

  async dropLook(look: Look): Promise<void> {
    this.#looks.delete(nameOf(look));
  }

  async watch(channel: string): Promise<VersionedWatch | undefined> {
    return structuredClone(this.#watches.get(channel));
  }

  async saveWatch(channel: string, version: number | undefined, watch: Watch): Promise<boolean> {
    if (this.#watches.get(channel)?.version !== version) return false;
    this.#watches.set(channel, { version: (version ?? 0) + 1, watch: structuredClone(watch) });
    return true;
  }

  async forgetWatch(channel: string): Promise<void> {
    this.#watches.delete(channel);
  }

  /** All that is noted, in order. */
  looks(): readonly Look[] {
    return [...this.#looks.values()].sort((a, b) => a.due - b.due);
  }
}

function nameOf({ channel, due }: Look): string {
  return `${due} ${channel}`;
}

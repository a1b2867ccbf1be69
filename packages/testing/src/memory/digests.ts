/** Digests of ids in memory. */

import type { IdDigest, IdDigests } from '../../../../lib/log/ports.ts';

export class MemoryDigests implements IdDigests {
  readonly #kept = new Map<string, IdDigest[]>();

  async since(channel: string, sinceMs: number): Promise<readonly IdDigest[]> {
    const digests = this.kept(channel).toSorted((a, b) => b.last - a.last);
    const older = digests.findIndex(({ at }) => at < sinceMs);
    return older < 0 ? digests : digests.slice(0, older + 1);
  }

  async keep(channel: string, digest: IdDigest): Promise<void> {
    this.#kept.set(channel, [...this.kept(channel).filter(({ last }) => last !== digest.last), digest]);
  }

  kept(channel: string): readonly IdDigest[] {
    return this.#kept.get(channel) ?? [];
  }

  /** They are a cache: any of them may be gone. */
  lose(channel: string, last: number): void {
    this.#kept.set(
      channel,
      this.kept(channel).filter((digest) => digest.last !== last),
    );
  }
}

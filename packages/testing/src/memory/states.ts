/** `FoldedStates` in memory, held to the same contract as the table. */

import { LIMITS } from '../../../../lib/protocol/doorbell.ts';
import { compareKeys, isInRange } from '../../../../lib/state/keys.ts';
import {
  type FoldedStates,
  type KeyChange,
  type KeyRange,
  type Look,
  NO_LOOK,
  type StateEntry,
  type StateErasure,
  type StatePage,
} from '../../../../lib/state/ports.ts';

export class MemoryStates implements FoldedStates, StateErasure {
  readonly #states = new Map<string, Map<string, KeyChange>>();
  readonly #folded = new Map<string, number>();
  #look: Look = NO_LOOK;

  async page(channel: string, epoch: string, range: KeyRange): Promise<StatePage> {
    const upTo = await this.foldedTo(channel, epoch);
    const entries: StateEntry[] = [];
    let bytes = 0;
    if (upTo === 0) return { upTo, entries, next: null };
    const kept = [...(this.#states.get(nameOf(channel, epoch))?.values() ?? [])];
    for (const { key, entry } of kept.sort((a, b) => compareKeys(a.key, b.key))) {
      if (!entry || !isInRange(key, range)) continue;
      if (bytes >= LIMITS.answerBytes) return { upTo, entries, next: entries.at(-1)?.key ?? null };
      entries.push(entry);
      bytes += JSON.stringify(entry.data).length;
    }
    return { upTo, entries, next: null };
  }

  async foldedTo(channel: string, epoch: string): Promise<number> {
    return this.#folded.get(nameOf(channel, epoch)) ?? 0;
  }

  async take(channel: string, epoch: string, change: KeyChange): Promise<void> {
    const name = nameOf(channel, epoch);
    const state = this.#states.get(name) ?? new Map<string, KeyChange>();
    this.#states.set(name, state);
    if ((state.get(change.key)?.vid ?? 0) < change.vid) state.set(change.key, change);
  }

  async erase(channel: string, epoch: string, key: string, vid: number): Promise<void> {
    const name = nameOf(channel, epoch);
    const state = this.#states.get(name) ?? new Map<string, KeyChange>();
    this.#states.set(name, state);
    if ((state.get(key)?.vid ?? 0) <= vid) state.set(key, { key, vid });
  }

  async eraseAll(channel: string, epoch: string): Promise<boolean> {
    this.#states.delete(nameOf(channel, epoch));
    return false;
  }

  async foldTo(channel: string, epoch: string, upTo: number): Promise<void> {
    const name = nameOf(channel, epoch);
    this.#folded.set(name, Math.max(this.#folded.get(name) ?? 0, upTo));
  }

  async look(): Promise<Look> {
    return this.#look;
  }

  async noteLook(look: Look): Promise<void> {
    this.#look = look;
  }
}

function nameOf(channel: string, epoch: string): string {
  return `${channel}#${epoch}`;
}

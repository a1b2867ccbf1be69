/** A virtual server's keys: what each vid says of which key, the state's pages, and which events a narrow poll wants. */
import type { Event, StateAnswer, StateEntry } from '../../../lib/protocol/doorbell.ts';

/** What was published under a key. */
export interface Keyed {
  readonly key: string;
  readonly data: unknown;
}

export class VirtualKeys {
  /** Entries per page. */
  pageEntries = 1_000;
  readonly #written = new Map<number, Keyed>();

  write(vid: number, keyed: Keyed): void {
    this.#written.set(vid, keyed);
  }

  event(vid: number, epoch: string): Event {
    const id = `${epoch}-${vid}`;
    const at = '2026-01-01T00:00:00.000Z';
    return { vid, id, at, data: vid, ...this.#written.get(vid) };
  }

  /** The newest event of each key up to `head`, as it is now: folded from nothing. */
  fold(head: number, epoch: string): StateEntry[] {
    const entries = new Map<string, StateEntry>();
    for (let vid = 1; vid <= head; vid++) {
      const { key, data } = this.#written.get(vid) ?? {};
      if (key === undefined) continue;
      if (data === null) entries.delete(key);
      else entries.set(key, { ...this.event(vid, epoch), key });
    }
    return [...entries.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  page(channel: string, epoch: string, head: number, query: URLSearchParams): StateAnswer {
    const after = query.get('after') ?? '';
    const all = this.fold(head, epoch).filter(({ key }) => key > after && isWanted(key, query));
    const entries = all.slice(0, this.pageEntries);
    const next = all.length > entries.length ? (entries.at(-1)?.key ?? null) : null;
    return { channel, epoch, maxvid: head, entries, next };
  }
}

export function isWanted(key: string | undefined, query: URLSearchParams): boolean {
  const named = query.getAll('key');
  const prefix = query.get('prefix');
  if (named.length > 0) return named.includes(key ?? '');
  return prefix === null || !!key?.startsWith(prefix);
}

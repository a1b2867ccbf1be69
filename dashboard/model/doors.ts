/**
 * The doors that a channel's events tell of (`doorno, rfsim, optime, ynopen`), each as its last event left
 * it. Pure.
 */
import type { ChannelEvent } from '../../packages/client/src/index.ts';
import { isRecord, visible } from './cell-text.ts';

export interface Door {
  /** Unique among the doors of all channels. */
  readonly key: string;
  readonly channel: string;
  /** What the events call it. */
  readonly name: string;
  /**
   * What became of the last one who wanted in: `ynopen` says yes or no. Whether the door has fallen shut
   * since, no event says.
   */
  readonly state: 'opened' | 'refused' | 'unknown';
  /** The badge that was held to it last; empty where the event says none. */
  readonly badge: string;
  /** When, as the door says it; where it says nothing, when the event was appended. */
  readonly time: string;
  /** When the event was appended: milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly vid: number;
  /** The key of its last event, which may be deleted. */
  readonly stateKey: string | undefined;
}

/** As many as a screen can hold; of more, those that were quiet for longest are left out. */
export const MOST_DOORS = 200;
/** Characters of a door's name, a badge, a time. */
const LONGEST = 40;
const YES = ['y', 'yes', 'true', '1'];
const NO = ['n', 'no', 'false', '0'];

export class Doors {
  readonly #doors = new Map<string, Door>();

  get size(): number {
    return this.#doors.size;
  }

  clear(): void {
    this.#doors.clear();
  }

  /** Whether it told of a door. Events and the state come in any order: the newest of a door is shown. */
  see(event: ChannelEvent): boolean {
    if (event.data === null && event.key !== undefined) this.remove(event.channel, event.key, event.vid);
    const door = doorOf(event);
    if (door === undefined) return false;
    const known = this.#doors.get(door.key);
    if (known === undefined || known.vid < door.vid) this.#doors.set(door.key, door);
    if (this.#doors.size > MOST_DOORS) this.#doors.delete(this.#quietest());
    return true;
  }

  /** The key was deleted, by the event of this vid: its door is there no more. */
  remove(channel: string, key: string, vid = Number.POSITIVE_INFINITY): void {
    for (const door of this.#doors.values())
      if (door.channel === channel && door.stateKey === key && door.vid < vid) this.#doors.delete(door.key);
  }

  /** The channel begins anew: whatever comes of it is newer than what is shown. */
  reset(channel: string): void {
    for (const door of this.#doors.values())
      if (door.channel === channel) this.#doors.set(door.key, { ...door, vid: 0 });
  }

  /** In the order of their names, 2 before 10: a door is always found at the same place. */
  list(): readonly Door[] {
    return [...this.#doors.values()].sort(
      (a, b) => ORDER.compare(a.channel, b.channel) || ORDER.compare(a.name, b.name),
    );
  }

  #quietest(): string {
    const [first, ...others] = this.#doors.values();
    return others.reduce((quiet, door) => (door.atMs < (quiet?.atMs ?? 0) ? door : quiet), first)?.key ?? '';
  }
}

const ORDER = new Intl.Collator('en', { numeric: true });

/** The door that the event tells of; undefined when it tells of none. */
export function doorOf({ channel, vid, at, key, data }: ChannelEvent): Door | undefined {
  if (!isRecord(data) || !Object.hasOwn(data, 'doorno') || !Object.hasOwn(data, 'ynopen')) return undefined;
  const { doorno, ynopen, rfsim, optime } = data;
  if (typeof doorno !== 'string' && typeof doorno !== 'number') return undefined;
  const said = String(ynopen).toLowerCase();
  const state = YES.includes(said) ? 'opened' : NO.includes(said) ? 'refused' : 'unknown';
  const name = plain(doorno);
  return {
    key: `${channel}/${name}`,
    channel,
    name,
    state,
    badge: plain(rfsim),
    time: plain(optime) || at,
    atMs: Date.parse(at),
    vid,
    stateKey: key,
  };
}

/** A name or a number as a short text; empty for anything else. */
function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? visible(String(value).slice(0, LONGEST))
    : '';
}

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
}

/** As many as a screen can hold; of more, those that were quiet for longest are left out. */
export const MOST_DOORS = 200;
/** Characters of a door's name, a badge, a time. */
const LONGEST = 40;
const YES = ['y', 'yes', 'true', '1'];
const NO = ['n', 'no', 'false', '0'];

export class Doors {
  /** In the order of their last events. */
  readonly #doors = new Map<string, Door>();

  get size(): number {
    return this.#doors.size;
  }

  clear(): void {
    this.#doors.clear();
  }

  /** Whether it told of a door. */
  see(event: ChannelEvent): boolean {
    const door = doorOf(event);
    if (door === undefined) return false;
    this.#doors.delete(door.key);
    this.#doors.set(door.key, door);
    if (this.#doors.size > MOST_DOORS) {
      const [quiet] = this.#doors.keys();
      if (quiet !== undefined) this.#doors.delete(quiet);
    }
    return true;
  }

  /** In the order of their names, 2 before 10: a door is always found at the same place. */
  list(): readonly Door[] {
    return [...this.#doors.values()].sort(
      (a, b) => ORDER.compare(a.channel, b.channel) || ORDER.compare(a.name, b.name),
    );
  }
}

const ORDER = new Intl.Collator('en', { numeric: true });

/** The door that the event tells of; undefined when it tells of none. */
export function doorOf({ channel, vid, at, data }: ChannelEvent): Door | undefined {
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
  };
}

/** A name or a number as a short text; empty for anything else. */
function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? visible(String(value).slice(0, LONGEST))
    : '';
}

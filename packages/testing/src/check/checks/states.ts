/** What those were promised who ask for a state: the newest event of each key up to its number, of all that were read since. Pure. */

import type { SeenState, State, StateQuery } from '../history.ts';
import { countBefore } from './ascending.ts';
import type { Standing } from './publishes.ts';
import { acknowledged, type ChannelLog, type Publishing, type Trace } from './trace.ts';
import { type Violation, violation } from './violation.ts';

export function checkStates(trace: Trace, placed: ReadonlyMap<Publishing, Standing>): Violation[] {
  const channels = new Map<string, KeyedLog>();
  const heads = new Map<string, AcknowledgedHeads>();
  return trace.statings.flatMap(({ state, end }) => {
    const [first] = end?.kind === 'stated' ? end.pages : [];
    if (end?.kind !== 'stated' || !first) return [];
    const { channel } = state;
    const log = channels.get(channel) ?? new KeyedLog(trace.logs.get(channel) ?? new Map());
    channels.set(channel, log);
    const head = heads.get(channel) ?? new AcknowledgedHeads(placed, channel);
    heads.set(channel, head);
    const name = `${channel}, up to ${first.maxvid}`;
    const old = head.before(state.at);
    const found: Violation[] = [];
    if (end.pages.some(({ maxvid }) => maxvid < old))
      found.push(violation('stale', `the state of ${name}, and ${old} was acknowledged`, state.op));
    if (end.pages.some(({ epoch }) => epoch !== first.epoch))
      found.push(violation('epoch', `the state of ${name} is of two`, state.op));
    const wrong = faultOf(state, end.pages, log);
    if (wrong) found.push(violation('state', `${name}: ${wrong}`, state.op));
    return found;
  });
}

function faultOf(query: State, pages: readonly SeenState[], log: KeyedLog): string | undefined {
  const maxvid = pages[0]?.maxvid ?? 0;
  const entries = pages.flatMap((page) => page.entries);
  const given = new Map(entries.map((entry) => [entry.key, entry]));
  if (given.size < entries.length) return 'a key is there twice';
  for (const [key, { vid, id, data }] of given) {
    if (!isAsked(query, key)) return `nobody asked for ${key}`;
    const seen = log.events.get(vid)?.seen;
    // What came last of all nobody may have read.
    if (!seen && vid > log.head) continue;
    if (seen?.key !== key || seen.id !== id || seen.data !== data)
      return `${key} is ${vid} ${data}, which was not sent so`;
    const newest = log.newest(key, maxvid);
    if (vid < newest) return `${key} is of ${vid}, and ${newest} is newer`;
  }
  return [...log.keys].flatMap((key) => {
    const vid = log.newest(key, maxvid);
    if (vid === 0 || given.has(key) || !isAsked(query, key) || log.isDeletion(vid)) return [];
    // A page may be of a time when it was deleted.
    return log.isDeletedAfter(key, maxvid) ? [] : `${key} of ${vid} is not there`;
  })[0];
}

function isAsked({ prefix = '', keys }: StateQuery, key: string): boolean {
  return keys ? keys.includes(key) : key.startsWith(prefix);
}

/** A channel's log by key. */
class KeyedLog {
  readonly events: ChannelLog;
  readonly head: number;
  readonly #vids = new Map<string, number[]>();

  constructor(events: ChannelLog) {
    this.events = events;
    const all = [...events.keys()].sort((a, b) => a - b);
    this.head = all.at(-1) ?? 0;
    for (const vid of all) {
      const key = events.get(vid)?.seen.key;
      if (key === undefined) continue;
      const vids = this.#vids.get(key) ?? [];
      this.#vids.set(key, vids);
      vids.push(vid);
    }
  }

  get keys(): Iterable<string> {
    return this.#vids.keys();
  }

  /** The number of the key's newest event up to `maxvid`; 0 where there is none. */
  newest(key: string, maxvid: number): number {
    const vids = this.#vids.get(key) ?? [];
    return vids[countUpTo(vids, maxvid) - 1] ?? 0;
  }

  isDeletion(vid: number): boolean {
    return this.events.get(vid)?.seen.isDeletion === true;
  }

  isDeletedAfter(key: string, maxvid: number): boolean {
    const vids = this.#vids.get(key) ?? [];
    return vids.slice(countUpTo(vids, maxvid)).some((vid) => this.isDeletion(vid));
  }
}

/** The highest number of a channel that was acknowledged by a time. */
class AcknowledgedHeads {
  readonly #at: number[] = [];
  readonly #heads: number[] = [];

  constructor(placed: ReadonlyMap<Publishing, Standing>, channel: string) {
    const ends = [...placed].flatMap(([publishing, standing]) => {
      const { publish, end } = publishing;
      if (publish.channel !== channel || !end) return [];
      const vids = standing.slice(0, acknowledged(publishing)).flatMap(([vid]) => vid ?? []);
      return [{ at: end.at, head: Math.max(0, ...vids) }];
    });
    let most = 0;
    for (const { at, head } of ends.sort((a, b) => a.at - b.at)) {
      most = Math.max(most, head);
      this.#at.push(at);
      this.#heads.push(most);
    }
  }

  before(at: number): number {
    return this.#heads[countUpTo(this.#at, at) - 1] ?? 0;
  }
}

/** How many of ascending numbers are at most `most`. */
function countUpTo(ascending: readonly number[], most: number): number {
  return countBefore(ascending, (one) => one <= most);
}

/**
 * What the stores keep of streams, as one plain value that is never changed: logs, records, edges, producers, notes of what is to be removed. With it,
 * what the adversary may still do, and the ghosts, which only properties see.
 */

import type { LogBlock } from '../../../lib/log/block.ts';
import type { Doomed, Fork, Incarnation } from '../../../lib/log/ports.ts';
import { liveRecord, type VersionedRecord } from '../../../lib/log/stream-record.ts';
import type { Producer } from '../../../lib/log/writers.ts';
import { isOnly, numberOf, only, onlyOf } from '../intern.ts';
import type { Fault } from './config.ts';

/** The wall clock when the model begins. */
export const BEGIN_MS = Date.UTC(2026, 0, 1);

/** A call that its process has given up, and that may take effect all the same. */
export interface Stray {
  readonly by: string;
  readonly op: string;
  readonly args: readonly unknown[];
}

/** Ghost: how the stream that a request is about was when the request began. */
export interface Before {
  /** The log of its life; absent where there was none. */
  readonly log?: string;
  /** Where that ended. */
  readonly last: number;
}

type Of<T> = Readonly<Record<string, T>>;

export interface StreamWorld {
  /** In ms since the model began. */
  readonly now: number;
  readonly logs: Of<readonly LogBlock[]>;
  /** Of channels. */
  readonly incarnations: Of<Incarnation>;
  readonly records: Of<VersionedRecord>;
  readonly edges: Of<readonly Fork[]>;
  /** By log, those that stand on no block. */
  readonly producers: Of<readonly Producer[]>;
  readonly doomed: readonly Doomed[];
  readonly strays: readonly Stray[];
  readonly dead: readonly string[];
  readonly left: Partial<Record<Fault, number>>;
  /** Time has passed since a round of the purge began. */
  readonly purgeable: boolean;
  /** Ghost: by process and request. */
  readonly before: Of<Before>;
  /** Ghost: logs whose end was acknowledged. */
  readonly over: Of<'closed' | 'deleted'>;
  /** Ghost: rounds of the purge that were finished since anybody else has done anything. */
  readonly rounds: number;
}

export const EMPTY: StreamWorld = {
  now: 0,
  logs: {},
  incarnations: {},
  records: {},
  edges: {},
  producers: {},
  doomed: [],
  strays: [],
  dead: [],
  left: {},
  purgeable: false,
  before: {},
  over: {},
  rounds: 0,
};

const PARTS = Object.keys(EMPTY) as ReadonlyArray<keyof StreamWorld>;

/** The one copy of a world, made of one copy of each of its parts. */
export function shared(world: StreamWorld): StreamWorld {
  if (isOnly(world)) return world;
  const parts = PARTS.map((part) => {
    const value = world[part];
    return [part, typeof value === 'object' ? only(value) : value] as const;
  });
  const key = `world ${parts.map(([, value]) => numberOf(value)).join()}`;
  return onlyOf(key, () => Object.fromEntries(parts) as unknown as StreamWorld);
}

export function may({ left }: StreamWorld, fault: Fault): boolean {
  return (left[fault] ?? 0) > 0;
}

export function spend(world: StreamWorld, fault: Fault): StreamWorld {
  return { ...world, left: { ...world.left, [fault]: (world.left[fault] ?? 0) - 1 } };
}

/** The map with one entry otherwise; undefined takes it away. Its order tells nothing. */
export function put<T>(map: Of<T>, key: string, value: T | undefined): Of<T> {
  const others = Object.entries(map).filter(([one]) => one !== key);
  const all: Array<[string, T]> = value === undefined ? others : [...others, [key, value]];
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const wallOf = ({ now }: Pick<StreamWorld, 'now'>) => BEGIN_MS + now;
export const blocksOf = ({ logs }: StreamWorld, log: string) => logs[log] ?? [];
export const textsOf = (blocks: readonly LogBlock[]) =>
  blocks.flatMap(({ entries }) => entries.map(({ data }) => String(data)));

/** The log of the present life of a name; undefined where it has none. */
export function liveLog(world: StreamWorld, name: string): string | undefined {
  const record = world.records[name]?.record;
  const log = record ? liveRecord(record, wallOf(world))?.log : name;
  if (log === undefined) return undefined;
  const last = blocksOf(world, log).at(-1);
  if (last?.mark === 'deleted' || (!record && !last)) return undefined;
  return log;
}

/** The logs that a name has had, and has. */
export function logsOf({ logs }: StreamWorld, name: string): readonly string[] {
  return Object.keys(logs).filter((log) => log === name || log.startsWith(`${name}~`));
}

/** What a reader of the present life must get. */
export function contentOf(world: StreamWorld, name: string): readonly string[] {
  const record = world.records[name]?.record;
  const own = liveLog(world, name);
  const inherited = (record?.segments ?? []).flatMap(({ log, upTo }, i, all) => {
    const from = all[i - 1]?.upTo ?? 0;
    return blocksOf(world, log).flatMap(({ first, entries }) =>
      entries.filter((_, k) => first + k > from && first + k <= upTo).map(({ data }) => String(data)),
    );
  });
  return own === undefined ? [] : [...inherited, ...textsOf(blocksOf(world, own))];
}

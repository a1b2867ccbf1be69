/** What each call does to the world, at once and whole: the contract of `lib/log/ports.ts`. */

import { entriesJson, type LogBlock } from '../../../lib/log/block.ts';
import type { Doomed, Fork, Incarnation, NewBlock } from '../../../lib/log/ports.ts';
import type { StreamRecord } from '../../../lib/log/stream-record.ts';
import type { Producer } from '../../../lib/log/writers.ts';
import { appendViolation, type Violation } from './properties.ts';
import { blocksOf, put, type StreamWorld, textsOf } from './world.ts';

export interface Outcome {
  readonly world: StreamWorld;
  readonly answer: unknown;
  /** For the trace. */
  readonly note?: string;
  /** A promise that this very effect breaks. */
  readonly violation?: Violation | undefined;
}

/** The arguments are the port's own. */
export type Effect = (world: StreamWorld, ...args: never[]) => Outcome;
export type Effects = Readonly<Record<string, Effect>>;

const just = (world: StreamWorld, answer: unknown, note = ''): Outcome => ({ world, answer, note });
const noteOf = (block: LogBlock | undefined) =>
  block ? `${block.last}${block.mark ? `, ${block.mark}` : ''}` : 'none';

/** Writes a block whatever stands there. */
export function written(world: StreamWorld, log: string, { events, ...block }: NewBlock): Outcome {
  const entries = events.map(({ id, json }) => ({ id, data: JSON.parse(json) }));
  const made: LogBlock = { ...block, entries, textLength: entriesJson(events).length };
  const others = blocksOf(world, log).filter(({ first }) => first !== made.first);
  const blocks = [...others, made].sort((a, b) => a.first - b.first);
  const what = [...textsOf([made]), ...(made.mark ? [made.mark] : [])].join(' and ');
  return {
    world: { ...world, logs: put(world.logs, log, blocks) },
    answer: 'appended',
    note: `${log} ${made.first}: ${what}`,
    violation: appendViolation(world, log, made),
  };
}

export const LOG: Effects = {
  'log.last': (world, log: string, after = 0) => {
    const block = blocksOf(world, log).at(-1);
    const found = block && block.first > after ? block : undefined;
    return just(world, found, `${log}: ${noteOf(found)}`);
  },
  'log.read': (world, log: string, after: number) => {
    const blocks = blocksOf(world, log).filter(({ last }) => last > after);
    return just(world, blocks, `${log} after ${after}: ${noteOf(blocks.at(-1))}`);
  },
  'log.append': (world, log: string, block: NewBlock) =>
    blocksOf(world, log).some(({ first }) => first === block.first)
      ? just(world, 'conflict', `${log} ${block.first}: conflict`)
      : written(world, log, block),
  'records.get': (world, name: string) => {
    const life = world.incarnations[name];
    const stream = world.records[name];
    const found = stream ? { epoch: '', highWaterMark: 0, ...life, stream } : life;
    return just(world, found, `${name}: ${stream ? `${stream.record.log}, ${stream.record.state}` : 'none'}`);
  },
  'records.begin': (world, name: string, life: Incarnation) => {
    const recorded = world.incarnations[name] ?? life;
    return just({ ...world, incarnations: put(world.incarnations, name, recorded) }, recorded, name);
  },
  'records.reserve': (world, name: string, epoch: string, upTo: number) => {
    const life = world.incarnations[name];
    if (life?.epoch !== epoch) return just(world, false, 'other life');
    const highWaterMark = Math.max(life.highWaterMark, upTo);
    return just(
      { ...world, incarnations: put(world.incarnations, name, { epoch, highWaterMark }) },
      true,
      `up to ${upTo}`,
    );
  },
};

export const STREAMS: Effects = {
  'streams.swap': (world, name: string, version: number | undefined, record: StreamRecord) => {
    if (world.records[name]?.version !== version) return just(world, false, `${name}: another was first`);
    const records = put(world.records, name, { version: (version ?? 0) + 1, record });
    return just({ ...world, records }, true, `${name}: ${record.log}, ${record.state}`);
  },
  'streams.producer': (world, log: string, id: string) =>
    just(
      world,
      world.producers[log]?.find((one) => one.id === id),
      id,
    ),
  'streams.keepProducer': (world, log: string, { id, epoch, seq }: Producer) => {
    const all = world.producers[log] ?? [];
    const known = all.find((one) => one.id === id);
    if (known && (known.epoch > epoch || (known.epoch === epoch && known.seq >= seq)))
      return just(world, undefined, `${id} is further`);
    const kept = [...all.filter((one) => one.id !== id), { id, epoch, seq }];
    const producers = put(world.producers, log, kept);
    return just({ ...world, producers }, undefined, `${id} ${epoch} ${seq}`);
  },
  'streams.addFork': (world, log: string, fork: Fork) => {
    const others = (world.edges[log] ?? []).filter((one) => one.log !== fork.log);
    return just(
      { ...world, edges: put(world.edges, log, [...others, fork]) },
      undefined,
      `${log}: ${fork.log}`,
    );
  },
  'streams.removeFork': (world, log: string, fork: Fork) => {
    const others = (world.edges[log] ?? []).filter((one) => one.log !== fork.log);
    const edges = put(world.edges, log, others.length > 0 ? others : undefined);
    return just({ ...world, edges }, undefined, `${log}: ${fork.log}`);
  },
  'streams.forks': (world, log: string) => {
    const forks = world.edges[log] ?? [];
    return just(world, forks, `${log}: ${forks.map((one) => one.log).join(' ') || 'none'}`);
  },
  'streams.doom': (world, doomed: Doomed) => {
    const others = world.doomed.filter(({ log, due }) => log !== doomed.log || due !== doomed.due);
    return just({ ...world, doomed: inOrder([...others, doomed]) }, undefined, doomed.log);
  },
  'streams.doomed': (world, now: number) => {
    const due = world.doomed.filter((one) => one.due <= now);
    return just(world, due, due.map(({ log }) => log).join(' ') || 'none');
  },
  'streams.spare': (world, { log, due }: Doomed) => {
    const others = world.doomed.filter((one) => one.log !== log || one.due !== due);
    return just({ ...world, doomed: others }, undefined, log);
  },
  'streams.purge': (world, log: string) => {
    const producers = put(world.producers, log, undefined);
    return just({ ...world, logs: put(world.logs, log, undefined), producers }, false, log);
  },
};

function inOrder(doomed: readonly Doomed[]): readonly Doomed[] {
  return [...doomed].sort((a, b) => a.due - b.due || (a.log < b.log ? -1 : 1));
}

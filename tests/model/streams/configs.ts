/** The bounded worlds of streams that are explored, whole. */

import type { Ask, StreamConfig } from './config.ts';
import { ROUNDS } from './properties.ts';

export type StreamConfigName =
  | 'ends'
  | 'lost'
  | 'producers'
  | 'pipelined'
  | 'sessions'
  | 'evicted'
  | 'anew'
  | 'born'
  | 'forked'
  | 'abandoned'
  | 'purged'
  | 'chain'
  | 'expired';

const HOUR_MS = 3_600_000;

const of = (name: string) => ({
  make: { kind: 'make', name } as const,
  append: { kind: 'append', name } as const,
  close: { kind: 'close', name } as const,
  remove: { kind: 'delete', name } as const,
  read: { kind: 'read', name } as const,
  publish: { kind: 'publish', name } as const,
  fork: (from: string) => ({ kind: 'fork', name, from }) as const,
});
const produce = (id: string, seq: number, epoch = 0) =>
  ({ kind: 'produce', name: 'a', producer: { id, epoch, seq } }) as const;
const closing = (id: string, seq: number) => ({ ...produce(id, seq), closes: true }) as const;
const purges = (times: number): readonly Ask[] => Array.from({ length: times }, () => ({ kind: 'purge' }));
const [a, f, g] = [of('a'), of('f'), of('g')];

const CONFIGS_BY_NAME: Readonly<Record<StreamConfigName, Omit<StreamConfig, 'name'>>> = {
  ends: {
    about: 'a stream is closed and deleted while writers that know it append',
    processes: [
      { name: 'A', asks: [a.make, a.append, a.append], warm: 2 },
      { name: 'B', asks: [a.append, a.close], warm: 1 },
      { name: 'C', asks: [a.remove] },
    ],
  },
  lost: {
    about: 'two writers without producers put at once, and puts fail, seem to fail, or come late',
    processes: [
      { name: 'A', asks: [a.make, a.append, a.append], warm: 1 },
      { name: 'B', asks: [a.append, a.append], warm: 1 },
    ],
    faults: { failBefore: 1, failAfter: 1, failLate: 1 },
    failing: ['log.append'],
  },
  producers: {
    about: 'a producer that has no answer asks another process; puts fail, seem to fail, or come late',
    processes: [
      { name: 'A', asks: [a.make, produce('p', 0), produce('p', 1)], warm: 1 },
      { name: 'B', asks: [produce('p', 0), closing('p', 1)] },
    ],
    faults: { failBefore: 1, failAfter: 1, failLate: 1 },
    failing: ['log.append'],
  },
  pipelined: {
    about: 'a producer has three batches under way at once, through two processes',
    isLarge: true,
    processes: [
      { name: 'A', asks: [a.make, produce('p', 0), produce('p', 2)], warm: 1, atOnce: 2 },
      { name: 'B', asks: [a.append, produce('p', 1)], warm: 1 },
    ],
  },
  sessions: {
    about: 'a producer begins anew elsewhere while its old session goes on',
    processes: [
      { name: 'A', asks: [a.make, produce('p', 0), produce('p', 1)], warm: 2 },
      { name: 'B', asks: [produce('p', 0, 1), produce('p', 1, 1)] },
    ],
  },
  evicted: {
    about: 'a block holds one producer, and two write through two processes; puts seem to fail',
    producersOnBlock: 1,
    processes: [
      { name: 'A', asks: [a.make, produce('p', 0), produce('p', 0), produce('p', 1)], warm: 2 },
      { name: 'B', asks: [produce('q', 0), produce('p', 1), produce('q', 1)], warm: 1 },
    ],
    faults: { failAfter: 1 },
    failing: ['log.append'],
  },
  anew: {
    about: 'a stream is deleted and made anew while a writer that knows its old life appends, and one reads',
    processes: [
      { name: 'A', asks: [a.make, a.append, a.append], warm: 2 },
      { name: 'B', asks: [a.remove, a.make] },
      { name: 'C', asks: [a.read] },
    ],
  },
  born: {
    about: 'two make a stream at once, while another publishes under its name',
    processes: [
      { name: 'A', asks: [a.make] },
      { name: 'B', asks: [a.make] },
      { name: 'C', asks: [a.publish, a.publish] },
    ],
  },
  forked: {
    about: 'a stream is forked while it is deleted and purged, and any process dies',
    processes: [
      { name: 'A', asks: [a.make, f.fork('a'), f.read], warm: 1 },
      { name: 'B', asks: [a.remove] },
      { name: 'P', asks: purges(1) },
    ],
    faults: { jump: 1, die: 1 },
    jumpMs: 2 * HOUR_MS,
  },
  abandoned: {
    about: 'a stream is made, forked and deleted by a process that dies at any step, and purged then',
    processes: [
      { name: 'A', asks: [a.make, f.fork('a'), a.remove, f.remove] },
      { name: 'P', asks: purges(ROUNDS) },
    ],
    faults: { jump: ROUNDS, die: 1 },
    jumpMs: 2 * HOUR_MS,
    isCalm: true,
  },
  purged: {
    about: 'a fork and its source are deleted; the purge of them dies at any step, and another goes on',
    isLarge: true,
    processes: [
      { name: 'A', asks: [a.make, f.fork('a'), a.remove, f.remove], warm: 3 },
      { name: 'P', asks: purges(1) },
      { name: 'Q', asks: purges(ROUNDS) },
    ],
    faults: { jump: ROUNDS + 1, die: 1 },
    jumpMs: 2 * HOUR_MS,
    isCalm: true,
  },
  chain: {
    about: 'a fork of a fork; all three are deleted at once, and purged then',
    processes: [
      { name: 'A', asks: [a.make, f.fork('a'), g.fork('f'), a.remove], warm: 3 },
      { name: 'B', asks: [g.remove] },
      { name: 'C', asks: [f.remove] },
      { name: 'P', asks: purges(ROUNDS) },
    ],
    faults: { jump: ROUNDS },
    jumpMs: 2 * HOUR_MS,
    isCalm: true,
  },
  expired: {
    about: 'a stream whose time is over is made anew while it is purged',
    processes: [
      { name: 'A', asks: [{ ...a.make, ttlS: 3_600 }, a.append, a.append], warm: 2 },
      { name: 'B', asks: [a.make] },
      { name: 'P', asks: purges(1) },
    ],
    faults: { jump: 1 },
    jumpMs: 2 * HOUR_MS,
  },
};

export function streamConfigOf(name: StreamConfigName): StreamConfig {
  return { name, ...CONFIGS_BY_NAME[name] };
}

export const STREAM_CONFIGS: readonly StreamConfig[] = Object.entries(CONFIGS_BY_NAME).map(
  ([name, config]) => ({
    name,
    ...config,
  }),
);

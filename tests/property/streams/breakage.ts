/** Ports between a process and its world, as if `lib/` or a store had made a mistake: the properties of streams must find each one. */

import type { EventLog, StreamStore } from '../../../lib/log/ports.ts';
import { replacing } from '../../support/memory/doubles.ts';
import type { World } from '../../support/memory/world.ts';

export interface Ports {
  readonly log: World['log'];
  readonly streams: StreamStore;
}

/** Changes what each process sees of the world. */
export type Breakage = (world: World, ports: Ports) => Ports;

export const NONE: Breakage = (_, ports) => ports;

type Block = Parameters<EventLog['append']>[1];

/** Blocks are written otherwise. */
const writing =
  (change: (block: Block) => Block | undefined): Breakage =>
  (_, { log, streams }) => {
    const append: EventLog['append'] = async (name, block) => {
      const changed = change(block);
      return changed ? log.append(name, changed) : 'appended';
    };
    return { log: replacing(log, { append }), streams };
  };

/** Some of what is kept beside the logs is kept otherwise. */
const keeping =
  (methods: (world: World, streams: StreamStore) => Partial<StreamStore>): Breakage =>
  (world, { log, streams }) => ({ log, streams: replacing(streams, methods(world, streams)) });

export const OF_PRODUCERS: Readonly<Record<string, Breakage>> = {
  'a block does not say who wrote it': writing(({ writers: _, ...block }) => block),
  'a block says who wrote it, and not how far': writing(({ writers, ...block }) => ({
    ...block,
    ...(writers
      ? { writers: { ...writers, producers: writers.producers.map((one) => ({ ...one, seq: 0 })) } }
      : {}),
  })),
  'the mark of a close is not written': writing(({ mark, ...block }) =>
    mark === 'closed' ? undefined : { ...block, ...(mark ? { mark } : {}) },
  ),
  'a producer that stands on no block any more is forgotten': keeping(() => ({
    keepProducer: async () => undefined,
  })),
  'a producer that stands on no block any more is kept too late': keeping(({ clock }, streams) => ({
    keepProducer: async (log, producer) => {
      void clock.sleep(60_000).then(() => streams.keepProducer(log, producer));
    },
  })),
  'a block is put over another': (world, { log, streams }) => {
    const append: EventLog['append'] = async (name, block) => {
      world.log.take(name, block.first);
      return log.append(name, block);
    };
    return { log: replacing(log, { append }), streams };
  },
};

export const OF_FORKS: Readonly<Record<string, Breakage>> = {
  'an edge is not written': keeping(() => ({ addFork: async () => undefined })),
  'an edge is written too late': keeping(({ clock }, streams) => ({
    addFork: async (log, fork) => {
      void clock.sleep(30_000).then(() => streams.addFork(log, fork));
    },
  })),
  'who deletes does not see the edges': keeping(() => ({ forks: async () => [] })),
  'an edge is taken away with another': keeping((_, streams) => ({
    removeFork: async (log) => {
      for (const fork of await streams.forks(log)) await streams.removeFork(log, fork);
    },
  })),
  'a record is changed whatever version it has': keeping((world, streams) => ({
    swap: (name, _, record) => streams.swap(name, world.log.streams.record(name)?.version, record),
  })),
  'a log is removed at once': keeping((_, streams) => ({
    doom: async (doomed) => {
      while (await streams.purge(doomed.log));
    },
  })),
  'nothing is noted to be removed': keeping(() => ({ doom: async () => undefined })),
};

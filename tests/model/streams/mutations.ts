/** Mistakes with streams: in what a process sees or does, in a decision, or in a store. */

import type { LogBlock } from '../../../lib/log/block.ts';
import type { Fork, NewBlock } from '../../../lib/log/ports.ts';
import { isOwnLog, type StreamRecord } from '../../../lib/log/stream-record.ts';
import { written } from './effects.ts';
import type { StreamMutation } from './mutation.ts';
import type { Glasses, ProcessPorts } from './process.ts';
import { put } from './world.ts';

/** The ports with some methods of the log otherwise. */
const withLog =
  (change: (ports: ProcessPorts) => Partial<ProcessPorts['log']>): Glasses =>
  (ports) => ({ ...ports, log: { ...ports.log, ...change(ports) } });
const withStreams =
  (change: (ports: ProcessPorts) => Partial<ProcessPorts['streams']>): Glasses =>
  (ports) => ({ ...ports, streams: { ...ports.streams, ...change(ports) } });

/** Blocks are seen otherwise. */
const seeing = (look: (block: LogBlock) => LogBlock): Glasses =>
  withLog(({ log }) => ({
    last: async (name, after) => {
      const block = await log.last(name, after);
      return block && look(block);
    },
    read: async (name, after, limit) => (await log.read(name, after, limit)).map(look),
  }));

/** Blocks are written otherwise, or are not. */
const writing = (change: (name: string, block: NewBlock) => NewBlock | undefined): Glasses =>
  withLog(({ log }) => ({
    append: async (name, block) => {
      const changed = change(name, block);
      return changed ? log.append(name, changed) : 'appended';
    },
  }));

export const STREAM_MUTATIONS: readonly StreamMutation[] = [
  {
    name: 'a block may stand over another',
    line: 'aws/dynamodb/events-table.ts, append: attribute_not_exists(vid)',
    config: 'producers',
    breaks: 'life',
    effects: { 'log.append': (world, log: string, block: NewBlock) => written(world, log, block) },
  },
  {
    name: 'a writer forgets the mark that it has read',
    line: 'log/append/writer-state.ts, noteEnd: state.mark = mark',
    config: 'ends',
    breaks: 'end',
    glasses: seeing(({ mark: _, ...block }) => block),
  },
  {
    name: 'a delete writes no mark',
    line: "streams/delete.ts, deleteStream: mark: 'deleted'",
    config: 'ends',
    breaks: 'end',
    glasses: writing((name, block) => (block.mark === 'deleted' && isOwnLog(name) ? undefined : block)),
  },
  {
    name: 'a close writes no mark',
    line: "streams/append.ts, appendTo: mark: 'closed'",
    config: 'ends',
    breaks: 'end',
    glasses: writing((_, block) => (block.mark === 'closed' ? undefined : block)),
  },
  {
    name: 'a put whose answer was lost is repeated',
    line: 'log/append/appender.ts, #commit: tries.has(token)',
    config: 'lost',
    breaks: 'once',
    glasses: seeing((block) => ({ ...block, token: '' })),
  },
  {
    name: 'a block does not say who wrote it',
    line: 'log/append/stream-draft.ts, content: writers',
    config: 'producers',
    breaks: 'once',
    glasses: writing((_, { writers: _writers, ...block }) => block),
  },
  {
    name: 'a batch that was taken is the next one',
    line: 'log/writers.ts, standingOf: batch.seq <= known.seq',
    config: 'producers',
    breaks: 'once',
    decisions: {
      standing: (real) => (known, batch) =>
        real(known, batch).kind === 'duplicate' ? { kind: 'next' } : real(known, batch),
    },
  },
  {
    name: 'a batch is taken before its turn',
    line: 'log/writers.ts, standingOf: batch.seq === known.seq + 1',
    config: 'pipelined',
    breaks: 'order',
    decisions: {
      standing: (real) => (known, batch) =>
        real(known, batch).kind === 'gap' ? { kind: 'next' } : real(known, batch),
    },
  },
  {
    name: 'an older session of a producer is not refused',
    line: 'log/writers.ts, standingOf: batch.epoch < known.epoch',
    config: 'sessions',
    breaks: 'order',
    decisions: {
      standing: (real) => (known, batch) =>
        real(known, batch).kind === 'fenced' ? { kind: 'next' } : real(known, batch),
    },
  },
  {
    name: 'a view that is out of date says that a batch comes too early',
    line: "log/append/append-plan.ts: isDoubtful where outcome?.kind === 'gap'",
    config: 'pipelined',
    breaks: 'order',
    decisions: {
      plan: (real) => (state, batches, now) => ({ ...real(state, batches, now), isDoubtful: false }),
    },
  },
  {
    name: 'a producer that stands on no block any more is forgotten',
    line: 'log/append/appender.ts, #attempt: streams.keepProducer',
    config: 'evicted',
    breaks: 'order',
    glasses: withStreams(() => ({ keepProducer: async () => undefined })),
  },
  {
    name: 'what was read of a producer on no block is true for good',
    line: 'log/append/writer-state.ts, noteBlock: state.evicted.clear()',
    config: 'evicted',
    breaks: 'once',
    glasses: withStreams(({ streams }) => {
      const known = new Map<string, ReturnType<typeof streams.producer>>();
      return {
        producer(log, id) {
          const answer = known.get(id) ?? streams.producer(log, id);
          known.set(id, answer);
          return answer;
        },
      };
    }),
  },
  {
    name: 'the record of a name is changed whatever version it has',
    line: 'aws/dynamodb/streams-table.ts, swap: streamVersion = :before',
    config: 'born',
    breaks: 'told',
    effects: {
      'streams.swap': (world, name: string, _: number | undefined, record: StreamRecord) => {
        const version = (world.records[name]?.version ?? 0) + 1;
        return { world: { ...world, records: put(world.records, name, { version, record }) }, answer: true };
      },
    },
  },
  {
    name: 'the name of a new stream is not claimed',
    line: 'streams/create.ts, make: claim',
    config: 'born',
    breaks: 'told',
    glasses: writing((name, block) => (block.mark === 'deleted' && !isOwnLog(name) ? undefined : block)),
  },
  {
    name: 'a write goes into whatever life the name has',
    line: 'log/append/stream-draft.ts, take: write.life !== this.#state.epoch',
    config: 'anew',
    breaks: 'life',
    decisions: {
      plan: (real) => (state, batches, now) => {
        for (const { write } of batches)
          if (write && state.epoch !== undefined) Object.assign(write, { life: state.epoch });
        return real(state, batches, now);
      },
    },
  },
  {
    name: 'a stream is there before it has what it was made with',
    line: 'streams/create.ts, make: begin comes before swap',
    config: 'born',
    breaks: 'kept',
    glasses: (ports) => {
      let first: (() => Promise<unknown>) | undefined;
      return {
        ...ports,
        log: {
          ...ports.log,
          async append(log, block) {
            if (!isOwnLog(log)) return ports.log.append(log, block);
            first = () => ports.log.append(log, block);
            return 'appended';
          },
        },
        streams: {
          ...ports.streams,
          async swap(...asked) {
            const isMine = await ports.streams.swap(...asked);
            await first?.();
            return isMine;
          },
        },
      };
    },
  },
  {
    name: 'an edge is written after the source was looked at',
    line: 'streams/create.ts, takeEdge: addFork comes before locate',
    config: 'forked',
    breaks: 'kept',
    glasses: withStreams(({ streams }) => {
      let late: readonly [string, Fork] | undefined;
      return {
        addFork: async (...edge) => {
          late = edge;
        },
        async swap(...asked) {
          if (late) await streams.addFork(...late);
          return streams.swap(...asked);
        },
      };
    }),
  },
  {
    name: 'the source is not looked at again once it has the edge',
    line: "streams/create.ts, takeEdge: found.kind === 'live'",
    config: 'forked',
    breaks: 'kept',
    glasses: (ports) => {
      const seen = new Map<string, ReturnType<ProcessPorts['records']['get']>>();
      const looked = new Map<string, Promise<LogBlock | undefined>>();
      let isForking = false;
      return {
        log: {
          ...ports.log,
          last(log, after) {
            const known = isForking ? looked.get(log) : undefined;
            const block = known ?? ports.log.last(log, after);
            looked.set(log, block);
            return block;
          },
        },
        records: {
          ...ports.records,
          get(name) {
            const known = isForking ? seen.get(name) : undefined;
            const record = known ?? ports.records.get(name);
            seen.set(name, record);
            return record;
          },
        },
        streams: {
          ...ports.streams,
          async addFork(...edge) {
            await ports.streams.addFork(...edge);
            isForking = true;
          },
          swap(...asked) {
            isForking = false;
            return ports.streams.swap(...asked);
          },
        },
      };
    },
  },
  {
    name: 'the purge looks for no forks',
    line: 'streams/purge.ts, purgeOne: isNeeded',
    config: 'forked',
    breaks: 'kept',
    glasses: withStreams(() => ({ forks: async () => [] })),
  },
  {
    name: 'the purge removes a stream that lives',
    line: "streams/purge.ts, purgeOne: record?.state === 'live'",
    config: 'abandoned',
    breaks: 'kept',
    glasses: withStreams(({ streams }) => ({
      doomed: async (now) => {
        const doomed = await streams.doomed(now);
        for (const { log } of doomed) await streams.purge(log);
        return doomed;
      },
    })),
  },
  {
    name: 'the purge leaves the record of a marked stream as it is',
    line: 'streams/purge.ts, purgeOne: streams.swap also where isMarked',
    config: 'abandoned',
    breaks: 'kept',
    glasses: (ports) => {
      let isMarked = false;
      return {
        ...ports,
        log: {
          ...ports.log,
          async last(log, after) {
            const block = await ports.log.last(log, after);
            isMarked = block?.mark === 'deleted';
            return block;
          },
        },
        streams: {
          ...ports.streams,
          swap: async (name, version, record) =>
            record.state === 'deleted' && isMarked ? true : ports.streams.swap(name, version, record),
        },
      };
    },
  },
  {
    name: 'a log is not noted before its first block',
    line: 'streams/create.ts, begin: streams.doom',
    config: 'abandoned',
    breaks: 'left',
    glasses: (ports) => {
      const born = new Set<string>();
      return {
        ...ports,
        streams: {
          ...ports.streams,
          swap: (name, version, record) => {
            born.add(record.log);
            return ports.streams.swap(name, version, record);
          },
          doom: async (doomed) => (born.has(doomed.log) ? ports.streams.doom(doomed) : undefined),
        },
      };
    },
  },
  {
    name: 'a log is noted after its mark',
    line: 'streams/delete.ts, deleteStream: noteOver comes before the mark',
    config: 'abandoned',
    breaks: 'left',
    glasses: withStreams(({ streams }) => {
      const late: Array<Parameters<typeof streams.doom>[0]> = [];
      return {
        doom: async (doomed) => {
          late.push(doomed);
        },
        async swap(...asked) {
          const isMine = await streams.swap(...asked);
          for (const doomed of late.splice(0)) await streams.doom(doomed);
          return isMine;
        },
      };
    }),
  },
  {
    name: 'a note is taken back before its log is removed',
    line: 'streams/purge.ts, purgeOne: streams.spare comes last',
    config: 'purged',
    breaks: 'left',
    glasses: withStreams(({ streams }) => ({
      async purge(log) {
        for (const doomed of await streams.doomed(Number.MAX_SAFE_INTEGER))
          if (doomed.log === log) await streams.spare(doomed);
        return streams.purge(log);
      },
    })),
  },
  {
    name: 'the edge of a fork that is over stays',
    line: 'streams/delete.ts, takeEdgeAway: streams.removeFork',
    config: 'chain',
    breaks: 'left',
    glasses: withStreams(() => ({ removeFork: async () => undefined })),
  },
  {
    name: 'a reader gets no further than the first block',
    line: 'log/read/lineage.ts, readLineage: log.read(own, after, limit)',
    config: 'anew',
    breaks: 'found',
    glasses: withLog(({ log }) => ({
      read: async (name, after, limit) =>
        (await log.read(name, after, limit)).slice(0, after === 0 ? 1 : limit),
    })),
  },
  {
    name: 'a call without an answer is awaited for ever',
    line: 'aws/clients.ts: the request timeout',
    config: 'sessions',
    breaks: 'progress',
    glasses: withLog(() => ({ append: () => new Promise(() => undefined) })),
  },
];

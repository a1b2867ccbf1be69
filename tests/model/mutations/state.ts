/** Mistakes of a process that folds a channel into its state, and of one that answers a state or reads on from it. */

import type { LogBlock } from '../../../lib/log/block.ts';
import type { StatePage } from '../../../lib/state/ports.ts';
import { replacing } from '../../support/memory/doubles.ts';
import type { DynamoInput } from '../../support/memory/memory-dynamo.ts';
import { holds, updated } from '../../support/memory/memory-expressions.ts';
import type { FolderGlasses } from '../actors/folder.ts';
import type { StateReaderGlasses } from '../actors/state-reader.ts';
import { REFUSED } from '../actors/states.ts';
import { just } from '../effects/effect.ts';
import { queried, stateAt, writtenState } from '../effects/states.ts';
import type { Mutation } from '../mutation.ts';

/** The life in which every configuration begins. */
const FIRST = 'Q.t1';

/** Between a fold and what it reads of the log. */
const folding = (change: (block: LogBlock) => LogBlock): FolderGlasses => {
  return (ports) => ({ ...ports, log: { ...ports.log, read: reading(ports.log.read, change) } });
};

/** Between whoever answers a state and what it reads of the log. */
const answering = (change: (block: LogBlock) => LogBlock): StateReaderGlasses => {
  return (ports) => ({ ...ports, log: { ...ports.log, read: reading(ports.log.read, change) } });
};

type Read = (channel: string, after: number, limit: number) => Promise<readonly LogBlock[]>;

function reading(read: Read, change: (block: LogBlock) => LogBlock): Read {
  return async (...asked) => (await read(...asked)).map(change);
}

const inFirstLife = (block: LogBlock): LogBlock => ({ ...block, epoch: FIRST });

export const STATE: readonly Mutation[] = [
  {
    name: 'a fold says how far it is before it has written',
    line: 'state/fold-channel.ts, takeAll: await take(change)',
    config: 'folds',
    breaks: 'state',
    folder: (ports) => {
      const take: typeof ports.states.take = async (...change) => {
        void ports.states.take(...change).catch(() => undefined);
      };
      return { ...ports, states: replacing(ports.states, { take }) };
    },
  },
  {
    name: 'deletions are not folded',
    line: 'state/fold.ts, changes: those that are deleted',
    config: 'folds',
    breaks: 'state',
    folder: (ports) => {
      const take: typeof ports.states.take = async (channel, epoch, change) => {
        if (change.entry) await ports.states.take(channel, epoch, change);
      };
      return { ...ports, states: replacing(ports.states, { take }) };
    },
  },
  {
    name: 'events of another life are folded',
    line: 'state/fold-channel.ts, gather: block.epoch !== epoch',
    config: 'refolded',
    breaks: 'state',
    folder: folding(inFirstLife),
  },
  {
    name: 'an older event of a key is written over a newer one',
    line: 'aws/dynamodb/states-table.ts, take: vid < :vid',
    config: 'folds',
    breaks: 'state',
    effects: {
      'states.PutItem': (world, _rules, _by, { Item = {} }: DynamoInput) => [writtenState(world, Item)],
    },
  },
  {
    name: 'a key that is deleted is not remembered',
    line: 'aws/dynamodb/states-table.ts, take: expires',
    config: 'folds',
    breaks: 'state',
    effects: {
      'states.PutItem': (world, _rules, _by, input: DynamoInput) => {
        const before = stateAt(world, input.Item);
        if (!input.Item || !holds(input.ConditionExpression, before, input)) return just(world, REFUSED);
        if (input.Item.id) return [writtenState(world, input.Item)];
        return just({ ...world, states: world.states.filter((item) => item !== before) }, {}, 'removed');
      },
    },
  },
  {
    name: 'what is folded goes back',
    line: 'aws/dynamodb/states-table.ts, foldTo: upTo < :upTo',
    config: 'folds',
    breaks: 'state',
    effects: {
      'states.UpdateItem': (world, _rules, _by, input: DynamoInput) => {
        const before = stateAt(world, input.Key) ?? { ...input.Key };
        return [writtenState(world, updated(before, input.UpdateExpression ?? '', input))];
      },
    },
  },
  {
    name: 'how far is folded is read after the keys',
    line: 'aws/dynamodb/states-table.ts, page: this.foldedTo comes before the entries',
    config: 'begun',
    breaks: 'state',
    stateReader: (ports) => {
      const page: typeof ports.states.page = async (channel, epoch, range) => {
        const page = await ports.states.page(channel, epoch, range);
        return { ...page, upTo: await ports.states.foldedTo(channel, epoch) };
      };
      return { ...ports, states: { ...ports.states, page } };
    },
  },
  {
    name: 'only the first page of the keys is read',
    line: 'aws/dynamodb/states-table.ts, #next: LastEvaluatedKey',
    config: 'begun',
    breaks: 'state',
    effects: {
      'states.Query': (world, _rules, _by, input: DynamoInput) =>
        just(world, { Items: queried(world, input).slice(0, 1) }),
    },
  },
  {
    name: 'eventually consistent keys',
    line: 'aws/dynamodb/states-table.ts, #next: ConsistentRead',
    config: 'begun',
    breaks: 'state',
    effects: {
      'states.Query': (world, _rules, _by, input: DynamoInput) => [
        { world, answer: { Items: queried(world, input) }, note: 'all' },
        { world, answer: { Items: [] }, note: 'an older state' },
      ],
    },
  },
  {
    name: 'the head is read after the state',
    line: 'state/read-state.ts, readState: bornHead comes before pageUpTo',
    config: 'begun',
    breaks: 'state',
    stateReader: (ports) => {
      let early: StatePage | undefined;
      const last: typeof ports.log.last = async (channel, above) => {
        early ??= await ports.states.page(channel, FIRST, { prefix: '', after: '', keys: [] });
        return ports.log.last(channel, above);
      };
      const page = async () => ({ ...(early ?? { entries: [], next: null }), upTo: Number.MAX_SAFE_INTEGER });
      return { ...ports, log: { ...ports.log, last }, states: { ...ports.states, page } };
    },
  },
  {
    name: 'what came after the fold is left out',
    line: 'state/read-state.ts, pageUpTo: folded(log',
    config: 'begun',
    breaks: 'state',
    stateReader: (ports) => ({ ...ports, log: { ...ports.log, read: async () => [] } }),
  },
  {
    name: 'what was folded and has expired while a state is read is not looked for again',
    line: 'state/read-state.ts, pageUpTo: states.foldedTo',
    config: 'outlived',
    breaks: 'state',
    stateReader: (ports) => ({ ...ports, states: { ...ports.states, foldedTo: async () => 0 } }),
  },
  {
    name: 'numbers that are skipped over are taken for numbers without an event',
    line: 'state/read-state.ts, folded: isGap(block)',
    config: 'outlived',
    breaks: 'state',
    stateReader: answering((block) => (block.entries.length > 0 ? block : { ...block, isBare: true })),
  },
  {
    name: 'a state is made of two lives',
    line: 'state/read-state.ts, folded: block.epoch !== epoch',
    config: 'refolded',
    breaks: 'state',
    stateReader: answering(inFirstLife),
  },
  {
    name: 'a narrow answer that was cut leads to the head',
    line: 'log/read/narrow.ts, narrowAnswer: maxvid is cutAt',
    config: 'narrow',
    breaks: 'state',
    stateReader: (ports) => {
      let head = 0;
      const last: typeof ports.log.last = async (...asked) => {
        const block = await ports.log.last(...asked);
        head = block?.last ?? head;
        return block;
      };
      const told: typeof ports.told = (answer) => ({ ...answer, maxvid: Math.max(answer.maxvid, head) });
      return { ...ports, log: { ...ports.log, last }, told };
    },
  },
];

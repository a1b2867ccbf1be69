/** The bounded worlds around the state: folds behind the log, and readers who begin with what was folded. */

import type { Config } from './config.ts';

/** How publishers come between each other, and whom they ring, is explored elsewhere. */
const PUBLISHING = ['waiters.armed', 'records.get', 'records.begin'];

export const STATE_CONFIGS = {
  folds: {
    about:
      'two folds at once, each up to the end or not, while events come and keys are deleted; writes fail or come late',
    pollers: {},
    publishers: [{ name: 'Q', publishes: [['a=1', 'b=1'], ['a!2']], warm: 1 }],
    folders: { F: 1, G: 1 },
    faults: { failLate: 1 },
    failing: ['states.PutItem', 'states.UpdateItem'],
    atOnce: [...PUBLISHING, 'states.GetItem'],
  },
  begun: {
    about: 'a reader begins with the state, in pages, and goes on, while events come and are folded',
    pollers: {},
    publishers: [{ name: 'Q', publishes: [['a=1', 'b=1'], ['a!2'], ['b=3', 'a=4']], warm: 1 }],
    folders: { F: 2 },
    stateReaders: [{ name: 'R', polls: 2 }],
    atOnce: PUBLISHING,
  },
  narrow: {
    about:
      'a reader of one key begins with its state and passes by all others, while events come and are folded',
    pollers: {},
    publishers: [
      {
        name: 'Q',
        publishes: [
          ['a=1', 'b=1'],
          ['b=2', 'a!3', 'b=4'],
          ['a=5', 'a=6', 'x'],
        ],
        warm: 1,
      },
    ],
    folders: { F: 2 },
    stateReaders: [{ name: 'R', keys: ['a'], polls: 3, limit: 1 }],
    atOnce: PUBLISHING,
  },
  outlived: {
    about: 'what is folded expires in any order, deletions are forgotten, and the channel goes on',
    pollers: {},
    publishers: [{ name: 'Q', publishes: [['a=1', 'b=1'], ['a!2'], ['b=3']], warm: 2 }],
    folders: { F: 2 },
    stateReaders: [{ name: 'R', polls: 1 }],
    faults: { jump: 1 },
    retentionMs: 3_600_000,
    jumpMs: 25 * 3_600_000,
    atOnce: [...PUBLISHING, 'records.reserve', 'states.GetItem', 'states.PutItem', 'log.last'],
  },
  refolded: {
    about: 'the table of events is dropped and made anew around folds and a reader of the state',
    pollers: {},
    publishers: [
      { name: 'Q', publishes: [['a=1', 'b=1']], warm: 1 },
      { name: 'R', publishes: [['a=7', 'c=8']] },
    ],
    folders: { F: 2 },
    stateReaders: [{ name: 'T', polls: 1, again: 1 }],
    faults: { drop: 1 },
    atOnce: [...PUBLISHING, 'states.PutItem'],
  },
} satisfies Readonly<Record<string, Omit<Config, 'name'>>>;

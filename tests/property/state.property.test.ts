/**
 * The state at vid N is the fold of events 1 to N, for every N, where nobody publishes meanwhile; and a reader who takes the state, page by page while others publish, and polls on from the
 * first page's `maxvid` has the same map as one who read everything. Held on SQLite, which writes the state with each block, and on the log alone.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TRUSTED } from '../../lib/auth/caller.ts';
import { eventsAfter, newEvent } from '../../lib/log/block.ts';
import type { EventLog } from '../../lib/log/ports.ts';
import { HeadReader } from '../../lib/log/read/head-reader.ts';
import { systemClock } from '../../lib/runtime/system.ts';
import { SqliteChannelRecords } from '../../lib/sqlite/channel-records.ts';
import { Database } from '../../lib/sqlite/database.ts';
import { SqliteEventLog } from '../../lib/sqlite/event-log.ts';
import { SqliteStateStore } from '../../lib/sqlite/state-store.ts';
import { foldChannel } from '../../lib/state/fold-channel.ts';
import { type FoldedStates, NO_STATE, type StateEntry } from '../../lib/state/ports.ts';
import { readState, type StatePorts } from '../../lib/state/read-state.ts';
import { newBlock } from '../../packages/testing/src/contract/blocks.ts';
import { MemoryStates } from '../../packages/testing/src/memory/states.ts';
import { MemoryLog } from '../../packages/testing/src/memory/stores.ts';
import { MemoryLogger, replacing } from '../support/memory/doubles.ts';

const CHANNEL = 'board';
const NEVER = 9e15;
const ALL = { prefix: '', after: '', keys: [] };
/** Five of them are more than one page holds. */
const LARGE = 'x'.repeat(260_000);

interface Stand {
  readonly ports: StatePorts;
  readonly log: EventLog;
  /** Between two steps, by a number that says what: folds, and what may befall that. */
  readonly meanwhile?: (step: number) => Promise<void>;
  close(): void;
}

const GROUNDS: Readonly<Record<string, () => Stand>> = {
  SQLite() {
    const db = Database.open({ file: ':memory:', durability: 'process', logger: new MemoryLogger() });
    const states = new SqliteStateStore(db);
    const log = new SqliteEventLog(db, states);
    const records = new SqliteChannelRecords(db, systemClock);
    const headReader = new HeadReader({ log, records, clock: systemClock });
    return { log, ports: { log, headReader, states }, close: () => db.close() };
  },
  'the log alone'() {
    const log = new MemoryLog();
    const headReader = new HeadReader({ log, records: log, clock: systemClock });
    return { log, ports: { log, headReader, states: NO_STATE }, close: () => undefined };
  },
  'folds behind the log, that stop anywhere, run twice at once, and outlive its events'() {
    const log = new MemoryLog();
    void log.begin(CHANNEL, { epoch: 'e1', highWaterMark: 1_000 });
    const headReader = new HeadReader({ log, records: log, clock: systemClock });
    const states = new MemoryStates();
    return {
      log,
      ports: { log, headReader, states },
      meanwhile: folding(log, states),
      close: () => undefined,
    };
  },
};

class Killed extends Error {}

/** A fold that is killed after so many writes. */
function killedAfter(states: FoldedStates, writes: number): FoldedStates {
  let left = writes;
  const write =
    <A extends readonly unknown[]>(act: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      if (left-- <= 0) throw new Killed();
      await act(...args);
    };
  return replacing<FoldedStates>(states, {
    take: write((...args) => states.take(...args)),
    foldTo: write((...args) => states.foldTo(...args)),
  });
}

function folding(log: MemoryLog, states: MemoryStates): (step: number) => Promise<void> {
  /** One that has read the log, and writes late. */
  let late: (() => void) | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const fold = (to: FoldedStates) =>
    foldChannel({ log, records: log, states: to, clock: systemClock }, CHANNEL, Number.POSITIVE_INFINITY);
  return async (step) => {
    switch (step % 5) {
      case 0:
        await fold(states);
        return;
      case 1:
        await fold(killedAfter(states, step)).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        return;
      case 2: {
        if (late) return;
        const gate = new Promise<void>((resolve) => {
          late = resolve;
        });
        const waiting = replacing<FoldedStates>(states, {
          take: async (...args) => {
            await gate;
            await states.take(...args);
          },
        });
        running = fold(waiting);
        return;
      }
      case 3:
        late?.();
        await running;
        return;
      default:
        // Retention takes what is folded.
        log.expire(CHANNEL, await states.foldedTo(CHANNEL, 'e1'));
    }
  };
}

const key = fc.constantFrom('a', 'b', '__proto__', 'é', '𝕏', '\uffff', undefined);
const data = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom<unknown>(null, 1, 'text', { a: null }) },
  fc.constant(LARGE),
);
const blocks = fc.array(fc.array(fc.tuple(key, data), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 12,
});

const steps = fc.array(fc.nat(24), { minLength: 12, maxLength: 12 });

type Published = ReadonlyArray<ReadonlyArray<readonly [key: string | undefined, data: unknown]>>;
type Fold = Map<string, readonly [vid: number, data: unknown]>;

function take(fold: Fold, vid: number, of: string | undefined, what: unknown): void {
  if (of === undefined || (fold.get(of)?.[0] ?? 0) >= vid) return;
  fold.set(of, [vid, what]);
}

/** What is not deleted. */
const living = (fold: Fold) => new Map([...fold].filter(([, [, what]]) => what !== null));

/** Takes the state page by page, and then what the log has after the first page's `maxvid`. */
class Reader {
  readonly fold: Fold = new Map();
  readonly #stand: Stand;
  #maxvid: number | undefined;
  #after: string | null = '';

  constructor(stand: Stand) {
    this.#stand = stand;
  }

  get isDone(): boolean {
    return this.#after === null;
  }

  /** Returns the page when it is the whole state. */
  async nextPage(): Promise<readonly StateEntry[] | undefined> {
    const isFirst = this.#after === '';
    const range = { ...ALL, after: this.#after ?? '' };
    const page = await readState(this.#stand.ports, TRUSTED, CHANNEL, range);
    this.#maxvid ??= page.maxvid;
    this.#after = page.next;
    for (const { key: of, vid, data: what } of page.entries) take(this.fold, vid, of, what);
    return isFirst && page.next === null ? page.entries : undefined;
  }

  /** False when it has missed something: then it begins again with the state. */
  async pollOn(head: number): Promise<boolean> {
    for (let after = this.#maxvid ?? 0; ; ) {
      const blocks = await this.#stand.log.read(CHANNEL, after, 1_000);
      if ((blocks[0]?.first ?? head + 1) > after + 1) return this.#beginAgain();
      for (const block of blocks)
        for (const { key: of, vid, data: what } of eventsAfter(block, after)) take(this.fold, vid, of, what);
      const last = blocks.at(-1);
      if (!last) return true;
      after = last.last;
    }
  }

  #beginAgain(): false {
    this.#after = '';
    this.#maxvid = undefined;
    this.fold.clear();
    return false;
  }
}

async function run(
  stand: Stand,
  published: Published,
  readFrom: number,
  steps: readonly number[],
): Promise<void> {
  const whole: Fold = new Map();
  const reader = new Reader(stand);
  let head = 0;
  for (const [i, events] of published.entries()) {
    const made = events.map(([of, what], n) => newEvent(`${i}-${n}`, what, of));
    const at = new Date().toISOString();
    await stand.log.append(CHANNEL, newBlock(head + 1, made, { at, expires: NEVER }));
    for (const [of, what] of events) take(whole, ++head, of, what);
    await stand.meanwhile?.(steps[i] ?? 0);
    if (i < readFrom || reader.isDone) continue;
    // One page after each block: others publish while it reads.
    const state = await reader.nextPage();
    if (state) expect(new Map(state.map((one) => [one.key, [one.vid, one.data]]))).toEqual(living(whole));
  }
  do while (!reader.isDone) await reader.nextPage();
  while (!(await reader.pollOn(head)));
  expect(living(reader.fold)).toEqual(living(whole));
}

test.each(Object.entries(GROUNDS))('on %s, whatever is published meanwhile', async (_, start) => {
  await fc.assert(
    fc.asyncProperty(blocks, fc.nat(12), steps, async (published, readFrom, steps) => {
      const stand = start();
      try {
        await run(stand, published, readFrom, steps);
      } finally {
        stand.close();
      }
    }),
    { numRuns: 60 },
  );
});

/**
 * Stands between the shell of `lib/` and its pure decisions, so that the model sees every state of a watch and a mutation can replace one
 * decision. The test file mocks the modules with these; without a mutation the real functions decide.
 */

import type { Block } from '../../lib/log/block.ts';
import type * as logHead from '../../lib/log/head.ts';
import type { Head } from '../../lib/log/head.ts';
import type * as answer from '../../lib/log/read/page.ts';
import type { RecentBlocks } from '../../lib/log/read/recent-blocks.ts';
import type * as watch from '../../lib/wakeup/watch-state.ts';
import type { WatchState } from '../../lib/wakeup/watch-state.ts';

type Watching = Pick<typeof watch, 'rearm' | 'checked' | 'failed' | 'heard' | 'appended' | 'due'>;
export type Decisions = Watching &
  Pick<typeof logHead, 'standing'> &
  Pick<typeof answer, 'newsAnswer'> & {
    /** What a tail that was given these blocks, in this order, says is after `after`. */
    tailAfter(added: readonly Block[], after: number, head: Head): readonly Block[] | undefined;
  };

/** What a mutation replaces, given the real ones and the time of the process. */
export type Replace = (real: Decisions, now: () => number) => Partial<Decisions>;

/** What the code that is being replayed right now keeps in private: its watches and tails, in the order of their making. */
export interface Insight {
  watches: WatchState[];
  tails: Map<RecentBlocks, readonly Block[]>;
  now: () => number;
}

let insight: Insight = fresh(() => 0);
const real: Partial<Decisions> = {};
let replaced: Partial<Decisions> = {};

/** A look into one process; it sees while it is the one that was `lookInto` last. */
export function fresh(now: () => number): Insight {
  return { watches: [], tails: new Map(), now };
}

export function lookInto(one: Insight): void {
  insight = one;
}

export function replace(by: Replace | undefined): void {
  replaced = by && isWhole(real) ? by(real, () => insight.now()) : {};
}

export function spiedWatch(module: typeof watch): typeof watch {
  Object.assign(real, { ...module });
  const noted = (before: WatchState, after: WatchState): WatchState => {
    const at = insight.watches.indexOf(before);
    if (at >= 0) insight.watches[at] = after;
    else insight.watches.push(after);
    return after;
  };
  const decide = <K extends keyof Watching>(name: K): Watching[K] => replaced[name] ?? module[name];
  return {
    ...module,
    rearm: (before, nonce) => noted(before, decide('rearm')(before, nonce)),
    failed: (before) => noted(before, decide('failed')(before)),
    checked(before, head, until) {
      const step = decide('checked')(before, head, until);
      return { ...step, watch: noted(before, step.watch) };
    },
    heard(before, ring) {
      const step = decide('heard')(before, ring);
      return { ...step, watch: noted(before, step.watch) };
    },
    appended(before, reached) {
      const step = decide('appended')(before, reached);
      return { ...step, watch: noted(before, step.watch) };
    },
    due: (before, now) => decide('due')(before, now),
  };
}

export function spiedHead(module: typeof logHead): typeof logHead {
  Object.assign(real, { standing: module.standing });
  return { ...module, standing: (...args) => (replaced.standing ?? module.standing)(...args) };
}

export function spiedAnswer(module: typeof answer): typeof answer {
  Object.assign(real, { newsAnswer: module.newsAnswer });
  return { ...module, newsAnswer: (...args) => (replaced.newsAnswer ?? module.newsAnswer)(...args) };
}

export function spiedTail<M extends { readonly RecentBlocks: typeof RecentBlocks }>(module: M): M {
  class SpiedTail extends module.RecentBlocks {
    readonly #added: Block[] = [];

    override add(block: Block): void {
      super.add(block);
      this.#added.push(block);
      const head = { vid: 0, epoch: block.epoch };
      let after = 0;
      while (!super.after(after, head)) after++;
      insight.tails.set(this, super.after(after, head) ?? [block]);
    }

    override after(after: number, head: Head): readonly Block[] | undefined {
      const real = () => super.after(after, head);
      return replaced.tailAfter ? replaced.tailAfter(this.#added, after, head) : real();
    }
  }
  return { ...module, RecentBlocks: SpiedTail };
}

function isWhole(some: Partial<Decisions>): some is Decisions {
  return some.rearm !== undefined && some.standing !== undefined && some.newsAnswer !== undefined;
}

/** A bounded world to explore: who is there, how often each may act, and what the adversary may do. */

import type { DirectPlan } from './actors/direct.ts';
import type { ClientPlan } from './actors/poller.ts';
import type { PublisherPlan } from './actors/publisher.ts';
import type { PublishPlan } from './actors/publishing.ts';
import type { StateReaderPlan } from './actors/state-reader.ts';
import type { Faults } from './world.ts';

export interface Config {
  readonly name: string;
  /** What it is about, for the reader. */
  readonly about: string;
  /** More than a suite has time for: half a million states, half a minute. Explored when asked for. */
  readonly large?: boolean;
  /** The processes that hold polls, and their clients. */
  readonly pollers: Readonly<Record<string, readonly ClientPlan[]>>;
  /** Readers who wait directly, each with the functions that it asks. */
  readonly directs?: Readonly<Record<string, DirectPlan>>;
  readonly publishers: readonly PublisherPlan[];
  /** Those of the pollers that publish too, and what. */
  readonly hubs?: Readonly<Record<string, PublishPlan>>;
  /** Every block is a large one, which is not read again to learn that nothing came since. */
  readonly largeBlocks?: boolean;
  /** How often the sweeper runs. */
  readonly sweeps?: number;
  /** The processes that fold the channel into its state, and how often each does. Only what is folded expires then (INVARIANTS.md, known gaps). */
  readonly folders?: Readonly<Record<string, number>>;
  readonly stateReaders?: readonly StateReaderPlan[];
  /** How often each fault may happen; by default never. */
  readonly faults?: Faults;
  /** The calls that may fail, with `failBefore`, `failAfter` and `failLate`. */
  readonly failing?: readonly string[];
  /** How far `jump` takes time at once, in ms. */
  readonly jumpMs?: number;
  /** How far a wall clock may be set at once, in ms: forward, or back. */
  readonly setMs?: readonly number[];
  /** How long blocks are kept, in ms; by default a week. */
  readonly retentionMs?: number;
  /** Reads are answered as soon as they take effect, where another configuration explores what comes between. */
  readonly together?: boolean;
  /** Calls that take effect as soon as they are made, where another configuration explores how they come between others. */
  readonly atOnce?: readonly string[];
}

/**
 * Appending to the log: one writer per channel in this process, which commits everything that waits as one block (group commit). An
 * append takes the next number by a conditional put; on a conflict it looks at what others wrote and tries again, with full jitter. A put
 * whose answer was lost is recognised by its token and not repeated. Batches keep their order, and a batch is never split.
 */

import { PushError } from '../../errors.ts';
import { pauseMs } from '../../runtime/backoff.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import type { NewEvent } from '../block.ts';
import { type Batch, firstBlock, idsToCompare, isEmptyPlan, type Plan, planBlock } from './append-plan.ts';
import { BlockWriter } from './block-writer.ts';
import { lookUp } from './load-ids.ts';
import { freshWriterState } from './load-writer-state.ts';
import { loadEvicted } from './refusals.ts';
import { type SettlePorts, settle } from './settle.ts';
import type { Outcome, StreamWrite } from './stream-draft.ts';
import {
  type Appended,
  type ChannelQueue,
  gather,
  giveUp,
  inTime,
  tooLate,
  type Waiting,
  waitingFor,
} from './waiting.ts';
import { catchUp, type WriterState } from './writer-state.ts';

export type { Appended };

/** How long a batch may wait and be tried before its publisher is told to come again: well inside API Gateway's 30 s. */
const DEADLINE_MS = 10_000;
/**
 * A batch that is late by so much is not written any more: its process stood still while it read the log, and others may have written the same since. With the time
 * that a batch may wait this is well below the time for which ids are compared.
 */
const STOOD_STILL_MS = 60_000;
const RETRY = { baseMs: 10, capMs: 1_000 };
/** After a conflict: short enough to meet another writer's rest. Not none, for then many writers would conflict over and over. */
const CONFLICT = { baseMs: 5, capMs: 20 };
/**
 * A writer that never lacks work rests now and then. Another process needs a read and a put to append, and would conflict with every block
 * of one that only needs a put.
 */
const REST = { everyBlocks: 150, forMs: 30 };
/** Channels whose views are kept; beyond it the longest unused is dropped and read anew when needed. */
const MAX_QUEUES = 1_000;

export interface AppendPorts extends SettlePorts {
  /**
   * Resolves when the publishes that have reached this process by now wait here too, so that one block holds them all. For a server, where many come
   * at once.
   */
  readonly arrivals?: () => Promise<void>;
  /** No other process appends to this log, so the writer need not rest for one. By default others may. */
  readonly isAlone?: boolean;
}

export class Appender {
  readonly #ports: AppendPorts;
  readonly #writer: BlockWriter;
  readonly #deadlines: Deadlines;
  readonly #queues = new BoundedMap<string, ChannelQueue>(MAX_QUEUES, { isBusy: ({ busy }) => busy });

  constructor(ports: AppendPorts) {
    this.#ports = ports;
    this.#writer = new BlockWriter(ports);
    this.#deadlines = new Deadlines(ports.clock);
  }

  /**
   * Appends a batch that fits one block, as consecutive vids. With `hasProducerIds`, events whose id stands in the
   * channel's last 5 minutes are not appended again. Throws `unavailable` when the log could not be written
   * in time, 10 s from this call or at `by` (ms of `Clock.elapsed`): the batch is then most likely not in the
   * log, but whole if it is; publishing it again under the same ids is safe. A log that says when to come again (`retryAfter`), as on
   * a full disk, is not tried again here. Where the batch turns out to be there after all, `late` is told.
   * With `isOwn`, an id that stands under a key that is not so is refused with `conflict`, and the batch with it.
   */
  append(
    channel: string,
    events: readonly NewEvent[],
    hasProducerIds: boolean,
    by = Number.POSITIVE_INFINITY,
    late: (appended: Appended) => void = () => undefined,
    isOwn?: Batch['isOwn'],
  ): Promise<Appended> {
    return this.#enqueue(channel, { events, hasProducerIds, isOwn }, by, late);
  }

  /**
   * Writes what a stream's writer sends, whole, into the present life of the name: `outcome` says what became of it. It may be more than other
   * publishers put into one block. Throws as `append` does.
   */
  async write(
    channel: string,
    events: readonly NewEvent[],
    write: StreamWrite,
  ): Promise<Appended & { readonly outcome: Outcome }> {
    const batch = { events, hasProducerIds: false, write };
    const appended = await this.#enqueue(channel, batch, Number.POSITIVE_INFINITY, () => undefined);
    const { outcome } = appended;
    if (!outcome) throw new Error('a write of a stream has no outcome');
    return { ...appended, outcome };
  }

  #enqueue(channel: string, batch: Batch, by: number, late: (appended: Appended) => void): Promise<Appended> {
    const { clock } = this.#ports;
    const queue = this.#queue(channel);
    const until = Math.min(clock.elapsed() + DEADLINE_MS, by);
    return new Promise<Appended>((resolve, reject) => {
      const telling = { resolve, reject, late };
      queue.waiting.push(waitingFor(batch, channel, until, this.#deadlines, telling));
      if (!queue.busy) void this.#work(queue).catch((error: unknown) => giveUp(queue, error));
    });
  }

  #queue(channel: string): ChannelQueue {
    const known = this.#queues.touch(channel);
    return (
      known ?? this.#queues.set(channel, { channel, waiting: [], company: 1, state: undefined, busy: false })
    );
  }

  async #work(queue: ChannelQueue): Promise<void> {
    const { clock, arrivals, isAlone = false } = this.#ports;
    queue.busy = true;
    for (let blocks = 1; queue.waiting.length > 0; blocks++) {
      if (!isAlone && blocks % REST.everyBlocks === 0) await clock.sleep(REST.forMs);
      if (arrivals) await gather(queue, arrivals);
      queue.waiting = inTime(queue.channel, queue.waiting, clock.elapsed());
      const batches = queue.waiting.splice(0, firstBlock(queue.waiting).length);
      if (batches.length === 0) break;
      queue.company = batches.length;
      try {
        await this.#commit(queue, batches);
      } catch (error) {
        // What is known of the channel may be wrong now.
        queue.state = undefined;
        for (const { reject } of batches) reject(error);
      }
    }
    queue.busy = false;
  }

  /** Writes the batches as one block. Those whose time runs out are told so, and the block is tried on without them. */
  async #commit(queue: ChannelQueue, taken: readonly Waiting[]): Promise<void> {
    const { clock, random, meter } = this.#ports;
    let batches = taken;
    /** What each put so far would have written, by its token: any of them may have taken effect although its answer was lost. */
    const tries = new Map<string, Plan<Waiting>>();
    let state: WriterState | undefined;
    /** The view before this one, whose ids may be younger than their blocks seem. */
    let before: WriterState | undefined;
    let isLookedAt = false;
    for (let attempt = 0; ; attempt++) {
      let failure: unknown;
      try {
        if (state) {
          const mine = (await catchUp(this.#ports, state)).find(({ token }) => tries.has(token));
          const written = mine && tries.get(mine.token);
          if (written) return settle(this.#ports, state, written, { ...mine, events: written.events });
          // Whoever deleted it may have begun another life.
          if (state.mark === 'deleted') state = queue.state = undefined;
        }
        if (!state) {
          const known = queue.state?.mark === 'deleted' ? undefined : queue.state;
          state = await freshWriterState(this.#ports, queue.channel, known, random.id());
          if (state !== queue.state) before = queue.state;
          queue.state = state;
        }
        const ids = idsToCompare(state, batches);
        if (ids.length > 0) await lookUp(this.#ports, state, before, ids);
        batches = inTime(queue.channel, batches, clock.elapsed() - STOOD_STILL_MS);
        if (batches.length === 0) throw tooLate(queue.channel, undefined);
        const outcome = await this.#attempt(state, batches, tries, isLookedAt);
        if (outcome === 'settled') return;
        if (outcome === 'doubtful') {
          isLookedAt = true;
          continue;
        }
        if (outcome === 'other-life') state = queue.state = undefined;
        else meter.count('AppendConflicts');
      } catch (error) {
        if (!(error instanceof PushError && error.transient)) throw error;
        failure = error;
      }
      const pause = pauseMs(attempt, failure ? RETRY : CONFLICT, random.fraction());
      const next = clock.elapsed() + pause;
      batches = inTime(queue.channel, batches, next, failure);
      queue.waiting = inTime(queue.channel, queue.waiting, next, failure);
      if (batches.length === 0) throw tooLate(queue.channel, failure);
      await clock.sleep(pause);
    }
  }

  /** One try to write the batches where the view says; `tries` learns what it would have written. */
  async #attempt(
    state: WriterState,
    batches: readonly Waiting[],
    tries: Map<string, Plan<Waiting>>,
    isLookedAt: boolean,
  ): Promise<'settled' | 'doubtful' | 'conflict' | 'other-life'> {
    const { clock, random, streams } = this.#ports;
    const passed = await this.#writer.skipGap(state);
    if (passed !== 'clear') return passed;
    state.ids?.forgetOld(clock.elapsed());
    await loadEvicted(this.#ports, state, batches);
    const plan = planBlock(state, batches, clock.now());
    // A view that is out of date may say that what went before is missing, or that this life is over.
    if (plan.isDoubtful && !isLookedAt) return 'doubtful';
    if (isEmptyPlan(plan)) {
      settle(this.#ports, state, plan, undefined);
      return 'settled';
    }
    for (const producer of plan.evicted) await streams?.keepProducer(state.log, producer);
    const token = random.id();
    tries.set(token, plan);
    const { places: _, evicted: __, isDoubtful: ___, ...content } = plan;
    const put = await this.#writer.put(state, content, token);
    if (typeof put === 'string') return put;
    settle(this.#ports, state, plan, put);
    return 'settled';
  }
}

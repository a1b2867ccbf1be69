/**
 * A world in which events are promised: publishers and ticks that may die at any call, run at once and have clocks of their own; and what must have been told in
 * the end, worked out from the log alone.
 */

import fc from 'fast-check';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { Arming, type ArmingPorts } from '../../../lib/expectations/arming.ts';
import type { ExpectationStore } from '../../../lib/expectations/ports.ts';
import { type TickPorts, tick } from '../../../lib/expectations/tick.ts';
import { Appender } from '../../../lib/log/append/appender.ts';
import { eventsAfter, newEvent } from '../../../lib/log/block.ts';
import type { ChannelRecords, EventLog } from '../../../lib/log/ports.ts';
import { HeadReader, readFollowing } from '../../../lib/log/read/head-reader.ts';
import type { Alarm, Event } from '../../../lib/protocol/doorbell.ts';
import { type PublishPorts, publishAll } from '../../../lib/publish/publish.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { MemoryDigests } from '../../../packages/testing/src/memory/digests.ts';
import { MemoryExpectations } from '../../../packages/testing/src/memory/expectations.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { MemoryLogger, MemoryMeter, replacing } from '../memory/doubles.ts';
import { WEEK_MS } from '../memory/world.ts';
import { FakeClock, SeededRandom } from '../time/clock.ts';

export const CHANNEL = 'jobs';
export const ALARMS = 'alarms.jobs';
const MINUTE_MS = 60_000;

/** Dies at its `call`th call: before it takes effect, or after. */
export interface Death {
  readonly call: number;
  readonly after: boolean;
}

export type Step =
  | {
      readonly kind: 'publish';
      readonly key?: string | undefined;
      readonly minutes?: number | undefined;
      readonly death?: Death | undefined;
    }
  | { readonly kind: 'pass'; readonly seconds: number }
  /** A tick that stands still before its `call`th call, until it is let go. */
  | { readonly kind: 'freeze'; readonly call: number }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'tick'; readonly deaths: ReadonlyArray<Death | undefined>; readonly offMs: number };

/** What a mistake in the code would come to, seen from its ports. */
export interface Mistake {
  readonly expectations?: (store: ExpectationStore) => ExpectationStore;
  readonly log?: (log: EventLog & ChannelRecords) => EventLog & ChannelRecords;
  readonly tick?: (ports: TickPorts) => TickPorts;
  /** Notes the look after the append. */
  readonly armsLate?: true;
}

export interface Told {
  readonly status: Alarm['status'];
  readonly vid: number;
}

export class PromisedWorld {
  readonly log = new MemoryLog();
  readonly expectations = new MemoryExpectations();
  readonly clock = new FakeClock();
  readonly #digests = new MemoryDigests();
  readonly #random = new SeededRandom();
  readonly #turns: SeededRandom;
  readonly #frozen: Array<{ readonly ended: Promise<void>; readonly release: () => void }> = [];
  readonly #mistake: Mistake;

  constructor(seed: number, mistake: Mistake = {}) {
    this.#turns = new SeededRandom(seed);
    this.#mistake = mistake;
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'pass') this.clock.jump(step.seconds * 1000);
    else if (step.kind === 'publish') await this.#publish(step);
    else if (step.kind === 'freeze') await this.#freeze(step.call);
    else if (step.kind === 'thaw') await this.#thaw();
    else await Promise.all(step.deaths.map((death) => this.#tick(death, step.offMs)));
  }

  /** Ticks once a minute, as it should be, until everything that was promised is judged. */
  async settle(minutes: number): Promise<void> {
    await this.#thaw();
    for (let minute = 0; minute < minutes; minute++) {
      this.clock.jump(MINUTE_MS);
      await this.#tick(undefined, 0);
    }
  }

  events(channel: string): readonly Event[] {
    return this.log.blocks(channel).flatMap((block) => eventsAfter(block, 0));
  }

  told(): readonly Told[] {
    return this.events(ALARMS).map(({ data }) => ({
      status: (data as Alarm).status,
      vid: (data as Alarm).vid,
    }));
  }

  async #publish({ key, minutes, death }: Extract<Step, { kind: 'publish' }>): Promise<void> {
    const { store, publish } = this.#process(death, 0);
    const extras = minutes === undefined ? {} : { expect: `PT${minutes}M` };
    const events = [newEvent(this.#random.id(), null, key, extras)];
    const arming: ArmingPorts = { expectations: store, clock: this.clock };
    const expecting = new Arming(arming);
    const now = { ...publish, ...(this.#mistake.armsLate ? {} : { expecting }) };
    await publishAll(now, TRUSTED, CHANNEL, events, true)
      .then(() => this.#mistake.armsLate && expecting.arm(CHANNEL, events))
      .catch(dead);
  }

  async #freeze(call: number): Promise<void> {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const wait = () => {
      reached.resolve();
      return gate.promise;
    };
    const ended = this.#tick(undefined, 0, { call, wait });
    this.#frozen.push({ ended, release: gate.resolve });
    // It may come to its end before.
    await Promise.race([reached.promise, ended]);
  }

  async #thaw(): Promise<void> {
    for (const { ended, release } of this.#frozen.splice(0)) {
      release();
      await ended;
    }
  }

  async #tick(death: Death | undefined, offMs: number, pause?: Pause): Promise<void> {
    const { store, log, clock, publish } = this.#process(death, offMs, pause);
    const headReader = new HeadReader({ log, records: log, clock });
    const ports: TickPorts = {
      expectations: store,
      log: readFollowing(log, headReader),
      headReader,
      clock,
      logger: new MemoryLogger(),
      tell: async (channel, events, by) =>
        void (await publishAll(publish, TRUSTED, channel, events, true, by)),
    };
    await tick(this.#mistake.tick?.(ports) ?? ports, Number.POSITIVE_INFINITY).catch(dead);
  }

  /** A process with calls that take turns with those of others, until it dies. */
  #process(death: Death | undefined, offMs: number, pause?: Pause) {
    const { log: wholeLog, expectations: wholeStore } = this;
    let calls = 0;
    const call = async <T>(act: () => Promise<T>): Promise<T> => {
      calls++;
      const isLast = death !== undefined && calls >= death.call;
      if (isLast && (calls > death.call || !death.after)) throw new Killed();
      if (pause?.call === calls) await pause.wait();
      // Whoever runs at once takes turns at random, and the same seed gives the same turns.
      for (let turns = Math.floor(8 * this.#turns.fraction()); turns > 0; turns--) await undefined;
      const result = await act();
      if (isLast) throw new Killed();
      return result;
    };
    const log = replacing<EventLog & ChannelRecords>(wholeLog, {
      append: (channel, block) => call(() => wholeLog.append(channel, block)),
      begin: (channel, life) => call(() => wholeLog.begin(channel, life)),
      last: (channel, after) => call(() => wholeLog.last(channel, after)),
      read: (channel, after, limit) => call(() => wholeLog.read(channel, after, limit)),
    });
    const store: ExpectationStore = {
      noteLook: (look) => call(() => wholeStore.noteLook(look)),
      dueLooks: (now, limit) => call(() => wholeStore.dueLooks(now, limit)),
      dropLook: (look) => call(() => wholeStore.dropLook(look)),
      watch: (channel) => call(() => wholeStore.watch(channel)),
      saveWatch: (channel, version, watch) => call(() => wholeStore.saveWatch(channel, version, watch)),
      forgetWatch: (channel) => call(() => wholeStore.forgetWatch(channel)),
    };
    const time = this.clock;
    // Nobody waits for time here.
    const clock: Clock = {
      now: () => time.now() + offMs,
      elapsed: () => time.elapsed(),
      sleep: async () => undefined,
      after: () => () => undefined,
    };
    const mistakenLog = this.#mistake.log?.(log) ?? log;
    const appender = new Appender({
      log: mistakenLog,
      records: mistakenLog,
      digests: this.#digests,
      clock,
      random: this.#random,
      logger: new MemoryLogger(),
      meter: new MemoryMeter(),
      retentionMs: WEEK_MS,
    });
    const publish: PublishPorts = { appender, bell: { ring: async () => undefined } };
    return { store: this.#mistake.expectations?.(store) ?? store, log: mistakenLog, clock, publish };
  }
}

interface Pause {
  readonly call: number;
  readonly wait: () => Promise<void>;
}

class Killed extends Error {}

function dead(error: unknown): void {
  if (!(error instanceof Killed || (error as { cause?: unknown }).cause instanceof Killed)) throw error;
}

/** What must have been told of a log by `now`, when everything in it was judged: by the vid of what promised. */
export function mustBeTold(
  events: readonly Event[],
  now: number,
): ReadonlyMap<number, readonly Alarm['status'][]> {
  const must = new Map<number, readonly Alarm['status'][]>();
  for (const [i, { vid, key, expect, at }] of events.entries()) {
    const minutes = /^PT(\d+)M$/.exec(expect ?? '')?.[1];
    if (minutes === undefined) continue;
    const due = Date.parse(at) + Number(minutes) * MINUTE_MS;
    const next = events.slice(i + 1).find((other) => key === undefined || other.key === key);
    if (next ? Date.parse(next.at) > due : now > due)
      must.set(vid, next ? ['overdue', 'recovered'] : ['overdue']);
  }
  return must;
}

/** By the vid of what promised, in the order in which it was told. */
export function byVid(told: readonly Told[]): ReadonlyMap<number, readonly Alarm['status'][]> {
  const all = new Map<number, Alarm['status'][]>();
  for (const { vid, status } of told) all.set(vid, [...(all.get(vid) ?? []), status]);
  return all;
}

const death = fc.option(fc.record({ call: fc.integer({ min: 1, max: 14 }), after: fc.boolean() }), {
  nil: undefined,
  freq: 2,
});

/** Promises of at most this many minutes. */
export const MOST_MINUTES = 40;

export const steps = (offMs: fc.Arbitrary<number>): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('publish' as const),
        key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
        minutes: fc.option(fc.constantFrom(1, 2, 5, MOST_MINUTES), { nil: undefined }),
        death: fc.option(fc.record({ call: fc.integer({ min: 1, max: 8 }), after: fc.boolean() }), {
          nil: undefined,
          freq: 3,
        }),
      }),
      fc.record({ kind: fc.constant('freeze' as const), call: fc.integer({ min: 1, max: 14 }) }),
      fc.constant({ kind: 'thaw' as const }),
      fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(20, 70, 130, 400, 1_500) }),
      fc.record({
        kind: fc.constant('tick' as const),
        deaths: fc.array(death, { minLength: 1, maxLength: 2 }),
        offMs,
      }),
    ),
    { minLength: 4, maxLength: 24 },
  );

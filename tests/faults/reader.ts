/** A reader that polls on, from where its last answer took it, with the habits that its plan gives it. */

import { TRUSTED } from '../../lib/auth/caller.ts';
import { PushError } from '../../lib/errors.ts';
import { poll } from '../../lib/poll/poll.ts';
import type { PollAnswer } from '../../lib/protocol/doorbell.ts';
import { ask, type Outcome } from './asking.ts';
import type { Instance } from './instance.ts';
import type { Channel, Habit, ReaderPlan } from './plan.ts';
import type { World } from './world.ts';

/** How much longer than its wait a client waits for an answer. */
const TIMEOUT_MS = 10_000;
const PAUSE_MS = 1_000;
const READS: Habit = { kind: 'reads', ms: 0 };

interface Place {
  maxvid: number | undefined;
  epoch: string | undefined;
  /** Highest that was sent in a poll that was answered, and highest that was sent at all. */
  acknowledged: number | undefined;
  sent: number | undefined;
  /** The head when the last poll without any place ended: its cursor may have been placed up to there. */
  placedUpTo: number;
}

export class Reader {
  readonly plan: ReaderPlan;
  readonly #world: World;
  readonly #index: number;
  readonly #places = new Map<Channel, Place>();
  #polls = 0;
  /** The processes that it has asked: whose own dies goes to another, as one who roams does. */
  readonly #records = new Set<Instance>();
  #steadySince = 0;
  done = false;

  constructor(world: World, index: number, plan: ReaderPlan) {
    this.#world = world;
    this.#index = index;
    this.plan = plan;
    for (const channel of plan.channels) {
      const maxvid = plan.from === 'start' ? 0 : undefined;
      this.#places.set(channel, {
        maxvid,
        epoch: undefined,
        acknowledged: undefined,
        sent: undefined,
        placedUpTo: 0,
      });
    }
  }

  /** True when it has seen everything. */
  get level(): boolean {
    return [...this.#places].every(
      ([channel, { maxvid }]) => (maxvid ?? 0) >= this.#world.history.head(channel),
    );
  }

  async run(): Promise<void> {
    const { clock } = this.#world;
    await clock.sleep(this.plan.startMs);
    this.#steadySince = clock.now();
    while (!this.#world.closing) {
      if (clock.now() < this.#world.restUntil) await this.#pause(this.#world.restUntil - clock.now());
      const habit = this.plan.habits[this.#polls] ?? READS;
      this.#polls++;
      if (habit.kind === 'pauses') await this.#pause(habit.ms);
      const life = await this.#world.anyInstance(this.plan.slot + (this.plan.roams ? this.#polls : 0));
      await this.#poll(life, habit);
      if (this.plan.waitMs === 0) await clock.sleep(PAUSE_MS);
    }
    this.done = true;
  }

  async #poll(life: Instance, habit: Habit): Promise<void> {
    const { clock } = this.#world;
    const startedAt = clock.now();
    this.#records.add(life);
    const polls = this.#polls;
    const reloads = habit.kind === 'reloads' && this.plan.hasClient;
    if (reloads) for (const place of this.#places.values()) place.maxvid = undefined;
    const cursors = [...this.#places].map(([channel, place]) => this.#cursor(channel, place));
    const resumes = new Map([...this.#places].map(([channel, place]) => [channel, { ...place }]));
    const gone = new AbortController();
    if (habit.kind === 'hangs up') void clock.sleep(habit.ms).then(() => gone.abort('gone'));
    const limitMs = habit.kind === 'vanishes' ? habit.ms + 1 : this.plan.waitMs + TIMEOUT_MS;
    const outcome = await ask(this.#world, life, `poll ${polls} of reader ${this.#index}`, limitMs, () =>
      poll(
        life.poll,
        TRUSTED,
        {
          cursors,
          waitMs: this.plan.waitMs,
          limit: this.plan.limit,
          client: this.plan.hasClient ? `reader-${this.#index}` : undefined,
        },
        gone.signal,
      ),
    );
    const lost = habit.kind === 'loses' || habit.kind === 'hangs up';
    if (outcome.kind === 'answered') this.#answered(outcome.value, cursors, resumes, startedAt, lost);
    else await this.#refused(outcome, cursors);
    for (const place of this.#places.values()) if (place.acknowledged === undefined) this.#mayBePlaced();
    if (habit.kind === 'hangs up' || habit.kind === 'vanishes') this.#world.history.noteHangUp();
    if (lost || habit.kind === 'vanishes') this.#steadySince = clock.now();
  }

  #cursor(channel: Channel, place: Place) {
    const { maxvid, epoch } = place;
    if (maxvid === undefined) return { channel };
    place.sent = Math.max(place.sent ?? 0, maxvid);
    return { channel, maxvid, ...(this.plan.namesEpoch && epoch !== undefined ? { epoch } : {}) };
  }

  #answered(
    answers: readonly PollAnswer[],
    cursors: ReadonlyArray<{ readonly channel: Channel; readonly maxvid?: number }>,
    before: ReadonlyMap<Channel, Place>,
    startedAt: number,
    lost: boolean,
  ): void {
    const { clock, history, plan } = this.#world;
    for (const { channel, maxvid } of cursors) {
      const place = this.#places.get(channel);
      const was = before.get(channel);
      if (!place || !was) throw new Error('a channel that nobody asked for');
      if (maxvid !== undefined) place.acknowledged = Math.max(place.acknowledged ?? 0, maxvid);
      const answer = answers.find((one) => one.channel === channel);
      if (!answer) continue;
      // A hub saves places late, and as much later as saving fails: what it loses comes again.
      const atLeast = plan.hubs ? 0 : (was.acknowledged ?? 0);
      const atMost = Math.max(
        was.sent ?? 0,
        was.placedUpTo,
        was.acknowledged === undefined ? history.reserved(channel) : 0,
      );
      history.reads.push({
        reader: this.#index,
        channel,
        sent: maxvid,
        answer,
        waitMs: this.plan.waitMs,
        startedAt,
        endedAt: clock.now(),
        lost,
        steadySince: this.#steadySince,
        roamsHubs: plan.hubs && this.#records.size > 1 && this.plan.hasClient,
        ...(this.plan.hasClient ? { resume: { atLeast, atMost } } : {}),
      });
      if (lost) continue;
      place.maxvid = answer.maxvid;
      place.epoch = answer.epoch ?? undefined;
    }
  }

  /** It comes again after a while. A reset is only right for a reader of another life, and there is none here. */
  async #refused(
    outcome: Exclude<Outcome<unknown>, { kind: 'answered' }>,
    cursors: ReadonlyArray<{ readonly channel: Channel; readonly maxvid?: number }>,
  ): Promise<void> {
    if (outcome.kind === 'refused' && outcome.error instanceof PushError && outcome.error.code === 'reset') {
      this.#world.history.violations.push(
        `reader ${this.#index} at ${JSON.stringify(cursors)} is told to reset: ${JSON.stringify(outcome.error.details)}`,
      );
    }
    await this.#world.clock.sleep(PAUSE_MS);
  }

  #mayBePlaced(): void {
    for (const [channel, place] of this.#places) {
      if (place.acknowledged === undefined) place.placedUpTo = this.#world.history.reserved(channel);
    }
  }

  async #pause(ms: number): Promise<void> {
    await this.#world.clock.sleep(ms);
    this.#steadySince = this.#world.clock.now();
  }
}

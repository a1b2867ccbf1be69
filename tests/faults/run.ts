/** Runs one plan from beginning to end, in no real time, and says what was wrong. */

import { foldAll } from '../../lib/state/fold-all.ts';
import { sweep } from '../../lib/wakeup/mailbox-sweep.ts';
import { settle } from '../support/time/clock.ts';
import { ask } from './asking.ts';
import { checkNumbers, checkOrder, checkPublications, placesIn } from './check-log.ts';
import { checkAnswers, checkWaits } from './check-reads.ts';
import { checkMaps } from './check-state.ts';
import type { Hit } from './history.ts';
import { IngestQueue } from './ingest-queue.ts';
import { CHANNELS, DEAD_LETTERS, DEAD_LETTERS_URL, type Plan, type Step } from './plan.ts';
import { Publishers } from './publishers.ts';
import { Reader } from './reader.ts';
import { noteLastState, StateReader } from './state-reader.ts';
import { type Breakage, World } from './world.ts';

const NIGHT_MS = 2 * 3_600_000;
/** How long everybody may take to come to an end once nothing goes wrong any more. */
const CALM_MS = 15 * 60_000;
const CLOSING_MS = 120_000;
/** How often to look whether everything is done. */
const STRIDE_MS = 1_000;
const SWEEP_LIMIT_MS = 30_000;
const FOLD_MS = 20_000;
/** What is under way when its time is over is ended. */
const FOLD_LIMIT_MS = 60_000;

export interface Outcome {
  /** Empty when all is well. */
  readonly violations: readonly string[];
  readonly hits: readonly Hit[];
}

export async function run(plan: Plan, breakage?: Breakage): Promise<Outcome> {
  const world = new World(plan, breakage);
  const { history } = world;
  const unhandled = (reason: unknown) => {
    history.violations.push(`a rejection that nobody handled: ${String(reason)}`);
  };
  process.on('unhandledRejection', unhandled);
  // Errors come by the thousand here, and nobody reads where they came from.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    await play(world);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off('unhandledRejection', unhandled);
  }
  const places = placesIn(history);
  const violations = [
    ...history.violations,
    ...checkNumbers(history),
    ...checkPublications(history, places),
    ...checkOrder(history, places),
    ...checkAnswers(history),
    ...checkWaits(history),
    ...checkMaps(history),
  ];
  return { violations, hits: history.hits };
}

async function play(world: World): Promise<void> {
  const { plan, clock, history } = world;
  await world.sqs.apply('CreateQueue', { QueueName: DEAD_LETTERS });
  const publishers = new Publishers(world);
  const queue = new IngestQueue(world);
  const readers = [
    ...plan.readers.map((reader, i) => new Reader(world, i, reader)),
    ...plan.stateReaders.map((reader, i) => new StateReader(world, i, reader)),
  ];
  for (const reader of readers) void reader.run();
  for (const step of plan.steps) {
    await clock.advance(step.gapMs);
    await take(world, step, publishers, queue);
  }
  const { violations } = history;
  const done = () => publishers.busy === 0 && queue.empty;
  // The faults that are left may still come, for as long as somebody publishes.
  await until(world, CALM_MS, done);
  world.calm();
  if (!(await until(world, CALM_MS, done))) violations.push('a publisher never comes to an end');
  if (!(await until(world, CALM_MS, () => readers.every(({ level }) => level))))
    violations.push('a reader does not get what is in the log');
  const last = CHANNELS.map((channel) => noteLastState(world, channel));
  let isNoted = false;
  void Promise.all(last).then(() => {
    isNoted = true;
  });
  await until(world, CLOSING_MS, () => isNoted);
  world.closing = true;
  const ended = () => readers.every((reader) => reader.done) && world.asked.open.length === 0;
  if (!(await until(world, CLOSING_MS, ended)))
    violations.push(...world.asked.open.map((what) => `hangs: ${what}`));
  const moved = new Set(world.sqs.bodies(DEAD_LETTERS_URL));
  for (const body of queue.poison)
    if (!moved.has(body)) violations.push(`${body} is not among the dead letters`);
  await settle();
}

async function take(world: World, step: Step, publishers: Publishers, queue: IngestQueue): Promise<void> {
  switch (step.kind) {
    case 'publish':
    case 'publish lines':
      publishers.begin(step);
      return;
    case 'send':
      queue.send(step.channel, step.sizes);
      return;
    case 'sweep': {
      const life = world.life(step.slot);
      if (life) void ask(world, life, 'sweep', SWEEP_LIMIT_MS, () => sweep(life.sweep));
      return;
    }
    case 'fold':
      void folds(world, step);
      return;
    case 'kill':
      world.history.noteKill(step.downMs);
      world.kill(step.slot, step.downMs);
      return;
    case 'set clock':
      world.setClock(step.slot, step.ms);
      return;
    case 'night':
      await night(world);
  }
}

async function folds(world: World, { slot, times, everyMs }: Extract<Step, { kind: 'fold' }>): Promise<void> {
  for (let i = 0; i < times; i++) {
    const life = world.life(slot + i);
    if (life) {
      const by = life.fold.clock.elapsed() + FOLD_MS;
      void ask(world, life, 'fold', FOLD_LIMIT_MS, () => foldAll(life.fold, by, 0));
    }
    await world.clock.sleep(everyMs);
  }
}

async function night(world: World): Promise<void> {
  const { clock, history } = world;
  world.restUntil = clock.now() + NIGHT_MS;
  await clock.advance(NIGHT_MS);
  const folded = foldedNow(world);
  world.dynamo.tidy();
  history.nights.push({ at: clock.now(), folded });
}

/** How far the state of each channel is folded. */
function foldedNow({ dynamo }: World): ReadonlyMap<string, number> {
  const marks = dynamo.items('states').filter(({ upTo }) => upTo);
  return new Map(marks.map(({ channel, upTo }) => [channel?.S?.split('#')[0] ?? '', Number(upTo?.N)]));
}

/** Lets time pass until the condition holds; false when it does not within `ms`. */
async function until({ clock }: World, ms: number, condition: () => boolean): Promise<boolean> {
  const end = clock.now() + ms;
  while (!condition()) {
    if (clock.now() >= end) return false;
    await clock.advance(STRIDE_MS);
  }
  return true;
}

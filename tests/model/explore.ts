/** Breadth-first through every reachable state; the first broken promise is told with the shortest way to it. */

import type { Config } from './config.ts';
import { forgetAll } from './intern.ts';
import { NotYetReplayed } from './machine.ts';
import { Model, type State } from './model.ts';
import { movesOf } from './moves.ts';
import type { Mutation } from './mutation.ts';
import { broken, stateViolation, type Violation } from './properties.ts';
import { addressOf, keyOfWorld, shared, type World } from './world.ts';

export interface Counterexample extends Violation {
  /** The moves that lead to it, from the beginning on. */
  readonly moves: readonly string[];
}

export interface Explored {
  readonly states: number;
  readonly moves: number;
  /** States of the processes, and how many different steps their real code has taken between them. */
  readonly locals: Readonly<Record<string, number>>;
  readonly longest: number;
  readonly steps: number;
  readonly counterexample?: Counterexample;
}

/** No configuration is meant to be larger; one that is has lost its bounds. */
const MOST = 200_000;
const MOST_IF_LARGE = 1_000_000;
/** More moves than this without anything from outside are a loop without an end: the longest that ends has about 20. */
const ENDLESS = 25;

/** `doubleCheck`: every step is also taken by code that came to its state another way, to see that it was one state. */
export async function explore(config: Config, mutation?: Mutation, doubleCheck = false): Promise<Explored> {
  forgetAll();
  const most = config.large ? MOST_IF_LARGE : MOST;
  const model = new Model(config, mutation, doubleCheck);
  await model.begin();
  const first = tidied(model, await complete(() => model.initial()));
  const seen = new Set([keyOf(first)]);
  const states: Array<State | undefined> = [first];
  const parents: number[] = [-1];
  const labels: string[] = ['begin'];
  /** How many moves led here since anything came from outside. */
  const runs: number[] = [0];
  let count = 0;

  const done = (violation?: Violation, ...moves: readonly string[]): Explored => ({
    states: states.length,
    moves: count,
    locals: Object.fromEntries(model.machines.map((machine) => [machine.name, machine.states])),
    longest: runs.reduce((most, run) => Math.max(most, run), 0),
    steps: model.machines.reduce((sum, { steps }) => sum + steps, 0),
    ...(violation ? { counterexample: { ...violation, moves } } : {}),
  });
  const wayTo = (at: number): string[] => {
    const way: string[] = [];
    for (let i = at; i > 0; i = parents[i] ?? 0) way.push(labels[i] ?? '');
    return way.reverse();
  };

  for (let at = 0; at < states.length; at++) {
    const state = states[at];
    if (!state) break;
    states[at] = undefined;
    const { moves, standings } = await complete(() => movesOf(model, state));
    const violation = stateViolation(state.world, standings);
    if (violation) return done(violation, ...wayTo(at));
    if ((runs[at] ?? 0) > ENDLESS)
      return done(broken('progress', 'it goes on and on by itself'), ...wayTo(at));
    for (const { label, kind, state: made, violation: breach } of moves) {
      count++;
      if (breach) return done(breach, ...wayTo(at), label);
      const to = tidied(model, made);
      const key = keyOf(to);
      if (seen.has(key)) continue;
      seen.add(key);
      states.push(to);
      parents.push(at);
      labels.push(label);
      runs.push(kind === 'protocol' ? (runs[at] ?? 0) + 1 : 0);
    }
    if (states.length > most) throw new Error(`${config.name} has more than ${most} states`);
  }
  return done();
}

/** A counterexample as a person reads it: the promise, what has broken it, and the numbered moves. */
export function story({ what, moves }: Counterexample): string {
  return [...moves.map((move, i) => `${String(i + 1).padStart(3)} ${move}`), `=> ${what}`].join('\n');
}

function keyOf({ world, locals }: State): string {
  return `${locals.join()};${keyOfWorld(world)}`;
}

/** Tries until every step of a process that it needs has been replayed once. */
async function complete<T>(attempt: () => T): Promise<T> {
  for (;;) {
    try {
      return attempt();
    } catch (reason) {
      if (!(reason instanceof NotYetReplayed)) throw reason;
      await reason.replay();
    }
  }
}

/** The state without what nobody will ever look at again: letters that nobody receives, excuses that count no more. */
function tidied(model: Model, state: State): State {
  const { world, locals } = state;
  const some = world.excuses.length > 0 || world.queues.some(({ messages }) => messages.length > 0);
  if (!some) return { locals, world: shared(world) };
  const live = model.machines.map((_, at) => model.local(state, at)).filter(({ finished }) => !finished);
  const calls = live.flatMap((local) => local.calls);
  const receiving = calls.filter(({ op }) => op === 'mailboxes.receive').map(({ args }) => args[0]);
  const finished = model.machines.filter((_, at) => model.local(state, at).finished).map(({ name }) => name);
  const nobody = (mailbox: string) =>
    !receiving.includes(addressOf(mailbox)) &&
    finished.some((name) => mailbox.startsWith(`mailbox-${name}.`));
  const nonces = new Set(live.map(({ nonce }) => nonce));
  const counts = ({ nonce, until }: World['excuses'][number]) => until > world.now && nonces.has(nonce);
  const unread = world.queues.some(({ name, messages }) => messages.length > 0 && nobody(name));
  const queues = world.queues.map((queue) => (nobody(queue.name) ? { ...queue, messages: [] } : queue));
  const excuses = world.excuses.filter(counts);
  return {
    locals,
    world: shared({
      ...world,
      queues: unread ? queues : world.queues,
      excuses: excuses.length < world.excuses.length ? excuses : world.excuses,
    }),
  };
}

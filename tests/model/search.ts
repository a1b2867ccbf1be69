/** Breadth-first through every reachable state; the first broken promise is told with the shortest way to it. */

import { forgetAll } from './intern.ts';
import { type Machine, NotYetReplayed } from './machine.ts';
import { broken, type Violation } from './properties.ts';

export interface Counterexample<P extends string> extends Violation<P> {
  /** The moves that lead to it, from the beginning on. */
  readonly moves: readonly string[];
}

export interface Explored<P extends string> {
  readonly states: number;
  readonly moves: number;
  /** States of the processes, and how many different steps their real code has taken between them. */
  readonly locals: Readonly<Record<string, number>>;
  readonly longest: number;
  readonly steps: number;
  readonly counterexample?: Counterexample<P>;
}

/** `protocol`: it happens sooner or later by itself; `outside`: nobody may count on it. */
export interface Move<S, P extends string> {
  readonly label: string;
  readonly kind: 'protocol' | 'outside';
  readonly state: S;
  readonly violation?: Violation<P> | undefined;
}

/** What is searched. States are compared by their keys. */
export interface Space<S, P extends string> {
  readonly name: string;
  readonly machines: ReadonlyArray<Pick<Machine<never>, 'name' | 'states' | 'steps' | 'begin'>>;
  /** No space is meant to have more states; one that has has lost its bounds. */
  readonly most: number;
  /** More moves than this without anything from outside are a loop without an end. */
  readonly endless: number;
  first(): S;
  /** The same state, without what nobody will ever look at again. */
  tidied(state: S): S;
  keyOf(state: S): string;
  look(state: S): {
    readonly moves: ReadonlyArray<Move<S, P>>;
    readonly violation?: Violation<P> | undefined;
  };
}

export async function search<S, P extends string>(space: Space<S, P>): Promise<Explored<P | 'progress'>> {
  forgetAll();
  for (const machine of space.machines) await machine.begin();
  const first = space.tidied(await complete(() => space.first()));
  const seen = new Set([space.keyOf(first)]);
  const states: Array<S | undefined> = [first];
  const parents: number[] = [-1];
  const labels: string[] = ['begin'];
  /** How many moves led here since anything came from outside. */
  const runs: number[] = [0];
  let count = 0;

  const done = (
    violation?: Violation<P | 'progress'>,
    ...moves: readonly string[]
  ): Explored<P | 'progress'> => ({
    states: states.length,
    moves: count,
    locals: Object.fromEntries(space.machines.map((machine) => [machine.name, machine.states])),
    longest: runs.reduce((most, run) => Math.max(most, run), 0),
    steps: space.machines.reduce((sum, { steps }) => sum + steps, 0),
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
    const { moves, violation } = await complete(() => space.look(state));
    if (violation) return done(violation, ...wayTo(at));
    if ((runs[at] ?? 0) > space.endless)
      return done(broken('progress', 'it goes on and on by itself'), ...wayTo(at));
    for (const { label, kind, state: made, violation: breach } of moves) {
      count++;
      if (breach) return done(breach, ...wayTo(at), label);
      const to = space.tidied(made);
      const key = space.keyOf(to);
      if (seen.has(key)) continue;
      seen.add(key);
      states.push(to);
      parents.push(at);
      labels.push(label);
      runs.push(kind === 'protocol' ? (runs[at] ?? 0) + 1 : 0);
    }
    if (states.length > space.most) throw new Error(`${space.name} has more than ${space.most} states`);
  }
  return done();
}

/** A counterexample as a person reads it: the promise, what has broken it, and the numbered moves. */
export function story({ what, moves }: Pick<Counterexample<string>, 'what' | 'moves'>): string {
  return [...moves.map((move, i) => `${String(i + 1).padStart(3)} ${move}`), `=> ${what}`].join('\n');
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

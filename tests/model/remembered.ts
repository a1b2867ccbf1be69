/**
 * What may happen to one process depends on the world and on its own state, and not on the other processes: it is worked out once and holds for all of
 * theirs. There are a hundred times as many states as there are worlds.
 */

import type { Violation } from './properties.ts';
import type { Move } from './search.ts';

/** Takes part in moves of no process. */
export const NOBODY = -1;

/** A move, whichever states the other processes are in. */
interface Part<W, P extends string> {
  readonly label: string;
  readonly kind: Move<unknown, P>['kind'];
  readonly world: W;
  /** The state that it leads the process to. */
  readonly local: number;
  readonly violation: Violation<P> | undefined;
}

interface State<W> {
  readonly world: W;
  readonly locals: readonly number[];
}

/** `W`: worlds, of which there is one copy each, as `shared` makes it. */
export class Remembered<W extends object, P extends string> {
  readonly #known = new Map<W, Map<string, ReadonlyArray<Part<W, P>>>>();
  readonly #shared: (world: W) => W;

  constructor(shared: (world: W) => W) {
    this.#shared = shared;
  }

  /** What `find` finds, now or for the first state in which the process `at` and the world were as now. `what` tells apart what is found of one process. */
  moves<S extends State<W>>(
    state: S,
    at: number,
    what: string,
    find: () => ReadonlyArray<Move<State<W>, P>>,
  ): Array<Move<State<W>, P>> {
    const { world, locals } = state;
    const ofWorld = this.#known.get(world) ?? new Map<string, ReadonlyArray<Part<W, P>>>();
    this.#known.set(world, ofWorld);
    const key = `${at} ${what} ${locals[at] ?? ''}`;
    const parts = ofWorld.get(key) ?? find().map((move) => this.#partOf(move, at));
    ofWorld.set(key, parts);
    return parts.map(({ label, kind, world: next, local, violation }) => ({
      label,
      kind,
      state: { world: next, locals: local === (locals[at] ?? NOBODY) ? locals : locals.with(at, local) },
      violation,
    }));
  }

  #partOf({ label, kind, state, violation }: Move<State<W>, P>, at: number): Part<W, P> {
    return { label, kind, world: this.#shared(state.world), local: state.locals[at] ?? NOBODY, violation };
  }
}

/** What one AWS call may do to the world, at once and whole. More than one outcome: the adversary chooses. */

import type { Violation } from '../properties.ts';
import type { World } from '../world.ts';

export interface Outcome {
  readonly world: World;
  readonly answer: unknown;
  /** For the trace. */
  readonly note?: string;
  /** A promise that this very effect breaks. */
  readonly violation?: Violation | undefined;
}

export interface Rules {
  /** Whether the process of that name runs. */
  readonly awake: (owner: string) => boolean;
}

/** `by` is the process that calls. The arguments are the port's own. */
export type Effect = (world: World, rules: Rules, by: string, ...args: never[]) => readonly Outcome[];
export type Effects = Readonly<Record<string, Effect>>;

export function just(world: World, answer: unknown, note?: string): readonly Outcome[] {
  return [note === undefined ? { world, answer } : { world, answer, note }];
}

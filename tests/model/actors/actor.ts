/** One process of the model: real code of `lib/`, composed on ports that the model answers. */

import type { PollAnswer, PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import type { Known } from './state-reader.ts';

/** Where a client stood when it asked. */
interface Asked {
  readonly client: string;
  readonly after: number;
  /** The life that it follows, once it has heard of one. */
  readonly epoch: string | undefined;
}

/** What a process says to its users. */
export type Output =
  /** `keys`: those that the client wants, and no others. Absent: all events. */
  | ({ readonly kind: 'answer'; readonly answer: PollAnswer; readonly keys?: readonly string[] } & Asked)
  | ({ readonly kind: 'refused'; readonly code: string } & Asked)
  | { readonly kind: 'published'; readonly ids: readonly string[]; readonly answer: PublishAnswer }
  | { readonly kind: 'unpublished'; readonly ids: readonly string[]; readonly code: string }
  | { readonly kind: 'swept'; readonly since: number }
  /** Everything that a reader of these keys knows, once it has the state, and after each answer. No keys: of all. */
  | {
      readonly kind: 'map';
      readonly reader: string;
      readonly epoch: string;
      readonly maxvid: number;
      readonly keys: readonly string[];
      readonly map: ReadonlyMap<string, Known>;
    };

/** A client whose poll is held. */
export interface Waiting extends Asked {
  readonly until: number;
  /** How long one check is relied on; by default `SLEEP_MS`. */
  readonly sleepMs?: number;
  /** Those that it wants, and no others; by default all events. */
  readonly keys?: readonly string[];
}

export interface Actor {
  /** What its users may ask of it now. */
  offers(): readonly string[];
  start(what: string): void;
  waiting(): readonly Waiting[];
  /** True when nothing that it may still do matters to anyone. */
  finished(): boolean;
  /** Everything that its further doings depend on and the control does not show; undefined: on its whole history. */
  facts(): unknown;
}

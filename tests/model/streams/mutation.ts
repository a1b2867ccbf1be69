/** One deliberate mistake with streams. `lib/` itself is not touched. */

import type { StreamConfigName } from './configs.ts';
import type { Decisions } from './decisions.ts';
import type { Effects } from './effects.ts';
import type { Glasses } from './process.ts';
import type { Property } from './properties.ts';

export interface StreamMutation {
  readonly name: string;
  /** The line of `lib/` that it undoes. */
  readonly line: string;
  /** Where it must be caught. */
  readonly config: StreamConfigName;
  readonly breaks: Property;
  /** What each process sees of the world. */
  readonly glasses?: Glasses;
  readonly decisions?: Decisions;
  /** What a store does otherwise than the ports promise. */
  readonly effects?: Effects;
}

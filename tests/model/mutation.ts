/** One deliberate mistake: a decision replaced, or glasses between the real code and the world. `lib/` itself is not touched. */

import type { Clock } from '../../lib/runtime/ports.ts';
import type { DirectGlasses } from './actors/direct.ts';
import type { FolderGlasses } from './actors/folder.ts';
import type { PollerGlasses } from './actors/poller.ts';
import type { PublisherGlasses } from './actors/publisher.ts';
import type { StateReaderGlasses } from './actors/state-reader.ts';
import type { SweeperGlasses } from './actors/sweeper.ts';
import type { ConfigName } from './configs.ts';
import type { Replace } from './decisions.ts';
import type { Effects } from './effects/effect.ts';
import type { Property } from './properties.ts';

export interface Mutation {
  readonly name: string;
  /** The line of `lib/` that it undoes. */
  readonly line: string;
  /** Where it must be caught. */
  readonly config: ConfigName;
  readonly breaks: Property;
  readonly decisions?: Replace;
  /** The clock that every process sees. It must keep nothing. */
  readonly clock?: (real: Clock) => Clock;
  readonly poller?: PollerGlasses;
  readonly direct?: DirectGlasses;
  readonly publisher?: PublisherGlasses;
  readonly sweeper?: SweeperGlasses;
  readonly folder?: FolderGlasses;
  readonly stateReader?: StateReaderGlasses;
  /** What AWS is asked for or does otherwise than the ports promise. */
  readonly effects?: Effects;
}

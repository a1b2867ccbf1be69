/** Mistakes in what a clock is asked for. */

import type { Clock } from '../../../lib/runtime/ports.ts';

/** As if the code knew one clock only, which may be set. */
export function byWallAlone(real: Clock): Clock {
  return { ...real, elapsed: () => real.now() };
}

/**
 * The load's measure of itself: a timer that notes when it was called late, because this process had no processor or too much to do. An answer that came
 * meanwhile is seen only afterwards, so the checks must know of it.
 */

import type { History } from '../history.ts';
import { LEAST_STANDSTILL_MS, LOOK_MS } from '../standstill.ts';

/** Time that only goes forward, in ms, and a timer whose returned function takes it back. */
export interface Watch {
  elapsed(): number;
  after(ms: number, then: () => void): () => void;
}

const WATCH: Watch = {
  elapsed: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** Notes each standstill until the returned function is called. */
export function noteStandstills(
  history: Pick<History, 'add'>,
  { elapsed, after }: Watch = WATCH,
): () => void {
  let expected = 0;
  let cancel = () => {};
  const arm = () => {
    expected = elapsed() + LOOK_MS;
    cancel = after(LOOK_MS, look);
  };
  const look = () => {
    const ms = elapsed() - expected;
    if (ms >= LEAST_STANDSTILL_MS) history.add({ kind: 'stood', ms });
    arm();
  };
  arm();
  return () => cancel();
}

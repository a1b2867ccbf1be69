/**
 * What Lambda may do to an environment, and more often than Lambda does it. An idle one stays frozen for 1 to 90 s, and its connections are gone
 * when it is thawed. A busy one is killed, or stands still for as long, while its time runs on.
 */

import type { Clock } from '../../lib/runtime/ports.ts';
import type { Pool } from './pool.ts';

const LEAST_MS = 1_000;
const MOST_MS = 90_000;

export interface Inflicted {
  killed: number;
  frozenIdle: number;
  frozenBusy: number;
}

/** Does something to one environment `everyMs`, until `signal` aborts. */
export async function inflict(
  pools: readonly Pool[],
  { clock, chance }: { readonly clock: Clock; readonly chance: () => number },
  everyMs: number,
  signal: AbortSignal,
): Promise<Inflicted> {
  const inflicted: Inflicted = { killed: 0, frozenIdle: 0, frozenBusy: 0 };
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal);
    const all = pools.flatMap((pool) => pool.environments.map((sandbox) => ({ pool, sandbox })));
    const chosen = all[Math.floor(chance() * all.length)];
    if (!chosen || signal.aborted) continue;
    const { pool, sandbox } = chosen;
    const ms = LEAST_MS + chance() * (MOST_MS - LEAST_MS);
    if (pool.withhold(sandbox)) {
      inflicted.frozenIdle += 1;
      clock.after(ms, () => pool.giveBack(sandbox));
    } else if (chance() < 0.5) {
      inflicted.killed += 1;
      sandbox.kill('crashed');
    } else {
      inflicted.frozenBusy += 1;
      sandbox.stall();
      clock.after(ms, () => sandbox.unstall());
    }
  }
  return inflicted;
}

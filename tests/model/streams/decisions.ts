/**
 * Stands between the shell of `lib/` and its pure decisions about streams, so that a mutation can replace one, and a block can hold fewer producers than 16.
 * The test files mock the modules with these; without either the real functions decide.
 */

import type * as appendPlan from '../../../lib/log/append/append-plan.ts';
import type * as writers from '../../../lib/log/writers.ts';
import type { Writers } from '../../../lib/log/writers.ts';

type Planning = typeof appendPlan.planBlock;
type Standing = typeof writers.standingOf;

export interface Decisions {
  readonly plan?: (real: Planning) => Planning;
  readonly standing?: (real: Standing) => Standing;
}

let replaced: Decisions = {};
let producersOnBlock: number | undefined;

export function decideBy(by: Decisions | undefined, most: number | undefined): void {
  replaced = by ?? {};
  producersOnBlock = most;
}

export function spiedPlan(module: typeof appendPlan): typeof appendPlan {
  const planBlock: Planning = (...asked) => (replaced.plan?.(module.planBlock) ?? module.planBlock)(...asked);
  return { ...module, planBlock };
}

export function spiedWriters(module: typeof writers): typeof writers {
  const standingOf: Standing = (...asked) =>
    (replaced.standing?.(module.standingOf) ?? module.standingOf)(...asked);
  const evict = (all: Writers) =>
    producersOnBlock === undefined
      ? module.evict(all)
      : crowded(module, all, module.MAX_PRODUCERS - producersOnBlock);
  return { ...module, standingOf, evict };
}

/** As if so many others had written last. */
function crowded({ evict }: typeof writers, { producers, ...more }: Writers, others: number) {
  const isOther = (id: string) => id.startsWith('~');
  const crowd = Array.from({ length: others }, (_, i) => ({ id: `~${i}`, epoch: 0, seq: 0 }));
  const { kept, evicted } = evict({ ...more, producers: [...producers, ...crowd] });
  return { kept: { ...kept, producers: kept.producers.filter(({ id }) => !isOther(id)) }, evicted };
}

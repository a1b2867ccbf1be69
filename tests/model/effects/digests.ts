/** Digests of ids: a cache, any of which may be lost on its way, and the newest of which may not be seen yet. */

import type { IdDigest } from '../../../lib/log/ports.ts';
import type { World } from '../world.ts';
import type { Effects } from './effect.ts';

export const DIGESTS: Effects = {
  'digests.since': (world, _rules, _by, _channel: string, sinceMs: number) => {
    const older = world.digests.findIndex(({ at }) => at < sinceMs);
    const seen = older < 0 ? world.digests : world.digests.slice(0, older + 1);
    const all = { world, answer: seen, note: `up to ${seen[0]?.last ?? 'none'}` };
    if (seen.length === 0) return [all];
    return [all, { world, answer: seen.slice(1), note: 'without the newest' }];
  },
  'digests.keep': (world, _rules, _by, _channel: string, digest: IdDigest) => [
    { world: kept(world, digest), answer: undefined, note: `${digest.first}-${digest.last}` },
    { world, answer: undefined, note: 'lost' },
  ],
};

function kept(world: World, digest: IdDigest): World {
  const others = world.digests.filter(({ last }) => last !== digest.last);
  return { ...world, digests: [...others, digest].sort((a, b) => b.last - a.last) };
}

/** How many bodies are read at once. Each may hold 5 MiB, and one that comes slowly holds its place for as long as a request may take. */

import { PushError } from '../lib/errors.ts';
import { BoundedMap } from '../lib/runtime/bounded-map.ts';

const MAX_PRINCIPALS = 1_000;

/**
 * Lets `most` through at once, and of one principal no more than there are places free: so one alone takes half of them, and there is room for another.
 * Returns what to call when it has been read. Throws `unavailable` when all places are taken, and `too-many-requests` when the principal has its share.
 */
export function limitConcurrency(most: number): (principal: string | undefined) => () => void {
  // Those that have none inside stay while there is room: to forget and to learn a principal anew for each body is work.
  const principals = new BoundedMap<string, { bodies: number }>(MAX_PRINCIPALS, {
    isBusy: ({ bodies }) => bodies > 0,
  });
  let inside = 0;
  return (principal) => {
    const mine =
      principal === undefined
        ? undefined
        : (principals.get(principal) ?? principals.set(principal, { bodies: 0 }));
    const own = mine?.bodies ?? 0;
    const free = most - inside;
    if (free <= 0)
      throw new PushError('unavailable', `This server reads ${most} bodies at once, as many as it may.`);
    if (own >= free) {
      const message = `This server reads ${own} bodies of this token, and ${free} places are left for others: send fewer at once.`;
      throw new PushError('too-many-requests', message);
    }
    inside++;
    if (mine) mine.bodies++;
    return () => {
      inside--;
      if (mine) mine.bodies--;
    };
  };
}

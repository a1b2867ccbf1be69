/** How many bodies are read at once. Each may hold 5 MiB, and one that comes slowly holds its place for as long as a request may take. */

import { PushError } from '../lib/errors.ts';

/**
 * Lets `most` through at once, and of one principal no more than there are places free: so one alone takes half of them, and there is room for another.
 * Returns what to call when it has been read. Throws `unavailable` when all places are taken, and `too-many-requests` when the principal has its share.
 */
export function limitConcurrency(most: number): (principal: string | undefined) => () => void {
  const principals = new Map<string, number>();
  let inside = 0;
  return (principal) => {
    const own = principal === undefined ? 0 : (principals.get(principal) ?? 0);
    const free = most - inside;
    if (free <= 0)
      throw new PushError('unavailable', `This server reads ${most} bodies at once, as many as it may.`);
    if (own >= free) {
      const message = `This server reads ${own} bodies of this token, and ${free} places are left for others: send fewer at once.`;
      throw new PushError('too-many-requests', message);
    }
    inside++;
    if (principal !== undefined) principals.set(principal, own + 1);
    return () => {
      inside--;
      if (principal === undefined) return;
      const left = (principals.get(principal) ?? 1) - 1;
      if (left > 0) principals.set(principal, left);
      else principals.delete(principal);
    };
  };
}

/** How many bodies are read at once. Each may hold 5 MiB, and one that comes slowly holds its place for as long as a request may take. */

import { PushError } from '../lib/errors.ts';

/**
 * Lets `most` through at once, and of one holder no more than there are places free: so one alone takes half of them, and there is room for another.
 * Returns what to call when it has been read. Throws `unavailable` when all places are taken, and `too-many-requests` when the holder has its share.
 */
export function turnstile(most: number): (holder: string | undefined) => () => void {
  const holders = new Map<string, number>();
  let inside = 0;
  return (holder) => {
    const own = holder === undefined ? 0 : (holders.get(holder) ?? 0);
    const free = most - inside;
    if (free <= 0)
      throw new PushError('unavailable', `This server reads ${most} bodies at once, as many as it may.`);
    if (own >= free) {
      const message = `This server reads ${own} bodies of this token, and ${free} places are left for others: send fewer at once.`;
      throw new PushError('too-many-requests', message);
    }
    inside++;
    if (holder !== undefined) holders.set(holder, own + 1);
    return () => {
      inside--;
      if (holder === undefined) return;
      const left = (holders.get(holder) ?? 1) - 1;
      if (left > 0) holders.set(holder, left);
      else holders.delete(holder);
    };
  };
}

/** Where a channel's log stands, as one check saw it. */

/** How far a channel's log reaches, as a check proved it. No epoch: no event yet. */
export interface Head {
  readonly vid: number;
  readonly epoch: string | null;
}

/** Where a reader stands against a proven head. */
export function standing(after: number, epoch: string | undefined, head: Head): 'behind' | 'level' | 'reset' {
  // A reader that names no epoch is only known to be of another life when it is ahead.
  const otherLife = epoch !== undefined && epoch !== head.epoch;
  if (otherLife || after > head.vid) return 'reset';
  return after < head.vid ? 'behind' : 'level';
}

/**
 * One process's watch over one channel, as a pure machine. It decides when a doorbell or a check is news, and when the
 * process must arm and check anew; `watcher.ts` does what it says.
 *
 *              turn()                checked(head)
 *   unarmed ----------> arming ---------------------> armed
 *      ^                   |  rung meanwhile             |
 *      |                   v                             |
 *      +---- checked ------+      heard(own arm's ring) -+   an arm is good for one ring
 *
 * Invariant: in `armed`, every append after `head` finds the arm and rings it, so whoever has seen up to `head` may sleep.
 */

import type { Ring } from './doorbell.ts';

/** How far a channel's log reaches, as a check proved it. No epoch: no event yet. */
export interface Head {
  readonly vid: number;
  readonly epoch: string | null;
}

export type Watch =
  | { readonly phase: 'unarmed'; readonly head: Head | null }
  | { readonly phase: 'arming'; readonly head: Head | null; readonly nonce: string; readonly rung: boolean }
  | { readonly phase: 'armed'; readonly head: Head; readonly nonce: string; readonly until: number };

export const UNARMED: Watch = { phase: 'unarmed', head: null };

/** Begins a turn: arm under `nonce`, then check. */
export function turn(watch: Watch, nonce: string): Watch {
  return { phase: 'arming', head: watch.head, nonce, rung: false };
}

/** A step of the machine; `wake` is true when those who sleep on the channel have something to see. */
export interface Step {
  readonly watch: Watch;
  readonly wake: boolean;
}

/**
 * The check after the arm said `head`. Sleepers have seen the old head: any other is news to them. `until` is when to arm anew.
 * A ring that came between arm and check has used the arm up, whether or not the check saw its event.
 */
export function checked(watch: Watch, head: Head, until: number): Step {
  const before = watch.head;
  const wake = before !== null && (before.vid !== head.vid || before.epoch !== head.epoch);
  if (watch.phase !== 'arming' || watch.rung) return { watch: { phase: 'unarmed', head }, wake };
  return { watch: { phase: 'armed', head, nonce: watch.nonce, until }, wake };
}

/** A turn that failed half-way: nothing is known to be armed. */
export function failed(watch: Watch): Watch {
  return { phase: 'unarmed', head: watch.head };
}

/** A ring has come. Ask `due` afterwards: it may have used up the arm, or told of more than it carries. */
export function heard(watch: Watch, ring: Ring): Step {
  switch (watch.phase) {
    case 'unarmed':
      // The turn that comes next will arm and check: it sees whatever this ring is about.
      return { watch, wake: false };
    case 'arming':
      // A ring for an older arm is about an append before this arm, which the coming check sees.
      return { watch: ring.nonce === watch.nonce ? { ...watch, rung: true } : watch, wake: false };
    case 'armed':
      return heardArmed(watch, ring);
  }
}

function heardArmed(watch: Extract<Watch, { phase: 'armed' }>, ring: Ring): Step {
  const { head } = watch;
  const sameLife = head.epoch === null ? head.vid === 0 : head.epoch === ring.epoch;
  if (sameLife && ring.last <= head.vid) {
    return { watch: ring.nonce === watch.nonce ? { phase: 'unarmed', head } : watch, wake: false };
  }
  // News. Whichever arm it names, this one is not relied on any further: an older arm that was written late may have replaced it.
  if (sameLife && ring.first === head.vid + 1 && ring.block) {
    return { watch: { phase: 'unarmed', head: { vid: ring.last, epoch: ring.epoch } }, wake: true };
  }
  // More than the ring carries whole: the next turn's check finds it, and wakes.
  return { watch: { phase: 'unarmed', head }, wake: false };
}

/** True when whoever waits needs a new turn: not armed, or armed too long ago. */
export function due(watch: Watch, now: number): boolean {
  return watch.phase === 'unarmed' || (watch.phase === 'armed' && now >= watch.until);
}

/** Where a reader stands against a proven head. */
export function standing(after: number, epoch: string | undefined, head: Head): 'behind' | 'level' | 'reset' {
  // A reader that names no epoch is only known to be of another life when it is ahead.
  const otherLife = epoch !== undefined && epoch !== head.epoch;
  if (otherLife || after > head.vid) return 'reset';
  return after < head.vid ? 'behind' : 'level';
}

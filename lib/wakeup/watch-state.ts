/**
 * One process's watch over one channel, as a pure machine. It decides when a doorbell or a check is news, and when the
 * process must arm and check anew; `channel-watch.ts` does what it says.
 *
 *              turn()                checked(head)
 *   unarmed ----------> arming ---------------------> armed
 *      ^                   |  rung meanwhile             |
 *      |                   v                             |
 *      +---- checked ------+      heard(own arm's ring) -+   an arm is good for one ring
 *
 * What this very process appends is told by `appended`, needs no ring, and so uses no arm up.
 *
 * Invariant: in `armed`, every append after `head` finds the arm and rings it, or is told by `appended`; so whoever has seen up to `head` may
 * sleep.
 */

import type { Head } from '../log/head.ts';
import type { Ring } from './doorbell.ts';

export type WatchState =
  | { readonly phase: 'unarmed'; readonly head: Head | null }
  | Arming
  | {
      readonly phase: 'armed';
      readonly head: Head;
      readonly nonce: string;
      /** In ms of `Clock.elapsed`. */
      readonly until: number;
    };

interface Arming {
  readonly phase: 'arming';
  readonly head: Head | null;
  readonly nonce: string;
  /** The arm has been rung already. */
  readonly rung: boolean;
  /** How far this process has appended since the turn began: the check may have looked before that. */
  readonly appended: Head | null;
}

export const UNARMED: WatchState = { phase: 'unarmed', head: null };
const NO_LIFE: Head = { vid: 0, epoch: null };

/** Begins a turn: arm under `nonce`, then check. */
export function rearm(watch: WatchState, nonce: string): WatchState {
  return { phase: 'arming', head: watch.head, nonce, rung: false, appended: null };
}

/** A step of the machine; `wake` is true when those who sleep on the channel have something to see. */
export interface Step {
  readonly watch: WatchState;
  readonly wake: boolean;
}

/**
 * The check after the arm said `head`. Sleepers have seen the old head: any other is news to them. `until` is
 * when to arm anew, in ms of `Clock.elapsed`. A ring that came between arm and check has used the arm up,
 * whether or not the check saw its event.
 */
export function checked(watch: WatchState, found: Head, until: number): Step {
  const before = watch.head;
  const appended = watch.phase === 'arming' ? watch.appended : null;
  const head = appended && isBeyond(appended, found) ? appended : found;
  const wake = before !== null && (before.vid !== head.vid || before.epoch !== head.epoch);
  // Appended in another life than the check found: the tables were made anew meanwhile, and only another turn tells which came last.
  const torn = appended !== null && appended.epoch !== head.epoch;
  if (watch.phase !== 'arming' || watch.rung || torn) return { watch: { phase: 'unarmed', head }, wake };
  return { watch: { phase: 'armed', head, nonce: watch.nonce, until }, wake };
}

/**
 * This process has appended up to `reached` itself, or found it in the log. That is news to whoever sleeps before it, and no reason to arm
 * anew: nobody was told to ring this arm.
 */
export function appended(watch: WatchState, reached: Head): Step {
  const { head } = watch;
  // Before the first check nobody sleeps, and the check may still find anything.
  const news = head !== null && isBeyond(reached, head);
  switch (watch.phase) {
    case 'unarmed':
      return { watch: news ? { ...watch, head: reached } : watch, wake: news };
    case 'arming':
      return {
        watch: { ...watch, head: news ? reached : head, appended: further(watch.appended, reached) },
        wake: news,
      };
    case 'armed': {
      const otherLife = watch.head.epoch !== null && watch.head.epoch !== reached.epoch;
      if (otherLife) return { watch: { phase: 'unarmed', head }, wake: false };
      return { watch: news ? { ...watch, head: reached } : watch, wake: news };
    }
  }
}

function further(before: Head | null, now: Head): Head {
  return before?.epoch === now.epoch && before.vid > now.vid ? before : now;
}

/** True when the log reaches further than `head` in the life of `head`; a channel that was not born yet lives any life. */
function isBeyond(reached: Head, head: Head): boolean {
  return reached.vid > head.vid && (head.epoch === null || head.epoch === reached.epoch);
}

/**
 * The name's life is over, or another has begun: what is known of the name counts no more. Whoever sleeps has seen that life, and must look again.
 */
export function startedAnew(watch: WatchState): Step {
  const wake = watch.head !== null && watch.head.epoch !== null;
  const head = watch.head && NO_LIFE;
  return { watch: watch.phase === 'arming' ? { ...watch, head } : { phase: 'unarmed', head }, wake };
}

/** A turn that failed half-way: nothing is known to be armed. */
export function failed(watch: WatchState): WatchState {
  return { phase: 'unarmed', head: watch.head };
}

/** A ring has come. Ask `due` afterwards: it may have used up the arm, or told of more than it carries. */
export function heard(watch: WatchState, ring: Ring): Step {
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

function heardArmed(watch: Extract<WatchState, { phase: 'armed' }>, ring: Ring): Step {
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

/**
 * True when whoever waits needs a new turn: not armed, or armed too long ago. `elapsed` as `Clock.elapsed`
 * tells it.
 */
export function due(watch: WatchState, elapsed: number): boolean {
  return watch.phase === 'unarmed' || (watch.phase === 'armed' && elapsed >= watch.until);
}

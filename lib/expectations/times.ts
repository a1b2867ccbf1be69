/** When a channel that has promised an event is looked at. Pure. */

const MINUTE_MS = 60_000;
/**
 * After a deadline, before it is judged: an event says when its block was made, and may take 20 s from then until it is in the log (`DEADLINE_MS` of an appender,
 * `REQUEST_MS` of a body). Clocks may differ by some seconds besides.
 */
export const GRACE_MS = 30_000;
/** The longest time between two looks at a channel from which an event is awaited: well within the shortest retention, an hour, so that no event expires unseen. */
export const LOOK_MS = 30 * MINUTE_MS;

/** The next whole minute after `ms`. */
export function minuteAfter(ms: number): number {
  return (Math.floor(ms / MINUTE_MS) + 1) * MINUTE_MS;
}

/** When to look at what is promised at `now` for `afterMs` later: not before it can be judged, and soon enough to see it in the log. */
export function lookFor(now: number, afterMs: number): number {
  return minuteAfter(now + Math.min(afterMs + GRACE_MS, LOOK_MS));
}

/** From where on the log is read at the first look that was noted: whoever noted this one, or a later one, began to append after that. */
export function beginOf(due: number): number {
  return due - LOOK_MS - 5 * MINUTE_MS;
}

/**
 * The poller's decisions, without any I/O: given where it stands and what happened, where it stands then. What each state does is
 * poller.ts's; which one follows is the table's, and the compiler refuses a table with a hole.
 *
 *                     wanted               answered           wanted
 *              idle ──────────► probing ───────────► ready ──────────► live ──► ready (answered), resting (hurried)
 *                                ▲    │ failed          ▲                │
 *                       due      │    ▼                 │ due            │ failed
 *                                waiting ◄──────────────┼────────────────┘
 *                                                     resting
 *     any state: ended ─► stopped; whatever was known of the connection: doubted ─► probing
 */
import { backoffMs } from './backoff.ts';

export type State =
  /** Nothing to ask for, and nothing known about the connection. */
  | 'idle'
  /** A poll that is not held is on its way: it shows within a round trip whether the server is there. */
  | 'probing'
  /** The last poll was answered; there is nothing to ask for right now. */
  | 'ready'
  /** The last poll was answered, and a held one is on its way. */
  | 'live'
  /** The server sends held polls away at once with nothing: a pause, so that this does not become a hot loop. */
  | 'resting'
  /** The last poll failed; the next one comes when the backoff is over. */
  | 'waiting'
  /** For good. */
  | 'stopped';

export type Input =
  /** Somebody wants a channel. */
  | 'wanted'
  /** Nobody wants any. */
  | 'unwanted'
  /** The poll on its way asks for the wrong thing: a channel came, or somebody is further behind. */
  | 'changed'
  | 'answered'
  /** A held poll was answered much too early, with nothing. */
  | 'hurried'
  /** The poll failed, and may succeed later. */
  | 'failed'
  /** The pause or the backoff is over, or need not be waited for: the page is seen again. */
  | 'due'
  /** What was known is no longer: the network came or went, or a channel begins anew. */
  | 'doubted'
  /** Closed, or refused for good. */
  | 'ended';

/** What is on its way goes on; a state that is named is begun, even if it is the one already. */
const STAY = '';

export const TABLE = {
  idle: {
    wanted: 'probing',
    unwanted: STAY,
    changed: STAY,
    answered: STAY,
    hurried: STAY,
    failed: STAY,
    due: STAY,
    doubted: STAY,
    ended: 'stopped',
  },
  probing: {
    wanted: STAY,
    unwanted: 'idle',
    changed: 'probing',
    answered: 'ready',
    hurried: 'ready',
    failed: 'waiting',
    due: STAY,
    doubted: 'probing',
    ended: 'stopped',
  },
  ready: {
    wanted: 'live',
    unwanted: STAY,
    changed: STAY,
    answered: STAY,
    hurried: STAY,
    failed: STAY,
    due: STAY,
    doubted: 'idle',
    ended: 'stopped',
  },
  live: {
    wanted: STAY,
    unwanted: 'ready',
    changed: 'live',
    answered: 'ready',
    hurried: 'resting',
    failed: 'waiting',
    due: STAY,
    doubted: 'probing',
    ended: 'stopped',
  },
  resting: {
    wanted: STAY,
    unwanted: STAY,
    changed: STAY,
    answered: STAY,
    hurried: STAY,
    failed: STAY,
    due: 'ready',
    doubted: 'probing',
    ended: 'stopped',
  },
  waiting: {
    wanted: STAY,
    unwanted: 'idle',
    changed: STAY,
    answered: STAY,
    hurried: STAY,
    failed: STAY,
    due: 'probing',
    doubted: 'probing',
    ended: 'stopped',
  },
  stopped: {
    wanted: STAY,
    unwanted: STAY,
    changed: STAY,
    answered: STAY,
    hurried: STAY,
    failed: STAY,
    due: STAY,
    doubted: STAY,
    ended: STAY,
  },
} as const satisfies Record<State, Record<Input, State | ''>>;

/** Where a poller stands. Immutable. */
export interface Standing {
  readonly state: State;
  /** Polls that failed since the last answer. */
  readonly failed: number;
  /** Held polls in a row that were sent away at once with nothing. */
  readonly hurried: number;
  /** How long `resting` or `waiting` lasts, in milliseconds. */
  readonly delayMs: number;
}

export const AT_REST: Standing = { state: 'idle', failed: 0, hurried: 0, delayMs: 0 };

/** So many hurried answers in a row are taken for an accident: a server that is being stopped ends its polls early, once. */
const HURRIED_ALLOWED = 2;

/**
 * Where the poller stands after an input; undefined when nothing is to be done. `floorMs`: what the server asked for (`Retry-After`).
 */
export function step(
  { state, failed, hurried }: Standing,
  input: Input,
  random: () => number,
  floorMs?: number,
): Standing | undefined {
  const next: State | '' = TABLE[state][input];
  if (!next) return undefined;
  if (next === 'waiting') failed++;
  if (next === 'resting') hurried++;
  if (input === 'answered') failed = hurried = 0;
  const times = next === 'waiting' ? failed : hurried - HURRIED_ALLOWED;
  return { state: next, failed, hurried, delayMs: times > 0 ? backoffMs(times, random, floorMs) : 0 };
}

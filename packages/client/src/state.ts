/**
 * The poller's decisions, without any I/O: given the state and what happened, the next state. What each state does is poller.ts's; which
 * one follows is the table's, and the compiler refuses a table with a hole. `TABLE[state][input]` is empty where nothing is to be done.
 *
 *                     wanted               answered           wanted
 *              idle ──────────► probing ───────────► ready ──────────► live ──► ready (answered)
 *                                ▲    │ failed                           │
 *                       due      │    ▼                                  │ failed
 *                                waiting ◄───────────────────────────────┘
 *     any state: ended ─► stopped; whatever was known of the connection: doubted ─► probing
 */
export type State =
  /** Nothing to ask for, and nothing known about the connection. */
  | 'idle'
  /** A poll that is not held is on its way: it shows within a round trip whether the server is there. */
  | 'probing'
  /** The last poll was answered; there is nothing to ask for right now. */
  | 'ready'
  /** The last poll was answered, and a held one is on its way. */
  | 'live'
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
    failed: 'waiting',
    due: STAY,
    doubted: 'probing',
    ended: 'stopped',
  },
  waiting: {
    wanted: STAY,
    unwanted: 'idle',
    changed: STAY,
    answered: STAY,
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
    failed: STAY,
    due: STAY,
    doubted: STAY,
    ended: STAY,
  },
} as const satisfies Record<State, Record<Input, State | ''>>;

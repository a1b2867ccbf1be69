/**
 * A plan: what everybody does, and what goes wrong, in one run. Plain data, so that it can be printed, shrunk and run again. Every time is in
 * ms of the run's own clock.
 */

export const CHANNELS = ['doors', 'alerts'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Where messages go that can never be published. */
export const DEAD_LETTERS = 'dead-letters';
export const DEAD_LETTERS_URL = `https://sqs.memory/queues/${DEAD_LETTERS}`;

/**
 * The most that a wall clock is set by, in ms. Three sleeps, so that whoever measures one with it oversleeps;
 * and little enough that ids are still compared for two minutes by the clocks of two processes that were set
 * apart.
 */
export const SET_MS = 60_000;

/** Every kind of call that Doorbell makes while it runs. */
export const CALLS = [
  'PutItem events',
  'UpdateItem events',
  'GetItem events',
  'Query events',
  'PutItem states',
  'UpdateItem states',
  'GetItem states',
  'Query states',
  'UpdateItem cursors',
  'DeleteItem cursors',
  'PutItem waiters',
  'UpdateItem waiters',
  'DeleteItem waiters',
  'Query waiters',
  'CreateQueue',
  'GetQueueUrl',
  'ListQueues',
  'DeleteQueue',
  'SendMessage',
  'ReceiveMessage',
  'DeleteMessageBatch',
] as const;
export type CallName = (typeof CALLS)[number];

/** What may become of any call, and what it means. */
export const FAULTS = {
  throttled: 'refused at once, without effect',
  unreachable: 'the connection is refused, without effect',
  denied: 'an error that nobody expects, without effect',
  'fails before': 'answered 500, without effect',
  'fails after': 'takes effect, then answered 500',
  'times out before': 'no answer and no effect',
  'times out after': 'takes effect, but no answer comes',
  'lands late': 'no answer; takes effect long after it was given up',
  'tried twice': 'takes effect, the answer is lost, and the SDK sends it again',
  'slow there': 'late in taking effect',
  'slow back': 'the answer is late',
  'dies before': 'the process dies, and the call never leaves',
  'dies after': 'the process dies when the call has taken effect',
  freezes: 'the process stands still from this call on, then goes on as if nothing had been',
} as const;
/** What may become of a message besides. */
export const MESSAGE_FAULTS = {
  'message lost': 'accepted, and never delivered',
  'message late': 'accepted, and delivered later',
  'message again': 'delivered, and delivered once more',
} as const;
export type FaultKind = keyof typeof FAULTS | keyof typeof MESSAGE_FAULTS;

/** From the `skip`-th such call of that process on (of every process: 'any'), `times` calls in a row. */
export interface Fault {
  readonly on: CallName | 'any';
  readonly slot: number | 'any';
  readonly skip: number;
  readonly times: number;
  readonly kind: FaultKind;
  readonly ms: number;
}

/** What a reader does at one of its polls. */
export interface Habit {
  /**
   * `loses`: the answer is lost on the way. `hangs up`: the server sees it go. `vanishes`: the server does not. `reloads`: it has forgotten
   * its maxvid and trusts its cursor (nothing without a client id). `pauses`: it comes later.
   */
  readonly kind: 'reads' | 'loses' | 'hangs up' | 'vanishes' | 'reloads' | 'pauses';
  readonly ms: number;
}

export interface ReaderPlan {
  readonly slot: number;
  /** Goes to the next process with each poll. */
  readonly roams: boolean;
  readonly startMs: number;
  readonly waitMs: number;
  readonly limit: number;
  readonly hasClient: boolean;
  readonly namesEpoch: boolean;
  readonly from: 'start' | 'now';
  readonly channels: readonly Channel[];
  /** One per poll; afterwards it just reads. */
  readonly habits: readonly Habit[];
}

/** Begins with the state of a channel, and polls on from there. */
export interface StateReaderPlan {
  readonly slot: number;
  readonly roams: boolean;
  readonly startMs: number;
  readonly waitMs: number;
  readonly limit: number;
  readonly channel: Channel;
  /** Only these keys; none: all. */
  readonly keys: readonly string[];
  readonly latest: boolean;
}

export type Step = { readonly gapMs: number } & (
  | {
      readonly kind: 'publish';
      readonly publisher: number;
      readonly slot: number;
      readonly channel: Channel;
      /** Events of each batch; all batches at once. */
      readonly sizes: readonly number[];
      /** With ids of its own, and tried again until it is acknowledged. */
      readonly hasProducerIds: boolean;
    }
  | {
      readonly kind: 'publish lines';
      readonly slot: number;
      readonly channel: Channel;
      readonly lines: number;
    }
  | {
      readonly kind: 'send';
      readonly channel: Channel;
      /** Events of each message; 0 is a message that can never be published. */
      readonly sizes: readonly number[];
    }
  | { readonly kind: 'sweep'; readonly slot: number }
  /** Folds what is new into the states of all channels, so many times, one begun so long after the other: it may overtake that. */
  | { readonly kind: 'fold'; readonly slot: number; readonly times: number; readonly everyMs: number }
  | { readonly kind: 'kill'; readonly slot: number; readonly downMs: number }
  /**
   * The process's wall clock, which its successors keep, says from now on so much more than it did at first.
   */
  | { readonly kind: 'set clock'; readonly slot: number; readonly ms: number }
  /** Everybody rests for two hours, and what has expired is deleted. */
  | { readonly kind: 'night' }
);

export interface Plan {
  /** The processes are hubs: each wakes the readers that it holds itself about what it publishes. */
  readonly hubs: boolean;
  /** Seeds how long calls take on their way. */
  readonly jitter: number;
  /** How far each process's clock is ahead, in ms. */
  readonly skewsMs: readonly number[];
  /** How long a new queue cannot be used. */
  readonly youngMs: number;
  /** The most items in one page of a query. */
  readonly pageItems: number;
  readonly readers: readonly ReaderPlan[];
  readonly stateReaders: readonly StateReaderPlan[];
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
}

/** What publishing needs of the ingest queue, of its dead-letter queue, and of the schemas that channels have. */

/** The schemas that a deployment has set for its channels. */
export interface ChannelSchemas {
  /**
   * What says of the data of one request whether they fit; undefined where the channel has no schema. All that it does together is bounded, so each request asks
   * for its own. Throws an error whose message is for the operator where the schema itself is wrong.
   */
  of(channel: string): Fitting | undefined;
  /** The schema as JSON, as it was set; undefined where the channel has none. */
  textOf(channel: string): string | undefined;
}

/** Undefined where the data fit. Numbers among them are doubles. */
export type Fitting = (data: unknown) => Misfit | undefined;

/** The first thing that is wrong with data. It has names of them, and never a value. */
export interface Misfit {
  /** JSON pointer (RFC 6901) into the data; empty for all of them. At most 257 characters: a longer one is cut, and ends in `…`. */
  readonly pointer: string;
  /** What is wanted there, as `must be number`. */
  readonly wanted: string;
}

/** The attribute of a message that says how often it was sent back from the dead-letter queue. */
export const SENT_BACK = 'sentBack';

/** The queue that foreign producers send to. */
export interface IngestQueue {
  /**
   * Sends as a foreign producer would: group = channel; the same `deduplicationId` within 5 minutes is sent once. Resolves with the id of the message; of one
   * that was sent before, with its first id. `sentBack` goes with the message: how often it has come from the dead-letter queue, this time included.
   */
  send(channel: string, body: string, deduplicationId: string, sentBack?: number): Promise<string>;
}

export interface DeadLetterSink {
  /** Puts a message aside for a person, with the reason why it can never be published. */
  moveToDlq(message: PutAside, reason: string): Promise<void>;
}

export interface PutAside {
  readonly id: string;
  readonly group: string;
  readonly body: string;
  /** How often it has come from the dead-letter queue before. Absent: never. */
  readonly sentBack?: number;
}

/** A message in the dead-letter queue, in hand: until it is removed or let go, no later one of its group comes. */
export interface DeadLetter {
  readonly id: string;
  readonly group: string;
  readonly body: string;
  /** Why it can never be published; absent for one that the ingest queue itself gave up. */
  readonly reason?: string;
  /** Who set it back, where somebody has. */
  readonly requeuedBy?: string;
  /** The id of the ingest message that was put aside as this message; absent, or meaningless, for one that came here in another way. */
  readonly putAsideFrom?: string;
  /** How often it was sent back before. Absent: never. */
  readonly sentBack?: number;
  /** Since when it stands here: Unix time in ms, by the queue's clock. Absent where that is not told. */
  readonly at?: number;
  readonly receipt: string;
}

/** How many messages there are, about: SQS is exact only when nothing has changed for a minute. */
export interface DeadLetterCounts {
  /** Those that are in nobody's hand; of a group with one in hand none can be taken. */
  readonly waiting: number;
  readonly inHand: number;
}

/** The dead-letter queue as the person sees it who clears it: FIFO per group, at least once. */
export interface DeadLetterQueue {
  /** Up to 10, the oldest of their groups; none when all groups are empty or in hand. */
  receive(): Promise<readonly DeadLetter[]>;
  count(): Promise<DeadLetterCounts>;
  remove(message: DeadLetter): Promise<void>;
  /** Puts it at the end of its group, marked with `by`. False when it is too large to be marked: then it stays, in hand. */
  requeue(message: DeadLetter, by: string): Promise<boolean>;
  /** Others may take it again. */
  release(message: DeadLetter): Promise<void>;
  /**
   * Puts a message with another body in its place, at the end of group `group`, and removes it; resolves with the new id. The new one has no reason. A crash
   * between the two leaves both. Throws `too-large` when no queue takes such a body: then nothing has changed.
   */
  replace(message: DeadLetter, group: string, body: string): Promise<string>;
}

/** Both queues, in hand of the person who clears the second. */
export interface DeadLetterQueues {
  readonly deadLetters: DeadLetterQueue;
  readonly ingestQueue: IngestQueue;
}

/**
 * What Doorbell needs of the world, in prose that every implementation must keep: `lib/aws` on real services and
 * emulators, `tests/support/memory/memory.ts` in memory. `tests/contract` holds them all to it.
 * Times are milliseconds since the Unix epoch unless a name says otherwise.
 */

import type { Draft, LogBlock } from './block.ts';

/** The log of events: the only truth. Every read is strongly consistent. */
export interface EventLog {
  /** The newest block of the channel, expired or not; undefined when there is none. */
  last(channel: string): Promise<LogBlock | undefined>;
  /**
   * Blocks that hold kept events above `after`, ascending, the first perhaps reaching below `after`. Stops once `limit` events
   * above `after` or 1 MiB are at hand, so a short answer does not mean the end; an empty one does.
   */
  read(channel: string, after: number, limit: number): Promise<readonly LogBlock[]>;
  /** The newest blocks, back to the first that was appended before `sinceMs` by its publisher's clock, and without it; ascending. */
  since(channel: string, sinceMs: number): Promise<readonly LogBlock[]>;
  /**
   * Writes one block at `first`, whole or not at all. `conflict` when a block stands there already. May be repeated after an
   * error of unknown outcome: a block with the same token is one's own.
   */
  append(channel: string, block: NewBlock): Promise<'appended' | 'conflict'>;
}

export interface NewBlock {
  readonly first: number;
  /** `first` + one per draft - 1; without drafts the block passes over these numbers, so that nobody can take them. */
  readonly last: number;
  readonly epoch: string;
  readonly at: string;
  readonly token: string;
  /** Unix time in ms until which it is kept at least. No block may expire before an older one of its channel. */
  readonly expires: number;
  readonly drafts: readonly Draft[];
}

/** One life of a channel's numbering. */
export interface Life {
  readonly epoch: string;
  /** No number above it has been given out. */
  readonly reserved: number;
}

/** The channel's own item, which never expires. Reads are strongly consistent. */
export interface Lives {
  get(channel: string): Promise<Life | undefined>;
  /** Records the life unless one is recorded; returns the recorded one. */
  begin(channel: string, life: Life): Promise<Life>;
  /** Raises `reserved` to `upTo` when that is higher. False when the channel now lives another life, or none. */
  reserve(channel: string, epoch: string, upTo: number): Promise<boolean>;
}

/** Which channels there are. Eventually consistent: one whose first event has just come may be missing for a moment. */
export interface Directory {
  /** Names from `from` to `to`, both included, ascending by character code; fewer than `limit` mean that there are no more. */
  channels(from: string, to: string, limit: number): Promise<readonly string[]>;
}

/** Where one client's poll is held: which process's mailbox, which poll, and until when at the latest. */
export interface Hold {
  readonly mailbox: string;
  readonly nonce: string;
  readonly until: number;
  /** Its process saves places late: the poll may stand further than the row's `maxvid`, and be held by now under another nonce. */
  readonly behind?: true;
}

export interface Cursor {
  /** Absent until the client has acknowledged something or been given a starting point. */
  readonly maxvid?: number;
  /** The life in which `maxvid` was acknowledged, where it is known. */
  readonly epoch?: string;
  readonly hold?: Hold;
  readonly seenAt: number;
}

export interface Acknowledgement {
  readonly maxvid?: number;
  readonly epoch?: string;
}

/** One row per client and channel. */
export interface Cursors {
  /**
   * Notes that the client is here: saves what it acknowledges and where its poll is held (absent: nowhere), and returns the row
   * as it was. `maxvid` never goes back within a life; an acknowledgement that names another epoch starts anew.
   * Repeating a call changes nothing.
   */
  visit(
    channel: string,
    client: string,
    seen: Acknowledgement,
    hold: Hold | undefined,
    now: number,
  ): Promise<Cursor | undefined>;
  /**
   * Moves a cursor that stands at `from` to `to`, back too: for a place that turned out to be none. Without `maxvid` in `to` it stands nowhere.
   * One that stands elsewhere stays.
   */
  move(channel: string, client: string, from: Acknowledgement, to: Acknowledgement): Promise<void>;
  /**
   * Saves late what was visited meanwhile, as `visit` does, if nobody has visited the row since it was `known`. Else, or if the client was forgotten, the answer is
   * false, and only a place that is further in the row's own life is taken over; a row without a life takes that of the place.
   */
  save(
    channel: string,
    client: string,
    place: Acknowledgement,
    hold: Hold | undefined,
    now: number,
    known: Pick<Cursor, 'seenAt' | 'hold'>,
  ): Promise<boolean>;
  /** Every cursor on the channel, ordered by client. */
  list(channel: string): Promise<ReadonlyArray<Cursor & { readonly client: string }>>;
  forget(channel: string, client: string): Promise<void>;
}

/** "Mailbox M sleeps on this channel until then." A new nonce is a new arm. */
export interface Arm {
  readonly mailbox: string;
  readonly nonce: string;
  /** Counts the arms of one mailbox, upwards, so that of two arms on their way the newer one stays. */
  readonly turn: number;
  readonly until: number;
}

/** The arms of every channel. One row per channel and mailbox: a newer arm replaces an older one, and never the other way round. */
export interface Waiters {
  /** Strongly consistent for `armed` once it returns. An arm that comes after a newer one of its mailbox changes nothing. */
  arm(channel: string, arm: Arm): Promise<void>;
  /** Arms on the channel, strongly consistent; expired ones may still appear. */
  armed(channel: string): Promise<readonly Arm[]>;
  /** Removes this very arm; leaves a newer one of the same mailbox alone. */
  disarm(channel: string, arm: Arm): Promise<void>;
}

/** A mailbox's entry in the register: its process promises to be gone, or to have renewed, by `until`. */
export interface Registration {
  readonly name: string;
  readonly until: number;
  /** A sweeper has taken it; its process can no longer renew. */
  readonly retired: boolean;
}

/** The register of mailboxes, written before a queue is made, so that no queue can be forgotten. */
export interface Register {
  enter(name: string, until: number): Promise<void>;
  /** False when the entry is gone or retired: the mailbox must be given up. */
  renew(name: string, until: number): Promise<boolean>;
  /** Retires the entry unless it was renewed since it was read. */
  retire(registration: Registration): Promise<boolean>;
  remove(name: string): Promise<void>;
  /** Strongly consistent. */
  list(): Promise<readonly Registration[]>;
}

export interface Letter {
  readonly body: string;
  /** What `remove` takes. */
  readonly receipt: string;
}

/** The queues behind mailboxes: at least once, unordered, and a letter may be lost. A mailbox is named by its address. */
export interface Mailboxes {
  /** Makes the queue; returns its address. Unusable for up to a second afterwards. */
  open(name: string): Promise<string>;
  /** Up to 10 letters, waiting up to `waitSeconds` (1..20) for the first; `gone` when the queue does not exist. */
  receive(mailbox: string, waitSeconds: number, signal?: AbortSignal): Promise<readonly Letter[] | 'gone'>;
  send(mailbox: string, body: string): Promise<'sent' | 'gone'>;
  /** Removes received letters; those that are gone already do not matter. */
  remove(mailbox: string, receipts: readonly string[]): Promise<void>;
  /** Deletes the queue by name; one that does not exist does not matter. */
  close(name: string): Promise<void>;
  /** Names of the existing queues; may lag behind `open` and `close`. */
  list(): Promise<readonly string[]>;
}

/** The queue that foreign producers send to, and its dead-letter queue. */
export interface IngestQueue {
  /**
   * Sends as a foreign producer would: group = channel; the same `deduplicationId` within 5 minutes is sent once. Resolves with the id of the message; of one
   * that was sent before, with its first id.
   */
  send(channel: string, body: string, deduplicationId: string): Promise<string>;
}

export interface DeadLetters {
  /** Puts a message aside for a person, with the reason why it can never be published. */
  bury(
    message: { readonly id: string; readonly group: string; readonly body: string },
    reason: string,
  ): Promise<void>;
}

/** A message in the dead-letter queue, in hand: until it is removed or let go, no later one of its group comes. */
export interface DeadLetter {
  readonly id: string;
  readonly group: string;
  readonly body: string;
  /** Why it can never be published; absent for one that the ingest queue itself gave up. */
  readonly reason?: string;
  /** Who set it back, where somebody has. */
  readonly setBackBy?: string;
  /** The id of the ingest message that was put aside as this letter; absent, or meaningless, for one that came here in another way. */
  readonly putAsideFrom?: string;
  readonly receipt: string;
}

/** How many letters there are, about: SQS is exact only when nothing has changed for a minute. */
export interface DeadLetterCounts {
  /** Those that are in nobody's hand; of a group with one in hand none can be taken. */
  readonly waiting: number;
  readonly inHand: number;
}

/** The dead-letter queue as the person sees it who clears it: FIFO per group, at least once. */
export interface DeadLetterQueue {
  /** Up to 10, the oldest of their groups; none when all groups are empty or in hand. */
  take(): Promise<readonly DeadLetter[]>;
  count(): Promise<DeadLetterCounts>;
  remove(letter: DeadLetter): Promise<void>;
  /** Puts it at the end of its group, marked with `by`. False when it is too large to be marked: then it stays, in hand. */
  setBack(letter: DeadLetter, by: string): Promise<boolean>;
  /** Others may take it again. */
  letGo(letter: DeadLetter): Promise<void>;
}

/** Two clocks: the wall's, which operators and NTP may set, and one that only goes forward. */
export interface Clock {
  /** Wall time, for what is stored and shown. It may jump, back too: never measure an interval with it. */
  now(): number;
  /** Milliseconds since a moment that this process chose; never goes back. For intervals within this process, and for nothing that leaves it. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `then` once, `ms` from now; the returned function takes it back. What thousands of held polls wait with. */
  after(ms: number, then: () => void): () => void;
}

/** The turns of a server's event loop; in tests virtual, as time is. */
export interface EventLoop {
  /** Calls `then` when every promise has gone on that could. */
  soon(then: () => void): void;
  /** Resolves when it has come round: what has arrived is handled by then, and what was ready is written. */
  turn(): Promise<void>;
}

/** Where chance comes from; tests seed it. */
export interface Chance {
  /** Uniform in [0, 1). */
  random(): number;
  /** A new id that nobody else makes: `[A-Za-z0-9-]`, 36 characters or fewer. */
  id(): string;
}

/** What happened, for operators. Fields never hold event data, tokens or stacks. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export type Count =
  | 'EventsPublished'
  | 'EventsDelivered'
  | 'Duplicates'
  | 'AppendConflicts'
  | 'DoorbellsRung'
  | 'DoorbellsFailed'
  | 'PollsAnswered'
  | 'PollsEmpty'
  | 'PollsSuperseded'
  | 'MessagesBuried'
  | 'MailboxesSwept';

/** Counts for metrics; names are CloudWatch's. */
export interface Meter {
  count(name: Count, value?: number): void;
}

/** What waking needs of the world: arms, the registry of mailboxes, and the queues behind them. */

/** "Mailbox M sleeps on this channel until then." A new nonce is a new arm. */
export interface Arm {
  readonly mailbox: string;
  readonly nonce: string;
  /** Counts the arms of one mailbox, upwards, so that of two arms on their way the newer one stays. */
  readonly turn: number;
  readonly until: number;
  /** A reader itself hears its doorbells: they tell that there is something, and carry no event, of which it may perhaps not read all. */
  readonly bare?: true;
  /** It need not be rung for events of other keys. Absent: it is rung for every event. */
  readonly wanted?: WantedKeys;
}

/**
 * The keys whose events a waiter wants, short enough to stand with its arm: it may name more keys than are wanted, and never fewer. An event without a
 * key is not wanted.
 */
export interface WantedKeys {
  /** Of keys (`hashOf`), 0 to 2^32 - 1. */
  readonly hashes: readonly number[];
  /** What others begin with; '' for any key. */
  readonly prefixes: readonly string[];
}

/** The arms of every channel. One row per channel and mailbox: a newer arm replaces an older one with all that it says, and never the other way round. */
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
  readonly fenced: boolean;
}

/** The register of mailboxes, written before a queue is made, so that no queue can be forgotten. */
export interface MailboxRegistry {
  add(name: string, until: number): Promise<void>;
  /** False when the entry is gone or retired: the mailbox must be given up. */
  renew(name: string, until: number): Promise<boolean>;
  /** Retires the entry unless it was renewed since it was read. */
  fence(registration: Registration): Promise<boolean>;
  remove(name: string): Promise<void>;
  /** Strongly consistent. */
  list(): Promise<readonly Registration[]>;
}

export interface Message {
  readonly body: string;
  /** What `remove` takes. */
  readonly receipt: string;
}

/** Where a mailbox is that some process has made. */
export interface MailboxAddresses {
  /** What `open` has answered for this name. Undefined where no such queue is known: it was deleted, or made less than a second ago. */
  addressOf(name: string): Promise<string | undefined>;
}

/** The queues behind mailboxes: at least once, unordered, and a message may be lost. A mailbox is named by its address. */
export interface Mailboxes {
  /** Makes the queue; returns its address. Unusable for up to a second afterwards. */
  open(name: string): Promise<string>;
  /** Up to 10 messages, waiting up to `waitSeconds` (1..20) for the first; `gone` when the queue does not exist. */
  receive(mailbox: string, waitSeconds: number, signal?: AbortSignal): Promise<readonly Message[] | 'gone'>;
  send(mailbox: string, body: string): Promise<'sent' | 'gone'>;
  /** Removes received messages; those that are gone already do not matter. */
  remove(mailbox: string, receipts: readonly string[]): Promise<void>;
  /** Deletes the queue by name; one that does not exist does not matter. */
  close(name: string): Promise<void>;
  /** Names of the existing queues; may lag behind `open` and `close`. */
  list(): Promise<readonly string[]>;
}

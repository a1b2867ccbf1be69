/**
 * What a server must offer to be in the race. An adapter is one file in peers/ that exports a `Peer`; peers.ts lists them. All that differs
 * between servers is here: how one is started, how an event is published, how a reader polls. The scenarios know no server by name.
 */

/** An event as a server is given it: JSON, an object whose `n` is its number in its channel and whose `pad` makes up its size. */
export type EventJson = string;

/** Where a reader stands, in the server's own terms; undefined at its first poll, which reads from the beginning. */
export type Cursor = unknown;

export interface Answer {
  /** The `n` of each event, in the order in which they came; none when the wait ended without one. */
  readonly numbers: readonly number[];
  readonly cursor: Cursor;
}

/** A poll under way. */
export interface Held {
  /** Rejects when the server refused or broke off, and when the reader hung up. */
  readonly answer: Promise<Answer>;
  /** As a browser tab does that is closed: the connection is dropped. */
  hangUp(): void;
}

/** A stream of events under way. */
export interface Streaming {
  /** Resolves when it is over, with why. */
  readonly ended: Promise<Error>;
  hangUp(): void;
}

/** A server that is up, has no events, and keeps nothing from earlier. */
export interface Running {
  /** Resolves when the server has accepted the event. */
  publish(channel: string, event: EventJson): Promise<void>;
  /** The server should hold it for 20 s or longer. */
  poll(channel: string, cursor: Cursor): Held;
  /** The channel from its beginning as server-sent events; absent where the server has none. Told the `n` of each event, in the order in which they come. */
  stream?(channel: string, onNumber: (number: number) => void): Streaming;
  /** The processes that were started; whatever they have started themselves is found. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface Size {
  /** Polls that may be held at once; a server with one process for each is started with as many. */
  readonly waiting: number;
  /** Empty, and the server's own: removed afterwards. */
  readonly folder: string;
}

export interface Peer {
  readonly name: string;
  /** One line for the report: what it is, and where it keeps events. */
  readonly about: string;
  /** `one`: an event goes to one waiting reader only, so that n readers get one n-th each at best. */
  readonly reaches: 'all' | 'one';
  /** The most readers that it is asked to hold; absent: any number. */
  readonly mostReaders?: number;
  /** It has server-sent events. */
  readonly streams?: boolean;
  /** Takes about a second to deliver, so it is warmed up with fewer events. */
  readonly slow?: boolean;
  /** Why it cannot run here, and what would change that; undefined when it can. */
  missing(): string | undefined;
  version(): string;
  start(size: Size): Promise<Running>;
}

/** A Doorbell for tests: the one handle that `startMemory`, `startLocal` and `connect` give. Types alone. */

import type { Event, PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import type { Faults } from './gateway/faults.ts';

/** What a token may do. By default everything: that of the test itself. */
export interface Grants {
  /** Channels, or ranges of them as `doors-*`. Default `['*']`, or none where `write` is given. */
  readonly read?: readonly string[];
  /** As `read`. Default `['*']`, or none where `read` is given. */
  readonly write?: readonly string[];
  /** Channels whose dead letters it may see, send back and drop, and mend where `write` covers them. Default none. */
  readonly dead?: readonly string[];
  /** The one reader that it may be. Default any. */
  readonly client?: string;
  /** How long it is good for. Default an hour. */
  readonly ttlSeconds?: number;
}

export interface PublishedAs {
  /** The event's id: publishing it again within 5 minutes appends nothing. */
  readonly id?: string;
}

/** An event, as a reader was sent it. */
export interface Read {
  readonly event: Event;
  /** The name of the reader on the server, if it has one. */
  readonly client: string | undefined;
}

export interface Patience {
  /** Milliseconds of real time, 1 or more. Default 5,000. */
  readonly withinMs?: number;
}

export interface TestChannel {
  readonly name: string;
  publish(data: unknown, as?: PublishedAs): Promise<PublishAnswer>;
  /** Every event that the log keeps, ascending vid. */
  events(): Promise<readonly Event[]>;
  /** What readers were sent through `url`, in that order; an event once for each time that it was sent. A lost answer is not among them. */
  readonly read: readonly Read[];
  /** Resolves when a reader has been sent the event with this vid, or one that fits. Rejects when that takes too long. */
  untilRead(which: number | ((event: Event) => boolean), patience?: Patience): Promise<Read>;
  /** Resolves when so many polls of this channel are under way. Default 1. Rejects when that takes too long. */
  untilPolled(count?: number, patience?: Patience): Promise<void>;
}

/** Time that a test holds in its hand. It goes on as real time does, and faster when the test says so. */
export interface TestClock {
  /** Milliseconds since the Unix epoch, as the server sees them. */
  now(): number;
  /** Lets so much time pass at once: waits end, tokens and events expire. Resolves when all that was due has been done. */
  advance(ms: number): Promise<void>;
}

export interface TestDoorbell extends AsyncDisposable {
  /** Where the code under test sends its requests: everything before `/v1`. */
  readonly url: string;
  /** Rejects where nobody can make one: `connect` without a `secret`. */
  token(grants?: Grants): Promise<string>;
  /** Goes past the faults: they are for the code under test. */
  publish(channel: string, data: unknown, as?: PublishedAs): Promise<PublishAnswer>;
  channel(name: string): TestChannel;
  readonly faults: Faults;
  /** Only in memory: elsewhere nobody can change the time. */
  readonly clock: TestClock | undefined;
  /** Ends every connection, and the server. May be repeated. */
  stop(): Promise<void>;
}

/** Where producers send, and how an AWS SDK reaches it. */
export interface TestQueue {
  readonly url: string;
  /** For `AWS_ENDPOINT_URL_SQS`, or `endpoint` of a client. Any credentials do. */
  readonly endpoint: string;
  readonly region: string;
}

export interface LocalDoorbell extends TestDoorbell {
  readonly queue: TestQueue;
}

/** Settings of a server that a test starts. */
export interface ServerOptions {
  /** Where it listens on 127.0.0.1. Default 0: any free port. */
  readonly port?: number;
  /** Origins whose pages may ask it, as `http://localhost:5173`. Default none. */
  readonly origins?: readonly string[];
  /** Settings of a hub, as its environment has them: docs/operations/hub.md. Those of sockets and files mean nothing here. */
  readonly settings?: Readonly<Record<string, string>>;
}

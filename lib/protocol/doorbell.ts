/**
 * The wire protocol, version 1: names, limits and shapes, as PROTOCOL.md states them.
 * Shared by the server, the client and the dashboard, so it imports nothing.
 */

/** One event of a channel. `vid` is its number there: 1, 2, 3 … in append order, without gaps. */
export interface Event {
  readonly vid: number;
  /** The producer's, or made for it. */
  readonly id: string;
  /** ISO 8601, UTC, set when the event was appended. */
  readonly at: string;
  /** What the event tells of: the newest event of each key is the channel's state. Absent: the event belongs to no key. */
  readonly key?: string;
  /** Within which time its producer promises the next event of this key, or of the channel where it has none: an ISO 8601 duration, as `PT15M`. */
  readonly expect?: string;
  /** Its data were taken out of the log; what is left of them is null. */
  readonly redacted?: true;
  /** Any JSON value. With a key, null deletes the key. */
  readonly data: unknown;
}

/** The data of an event of `alarms.<channel>`: an event that was promised (`expect`) has not come in time, or has come after all. */
export interface Alarm {
  /** `unwatched`: the channel has as many promises as are watched, so this one and further ones are not. */
  readonly status: 'overdue' | 'recovered' | 'unwatched';
  readonly channel: string;
  /** Whose next event it is about; absent: the channel's. */
  readonly key?: string;
  /** The event that promised it. */
  readonly vid: number;
  readonly expect: string;
  /** ISO 8601, UTC: by when the next event had to come. */
  readonly due: string;
  /** With `recovered`: the event that came. */
  readonly next?: number;
}

/** Answer to a poll of one channel. */
export interface PollAnswer {
  readonly channel: string;
  /** Random id of this life of the channel's numbering; null before the channel's first event. */
  readonly epoch: string | null;
  /** Ascending vid, every one above the poll's `maxvid`. */
  readonly events: readonly Event[];
  /** What to send as `maxvid` in the next poll. */
  readonly maxvid: number;
  /** How many events between the poll's `maxvid` and this answer's are no longer kept. */
  readonly missed: number;
  /** Present with `latest`: how many events are left out because a newer one of their key is here. */
  readonly skipped?: number;
  /** Present for a narrow reader: how many events since the poll's `maxvid` are kept and not here, because it does not want them or may not have them. */
  readonly passed?: number;
  /** Present when a newer poll of the same client ended this one. */
  readonly superseded?: true;
  /** Present when nothing will ever follow: the channel was closed. */
  readonly closed?: true;
}

/** Answer to a shared poll: the same for everybody who asks at the same address. */
export interface SharedAnswer extends PollAnswer {
  /** What to send as `slot` in the next shared poll, with the same `hold`. */
  readonly slot: number;
  /** For how many seconds a shared poll may be held here, where that is longer than 20: what may be sent as `hold`. */
  readonly hold?: number;
}

/** What a reader may wait for a bell with: `GET /v1/wait?ticket=…`. */
export interface WaitTicket {
  readonly ticket: string;
  /** How long one wait lasts at most. */
  readonly seconds: number;
  /** For how many seconds waits may be begun with it, one after the other. Then, or at once where it is 0, its reader asks again. */
  readonly life: number;
}

/** A bell is in the answer to `GET /v1/wait` where this stands: SQS's word for what every message has, in XML and in JSON. */
export const BELL_WORD = 'ReceiptHandle';

/** Answer to a reader who waits directly: news, and a ticket once there are no more. */
export interface WaitsAnswer extends PollAnswer {
  /** Absent where there is more to read: its reader asks again, at once. */
  readonly wait?: WaitTicket;
}

/** The same of several channels: those that have news, or all of them, empty. */
export interface MultiWaitsAnswer extends MultiPollAnswer {
  readonly wait?: WaitTicket;
}

/** Answer to a poll of several channels: those that have news, or all of them, empty, when the wait ended. */
export interface MultiPollAnswer {
  readonly channels: readonly PollAnswer[];
  /** Ways in which these readers may wait that cost the service less than a poll of its own. Present in plain answers at once, where there is one. */
  readonly ways?: readonly Way[];
}

/** By a shared poll of the only channel, at the same address (PROTOCOL.md, section 3.5), or on a mailbox of one's own (section 3.7). */
export type Way = 'shared' | 'direct';

/** What stands before Doorbell and holds shared polls itself says so to it: `Doorbell-Front: shared`. */
export const FRONT_HEADER = 'doorbell-front';

/** Answer to a publish: where its events stand. */
export interface PublishAnswer {
  /** Lowest vid among the published events. */
  readonly first: number;
  /** Highest vid among the published events. */
  readonly last: number;
  /** How many were appended by this request. */
  readonly count: number;
  /** How many were already in the log under the same `id`, and were not appended again. */
  readonly duplicates: number;
}

/** The newest event of one key. */
export interface StateEntry {
  readonly key: string;
  readonly vid: number;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Never null: that would have deleted the key. */
  readonly data: unknown;
}

/** A page of a channel's state. */
export interface StateAnswer {
  readonly channel: string;
  readonly epoch: string;
  /** Of the first page: where to poll on from, once all pages are there. Entries may be newer. */
  readonly maxvid: number;
  /** Ascending by key, by code point. */
  readonly entries: readonly StateEntry[];
  /** What to send as `after` for the next page; null when this is the last. */
  readonly next: string | null;
}

/** A page of the channels that there are. */
export interface ChannelsAnswer {
  /** Ascending by name; perhaps fewer than asked for, or none, although there are more. */
  readonly channels: ReadonlyArray<{ readonly channel: string }>;
  /** What to send as `after` for the next page; null when this is the last. */
  readonly next: string | null;
}

/** One channel, seen from above. */
export interface ChannelInfo {
  readonly channel: string;
  readonly epoch: string;
  /** Highest vid given out. */
  readonly head: number;
  /** Lowest vid still kept; null when nothing is kept. */
  readonly earliest: number | null;
  readonly clients: {
    readonly total: number;
    readonly waiting: number;
    /** Largest `head - maxvid` among the clients; 0 without clients. */
    readonly maxLag: number;
  };
}

/** One reader's cursor, as `GET /v1/channels/{channel}/clients` lists it. */
export interface ClientInfo {
  readonly client: string;
  readonly maxvid: number;
  readonly lag: number;
  /** ISO 8601, UTC: when this client polled last. */
  readonly seenAt: string;
}

/** A message of the ingest queue that was put aside, as `GET /v1/dead-letters` lists it. */
export interface DeadLetterInfo {
  readonly id: string;
  /** Its message group: the channel that it was sent for, or what a producer took for one. */
  readonly channel: string;
  /** Why it can never be published as it is. Null: it only failed too often, or was mended. */
  readonly reason: string | null;
  /** ISO 8601, UTC: since when it stands there. Null where the queue does not tell. */
  readonly at: string | null;
  /** How often it was sent back before. */
  readonly sentBack: number;
  /** Of the whole body, in UTF-8. */
  readonly bytes: number;
  /** As the producer sent it; it need not be JSON. In a list its beginning. */
  readonly body: string;
  /** Present when `body` is not all of it. */
  readonly cut?: true;
}

/** Dead letters that can be reached. */
export interface DeadLettersAnswer {
  /** Of each channel the oldest first. */
  readonly messages: readonly DeadLetterInfo[];
  /** About how many more there are, of all channels: behind ten others of their own, in somebody's hands, or beyond `limit`. */
  readonly unseen: number;
}

/** Answer to mending a dead letter. */
export interface MendedAnswer {
  /** Its new id: as a dead letter, or where it was sent, as a message of the ingest queue. */
  readonly id: string;
  readonly sent: boolean;
}

/** Answer to sending dead letters back. */
export interface RedriveAnswer {
  readonly sent: number;
  /** Those that can never be published as they are, or have come back at once. */
  readonly left: number;
  /** False: there may be more that could be sent. Ask again. */
  readonly done: boolean;
}

/** RFC 9457 problem details, with the members that this protocol adds. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's field that was refused. */
  readonly field?: string;
  /** Where in an event's `data` it does not fit the channel's schema: a JSON pointer (RFC 6901), empty for all of it. */
  readonly pointer?: string;
  /** With 409: the channel that was renumbered or is behind the reader. */
  readonly channel?: string;
  readonly earliest?: number | null;
  readonly head?: number;
  readonly epoch?: string | null;
  /** With a failed NDJSON publish: how many lines are in the log. */
  readonly appended?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Limits of the protocol; each is stated in PROTOCOL.md. Bytes count UTF-8. */
export const LIMITS = {
  /** Channels in one poll. */
  channelsPerPoll: 10,
  /** Seconds that a poll may be held: SQS's longest receive. */
  waitSeconds: 20,
  /** Seconds that a shared poll may be held where all that stands in front lets it: CloudFront's longest, with a higher quota. */
  sharedHoldSeconds: 110,
  /** Events in one answer, per channel: the default and the most. */
  defaultLimit: 500,
  maxLimit: 1000,
  /** Channels in one page of their list: the default and the most. */
  defaultChannels: 100,
  maxChannels: 1000,
  /** Dead letters in one list, and letters that one request sends back: the default, and the most. */
  maxDeadLetters: 100,
  maxRedriven: 1_000,
  /** A mended message: SQS's longest. */
  messageBytes: MIB,
  /** One answer is cut before it passes this. */
  answerBytes: MIB,
  /** One event's `data`, as JSON. */
  eventBytes: 256 * KIB,
  /** Arrays and objects within each other in `data`. Deeper JSON can be read but not always written: writing it recurses. */
  dataDepth: 100,
  /** One block, and so one array publish. A DynamoDB item holds 400 KB at most. */
  blockEvents: 100,
  blockBytes: 256 * KIB,
  /** Messages that one request appends to a stream of JSON. They are one block, and each takes some 60 bytes beside its own there. */
  appendMessages: 10_000,
  /** The whole address of a request. API Gateway takes 10,240 bytes of request line and headers together. */
  addressChars: 8_192,
  /** One request body. Lambda takes 6 MB, API Gateway 10 MB. */
  bodyBytes: 5 * MIB,
  /** An event's `id`, in characters. */
  idLength: 128,
  /** Keys named in one request. */
  keysPerRequest: 20,
  /** An event's `key`, in characters. */
  keyLength: 256,
  /** Seconds that `expect` may promise the next event in: a tick comes once a minute; and 31 days, for what runs once a month. */
  minExpectSeconds: 60,
  maxExpectSeconds: 31 * 24 * 3600,
  /** Keys of one channel whose next event is waited for at once. */
  expectedKeys: 100,
} as const;

/**
 * `[A-Za-z0-9_.-]`: it needs no escaping in a path, a query or a log line. Not `.` or `..`, which a URL parser takes out of a path
 * (RFC 3986, section 5.2.4).
 */
export const CHANNEL_PATTERN = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
/** Names of streams: as channels', with slashes between. */
export const STREAM_PATTERN = /^(?=.{1,512}$)(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)*$/;
export const CLIENT_PATTERN = /^(?!\.{1,2}$)[\w.-]{1,64}$/;
/** The two in words, for whoever has sent something else. */
export const CHANNEL_RULE = '1 to 128 characters of A-Z a-z 0-9 _ . - and not . or ..';
export const CLIENT_RULE = '1 to 64 characters of A-Z a-z 0-9 _ . - and not . or ..';

/** Whole characters of Unicode, so that every store keeps the key as it is, and none that would break a line. */
export const KEY_PATTERN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  /^(?:[^\u0000-\u001f\u007f\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff]){1,256}$/;
export const KEY_RULE = 'must be 1 to 256 characters, none of them a control character';

/** An ISO 8601 duration of days, hours, minutes and seconds. Months and years have no fixed length. */
export const EXPECT_PATTERN =
  /^P(?=\d|T\d)(?:(\d{1,2})D)?(?:T(?=\d)(?:(\d{1,3})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?)?$/;
export const EXPECT_RULE =
  'must be an ISO 8601 duration of days, hours, minutes and seconds from PT1M to P31D';
/** Where it is told that an event has not come in time: before the channel's name. */
export const ALARMS_PREFIX = 'alarms.';
/** The key of alarms that are about a channel as a whole. */
export const WHOLE_CHANNEL_KEY = '*';

export const CONTENT_TYPES = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  /** CloudEvents in their JSON format: one, and an array of them. */
  cloudEvent: 'application/cloudevents+json',
  cloudEvents: 'application/cloudevents-batch+json',
  problem: 'application/problem+json',
  schema: 'application/schema+json',
} as const;

/** Sends events in requests that the server takes, one request after the other: what comes while one is on its way goes with the next. */
import { CONTENT_TYPES, LIMITS, type PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import { platformOf } from './platform.ts';
import { PUBLISH_TIMEOUT_MS, readPublishAnswer } from './publish.ts';
import { type Connection, request } from './request.ts';

/** Of NDJSON: a fifth of what the server takes at once, so that a lost answer leaves little in doubt. */
const NDJSON = { events: 1_000, bytes: LIMITS.bodyBytes / 5 };
/** Of an array, which is one block. */
const BLOCK = { events: LIMITS.blockEvents, bytes: LIMITS.blockBytes };

/** An event as it is sent. */
interface Line {
  readonly text: string;
  readonly bytes: number;
}

export class Sender {
  /** What is in the log. */
  readonly total = { first: 0, last: 0, count: 0, duplicates: 0 };
  readonly #connection: Connection;
  readonly #path: string;
  /** Arrays of events, which carry ids and keys and are one block each; NDJSON otherwise. */
  readonly #asArrays: boolean;
  readonly #controller: AbortController;
  readonly #failed: (cause: unknown) => void;
  readonly #lines: Line[] = [];
  #bytes = 0;
  #sending: Promise<void> | undefined;

  /** `failed` hears why the first request failed that did; after it none is made. */
  constructor(
    connection: Connection,
    channel: string,
    asArrays: boolean,
    controller: AbortController,
    failed: (cause: unknown) => void,
  ) {
    const type = asArrays ? CONTENT_TYPES.json : CONTENT_TYPES.ndjson;
    this.#connection = { ...connection, headers: { 'content-type': type, ...connection.headers } };
    this.#path = `/v1/channels/${channel}/events`;
    this.#asArrays = asArrays;
    this.#controller = controller;
    this.#failed = failed;
  }

  /** Throws for what JSON cannot say, as a BigInt. What it leaves out, as undefined, the server refuses. */
  add(data: unknown, id: string | undefined, key: string | undefined, expect?: string): void {
    const text = this.#asArrays ? JSON.stringify({ id, key, expect, data }) : (JSON.stringify(data) ?? '');
    const bytes = new TextEncoder().encode(text).length + 1;
    this.#lines.push({ text, bytes });
    this.#bytes += bytes;
  }

  /** Whether so much waits that a source should be asked for no more. */
  get full(): boolean {
    return this.#lines.length >= NDJSON.events || this.#bytes >= NDJSON.bytes;
  }

  /** Begins to send what waits, if nothing is on its way. Resolves when all is sent, or it has failed. */
  send(): Promise<void> {
    this.#sending ??= this.#sendAll().catch(this.#failed);
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    const { setTimeout } = platformOf(this.#connection);
    while (this.#lines[0]) {
      // What comes in one turn of the event loop goes together.
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      const texts = this.#nextPart();
      const body = this.#asArrays ? `[${texts.join(',')}]` : texts.join('\n');
      const controller = this.#controller;
      this.#count(
        await request(this.#connection, this.#path, readPublishAnswer, PUBLISH_TIMEOUT_MS, controller, body),
      );
    }
    this.#sending = undefined;
  }

  /** One event at least: the server says best why it is too large. */
  #nextPart(): readonly string[] {
    const most = this.#asArrays ? BLOCK : NDJSON;
    let bytes = 0;
    let count = 0;
    for (const line of this.#lines.slice(0, most.events)) {
      if (count > 0 && bytes + line.bytes > most.bytes) break;
      bytes += line.bytes;
      count++;
    }
    this.#bytes -= bytes;
    return this.#lines.splice(0, count).map(({ text }) => text);
  }

  #count({ first, last, count, duplicates }: PublishAnswer): void {
    const { total } = this;
    total.first ||= first;
    total.last = Math.max(total.last, last);
    total.count += count;
    total.duplicates += duplicates;
  }
}

/**
 * Sends events in requests that the server takes, one after the other, and tries again where that can do no harm. Events with ids go as arrays, and
 * may be sent as often as it takes: the server appends an id once. Without ids they go as NDJSON, and go on after the `appended` lines of a
 * problem; where no answer came, nobody knows what was appended, and sending again would double it.
 */

import { CONTENT_TYPES, LIMITS, type PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import { backoffMs } from '../../client/src/backoff.ts';
import { DoorbellError } from '../../client/src/errors.ts';
import { readPublishAnswer } from '../../client/src/publish.ts';
import { type Connection, request } from '../../client/src/request.ts';
import { untilAborted } from './connection.ts';
import type { Terminal } from './terminal.ts';

export interface Outgoing {
  readonly id?: string;
  readonly key?: string;
  /** Within which time the next event is promised: of all that are sent, or of none. */
  readonly expect?: string;
  /** JSON. */
  readonly data: string;
}

/** A part of what the server takes at once, so that progress shows and a lost answer leaves little in doubt. */
const NDJSON_EVENTS = 1_000;
const NDJSON_BYTES = 1024 * 1024;
/** A body of so many lines is in after 20 s, or answered with how much is. */
const REQUEST_TIMEOUT_MS = 35_000;
/** Without any progress for so long it is given up. */
const GIVE_UP_MS = 120_000;

type Ports = Pick<Terminal, 'clock' | 'random' | 'interrupted'>;

/** What has been sent before it failed is in `sent`; `unknown` of the next may be in the log or not. */
export class SendingFailed extends Error {
  readonly sent: number;
  readonly unknown: number;

  constructor(sent: number, unknown: number, cause: unknown) {
    super('not everything was sent', { cause });
    this.sent = sent;
    this.unknown = unknown;
  }
}

export class Sender {
  readonly #connection: Connection;
  readonly #path: string;
  readonly #ports: Ports;
  /** Told before each wait. */
  readonly #waiting: (ms: number, error: DoorbellError) => void;

  constructor(
    connection: Connection,
    channel: string,
    ports: Ports,
    waiting: (ms: number, error: DoorbellError) => void,
  ) {
    this.#connection = connection;
    this.#path = `/v1/channels/${channel}/events`;
    this.#ports = ports;
    this.#waiting = waiting;
  }

  /**
   * All of them have ids, or none has; and so with keys. `took` hears how many are in, request by request, and where, if the server could
   * say it. Throws `SendingFailed`.
   */
  async send(
    events: readonly Outgoing[],
    took: (events: number, answer?: PublishAnswer) => void,
  ): Promise<void> {
    let sent = 0;
    let failures = 0;
    let since = this.#ports.clock.elapsed();
    while (sent < events.length) {
      const part = partOf(events, sent);
      try {
        took(part.length, await this.#request(part));
        sent += part.length;
        failures = 0;
      } catch (error) {
        if (!(error instanceof DoorbellError)) throw new SendingFailed(sent, part.length, error);
        const appended = error.problem?.appended ?? 0;
        if (appended > 0) {
          took(appended);
          sent += appended;
          failures = 0;
        }
        if (failures === 0) since = this.#ports.clock.elapsed();
        failures++;
        const late = this.#ports.clock.elapsed() - since > GIVE_UP_MS;
        if (late || this.#ports.interrupted.aborted || !mayRepeat(error, part))
          throw new SendingFailed(sent, inDoubt(error) && !unsent(error) ? part.length - appended : 0, error);
        await this.#wait(error, failures);
      }
    }
  }

  #request(part: readonly Outgoing[]): Promise<PublishAnswer> {
    const asArray = isArray(part[0]);
    const type = asArray ? CONTENT_TYPES.json : CONTENT_TYPES.ndjson;
    const [first] = part;
    const promise = asArray || first?.expect === undefined ? {} : { 'doorbell-expect': first.expect };
    const headers = { 'content-type': type, ...promise };
    const body = asArray ? `[${part.map(textOf).join(',')}]` : part.map(({ data }) => data).join('\n');
    return untilAborted(this.#ports.interrupted, (controller) =>
      request(
        { ...this.#connection, headers },
        this.#path,
        readPublishAnswer,
        REQUEST_TIMEOUT_MS,
        controller,
        body,
      ),
    );
  }

  async #wait(error: DoorbellError, failures: number): Promise<void> {
    const { clock, random, interrupted } = this.#ports;
    const ms = backoffMs(failures, random, error.retryAfterMs ?? 0);
    this.#waiting(ms, error);
    await clock.sleep(ms, interrupted);
  }
}

/** Lines have neither ids nor keys. */
function isArray(first: Outgoing | undefined): boolean {
  return first?.id !== undefined || first?.key !== undefined;
}

function textOf({ id, key, expect, data }: Outgoing): string {
  const head = JSON.stringify({ id, key, expect }).slice(1, -1);
  return `{${head}${head === '' ? '' : ','}"data":${data}}`;
}

/** As many as go into one request. At least one: the server says best why it is too large. */
function partOf(events: readonly Outgoing[], from: number): readonly Outgoing[] {
  const [mostEvents, mostBytes] = isArray(events[from])
    ? [LIMITS.blockEvents, LIMITS.blockBytes]
    : [NDJSON_EVENTS, NDJSON_BYTES];
  let bytes = 0;
  let end = from;
  for (; end < events.length && end - from < mostEvents; end++) {
    // The server's limits count bytes, and one character may be three of them.
    bytes += Buffer.byteLength(`${events[end]?.data}${JSON.stringify(events[end]?.key)}`);
    if (bytes > mostBytes && end > from) break;
  }
  return events.slice(from, end);
}

function mayRepeat(error: DoorbellError, part: readonly Outgoing[]): boolean {
  return error.retryable && (part[0]?.id !== undefined || !inDoubt(error));
}

/** Only Doorbell's own problem says what became of the events; a gateway's 504 does not, in whatever format. */
function inDoubt({ problem, status = 500, retryable }: DoorbellError): boolean {
  const own = `${problem?.type}`.startsWith('urn:doorbell:');
  return !own && (status >= 500 || retryable);
}

/** No connection came about, so nothing went over it. */
function unsent({ cause }: DoorbellError): boolean {
  const code =
    cause instanceof Error && cause.cause instanceof Error && 'code' in cause.cause && cause.cause.code;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

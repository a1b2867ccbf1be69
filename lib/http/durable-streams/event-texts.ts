/**
 * Server-sent events as the Durable Streams protocol fills them, for whatever sends them: one `data` event for each batch, then a `control` event that says
 * where the reader is. What readers at one place are told is written once for all of them.
 */

import type { Caller } from '../../auth/caller.ts';
import type { DisconnectSignal } from '../../poll/wait.ts';
import { nextCursor } from '../../streams/cursor.ts';
import { type FollowOptions, followStream } from '../../streams/follow.ts';
import { isText } from '../../streams/locate.ts';
import { placedReader } from '../../streams/long-poll.ts';
import { offsetAt } from '../../streams/offsets.ts';
import type { StreamReadPorts } from '../../streams/ports.ts';
import type { StreamAnswer } from '../../streams/read.ts';
import { HEADERS } from './headers.ts';
import { incompleteBytes, textOf } from './sse-text.ts';

export type EventStreamSpan = FollowOptions;

export interface EventStreamRequest {
  readonly name: string;
  readonly offset: string;
  readonly cursor: string | undefined;
}

/** Beside the headers of the events, where a body goes on. */
export const CHUNKED = { 'Transfer-Encoding': 'chunked' } as const;

const OF_TEXT = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-store',
  // What goes on for minutes must not be gathered by a proxy (nginx).
  'X-Accel-Buffering': 'no',
} as const;
const OF_BYTES = { ...OF_TEXT, [HEADERS.dataEncoding]: 'base64' } as const;

/** A reader's events: what is wrong has been found, and nothing is written yet. */
export interface OpenEvents {
  readonly headers: typeof OF_TEXT | typeof OF_BYTES;
  readonly first: IteratorResult<StreamAnswer, void>;
  readonly answers: AsyncGenerator<StreamAnswer, void>;
  readonly events: EventWriter;
}

/** Throws as `nextAnswer`; later that is what `answers` do. `mayGoOn`: as `followStream`. */
export async function openEvents(
  ports: StreamReadPorts,
  caller: Caller,
  { name, offset, cursor }: EventStreamRequest,
  span: EventStreamSpan,
  signal: DisconnectSignal,
  mayGoOn: () => Promise<void>,
): Promise<OpenEvents> {
  const reader = await placedReader(ports, caller, name, offset);
  const text = isText(reader.stream);
  const answers = followStream(ports, caller, reader, span, signal, mayGoOn);
  const first = await answers.next();
  return { headers: text ? OF_TEXT : OF_BYTES, first, answers, events: new EventWriter(ports, text, cursor) };
}

/** What an answer says, and where it leaves its reader: the same object for all who are told the same. */
export interface EventsText {
  readonly text: string;
  readonly cursor: string | undefined;
  /** The beginning of a character whose end has yet to come. */
  readonly backlog: Uint8Array;
}

const NOTHING = new Uint8Array();
/** Leaves its reader where it was. */
const QUIET: EventsText = { text: ':\n\n', cursor: undefined, backlog: NOTHING };
/** Cursors that readers of one answer may come with, to whom the same text is given. Those who came at one time have the same. */
const MAX_CURSORS = 8;
/** By the answer, and then by the cursor before it: of readers who wait for the rest of no character. */
const shared = new WeakMap<StreamAnswer, Map<string | undefined, EventsText>>();

/** Answers as events. Of text it keeps back the beginning of a character whose end has yet to come. */
export class EventWriter {
  readonly #ports: StreamReadPorts;
  readonly #isText: boolean;
  #last: Omit<EventsText, 'text'>;
  #hasBegun = false;

  constructor(ports: StreamReadPorts, isTextual: boolean, cursor: string | undefined) {
    this.#ports = ports;
    this.#isText = isTextual;
    this.#last = { cursor, backlog: NOTHING };
  }

  next(answer: StreamAnswer): EventsText {
    // A comment keeps proxies from taking a quiet connection for a dead one.
    if (this.#hasBegun && answer.page.parts.length === 0 && !answer.isClosed) return QUIET;
    this.#hasBegun = true;
    const events = this.#shared(answer);
    this.#last = events;
    return events;
  }

  #shared(answer: StreamAnswer): EventsText {
    const { cursor, backlog } = this.#last;
    if (backlog.byteLength > 0) return this.#write(answer);
    let known = shared.get(answer);
    if (!known) {
      known = new Map();
      shared.set(answer, known);
    }
    const same = known.get(cursor);
    if (same) return same;
    const events = this.#write(answer);
    if (known.size < MAX_CURSORS) known.set(cursor, events);
    return events;
  }

  #write(answer: StreamAnswer): EventsText {
    const { stream, page, isUpToDate, isClosed } = answer;
    const { data, backlog } = this.#data(answer);
    const cursor = nextCursor(this.#last.cursor, this.#ports);
    const control = {
      streamNextOffset: offsetAt(stream, page.next - backlog.byteLength),
      ...(isClosed ? {} : { streamCursor: cursor }),
      ...(isUpToDate && !isClosed ? { upToDate: true } : {}),
      ...(isClosed ? { upToDate: true, streamClosed: true } : {}),
    };
    return { text: `${data}event: control\ndata:${JSON.stringify(control)}\n\n`, cursor, backlog };
  }

  #data({ stream, page, isClosed }: StreamAnswer): { readonly data: string; readonly backlog: Uint8Array } {
    if (stream.isJson)
      return { data: page.parts.length === 0 ? '' : textOf(`[${page.parts.join(',')}]`), backlog: NOTHING };
    const bytes = Buffer.concat([this.#last.backlog, ...(page.parts as readonly Uint8Array[])]);
    const held = this.#isText && !isClosed ? incompleteBytes(bytes) : 0;
    const whole = bytes.subarray(0, bytes.byteLength - held);
    const backlog = held === 0 ? NOTHING : bytes.subarray(bytes.byteLength - held);
    const data = whole.byteLength === 0 ? '' : textOf(whole.toString(this.#isText ? 'utf8' : 'base64'));
    return { data, backlog };
  }
}

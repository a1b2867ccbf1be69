/** Pieces of streams, made once for all readers at one place. */

import type { EventsText } from '../lib/http/durable-streams/event-texts.ts';
import { messagesOf } from '../lib/http/v1/event-stream.ts';
import type { PollAnswer } from '../lib/protocol/doorbell.ts';

export interface Frame {
  /** As it is written over HTTP/2, and to clients that know no chunks. */
  readonly text: Uint8Array;
  /** As a chunk of HTTP/1.1 (RFC 9112, 7.1). */
  readonly chunk: Uint8Array;
}

/** A response whose body goes on, frame by frame. */
export interface StreamedResponse {
  /** Writes a frame, after the head. False: its connection is full, and `onRoom` is called once when it has taken it. */
  push(frame: Frame, onRoom: () => void): boolean;
}

const frames = new WeakMap<PollAnswer, Frame>();

/** `isNarrow`: whether its reader wants only some events. */
export function frameOf(answer: PollAnswer, isNarrow: boolean): Frame {
  if (answer.events.length === 0 && answer.missed === 0 && !isNarrow) return REST;
  let frame = frames.get(answer);
  if (!frame) {
    frame = framed(messagesOf(answer, isNarrow));
    frames.set(answer, frame);
  }
  return frame;
}

export function framed(messages: string): Frame {
  const head = `${Buffer.byteLength(messages).toString(16)}\r\n`;
  const chunk = Buffer.from(`${head}${messages}\r\n`);
  return { chunk, text: chunk.subarray(head.length, chunk.length - 2) };
}

const framesOfEvents = new WeakMap<EventsText, Frame>();

/** Of a reader of the Durable Streams protocol. */
export function frameOfEvents(events: EventsText): Frame {
  let frame = framesOfEvents.get(events);
  if (!frame) {
    frame = framed(events.text);
    framesOfEvents.set(events, frame);
  }
  return frame;
}

/** Nothing has come: the same for everybody. */
const REST = framed(messagesOf({ channel: '', epoch: null, events: [], maxvid: 0, missed: 0 }));

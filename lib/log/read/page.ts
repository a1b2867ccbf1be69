/** Answers to a poll, built from what the log holds. Pure. An answer may be shared by many readers, and so may its text. */

import { PushError } from '../../errors.ts';
import { type Event, LIMITS, type PollAnswer } from '../../protocol/doorbell.ts';
import { type Block, cut, dataEnd, eventJson, eventsAfter } from '../block.ts';
import type { Head } from '../head.ts';

/**
 * The answer to a reader who is behind the head: the events after its place, cut to `limit` and `maxBytes`. No blocks: nothing after
 * its place is kept any more, so it is taken to the head. `missed` counts every number skipped without an event. Throws
 * `unsupported-media-type` for a stream of bytes.
 */
export function newsAnswer(
  channel: string,
  after: number,
  head: Head,
  blocks: readonly Block[],
  limit: number,
  maxBytes: number = LIMITS.answerBytes,
): PollAnswer {
  if (blocks.some(({ bytes }) => bytes)) throw noEvents(channel);
  const events = cut(
    blocks.flatMap((block) => eventsAfter(block, after)),
    limit,
    maxBytes,
  );
  const last = blocks.at(-1);
  if (last?.mark && (events.at(-1)?.vid ?? after) === dataEnd(last))
    return endAnswer(channel, after, head, events, last);
  const maxvid = events.at(-1)?.vid ?? head.vid;
  return { channel, epoch: head.epoch, events, maxvid, missed: maxvid - after - events.length };
}

export function noEvents(channel: string): PushError {
  const message = `Channel ${channel} is a stream of bytes, not of events: read it at /v1/stream/${channel}.`;
  return new PushError('unsupported-media-type', message, { channel });
}

/** The answer that reaches the mark at the end of a log, whose number is no event's. After a deletion its reader goes on to be told of the next life. */
function endAnswer(
  channel: string,
  after: number,
  head: Head,
  events: readonly Event[],
  last: Block,
): PollAnswer {
  const end = dataEnd(last);
  const answer = { channel, epoch: head.epoch, events, missed: end - after - events.length };
  return last.mark === 'closed' ? { ...answer, maxvid: last.last, closed: true } : { ...answer, maxvid: end };
}

/** The same answer, cut to `maxBytes` of events: its reader goes on from the last one of them. One event stays, whatever its size. */
export function shorterAnswer(answer: PollAnswer, maxBytes: number): PollAnswer {
  const { closed, ...open } = answer;
  const after = answer.maxvid - answer.missed - answer.events.length - (closed ? 1 : 0);
  const events = cut(answer.events, answer.events.length, maxBytes);
  if (events.length === answer.events.length) return answer;
  const maxvid = events.at(-1)?.vid ?? answer.maxvid;
  return { ...open, events, maxvid, missed: maxvid - after - events.length };
}

/** JSON, as a server writes it. */
interface Text {
  readonly bytes: number;
  readonly body: string | Uint8Array;
}

const texts = new WeakMap<PollAnswer, Text>();
/** Of an answer that stands alone in the answer to a poll of several channels. */
const loneTexts = new WeakMap<PollAnswer, Text>();
/** A short body is written together with its head, in one piece, when it is a string; a long one had better not be encoded for each reader. */
const SHORT_BYTES = 8 * 1024;

/** The answer as JSON, written once for all readers that share it. */
export function textOfAnswer(answer: PollAnswer): Text {
  let text = texts.get(answer);
  if (!text) {
    text = textOf(answerJson(answer));
    texts.set(answer, text);
  }
  return text;
}

/** The answer to a poll of several channels as JSON. Where one of them has news, as nearly always, it too is written once for all who share it. */
export function textOfAnswers(answers: readonly PollAnswer[]): Text {
  const [first] = answers;
  if (!first || answers.length > 1) return textOf(manyJson(answers));
  let text = loneTexts.get(first);
  if (!text) {
    text = textOf(manyJson([first]));
    loneTexts.set(first, text);
  }
  return text;
}

function manyJson(answers: readonly PollAnswer[]): string {
  return `{"channels":[${answers.map(answerJson).join(',')}]}`;
}

const NO_EVENTS = '"events":[]';

/** As `JSON.stringify` writes it; the events as they came. No channel and no epoch has a quote in it. */
function answerJson(answer: PollAnswer): string {
  const around = JSON.stringify({ ...answer, events: [] });
  const at = around.indexOf(NO_EVENTS) + NO_EVENTS.length - 1;
  return `${around.slice(0, at)}${answer.events.map(eventJson).join(',')}${around.slice(at)}`;
}

function textOf(json: string): Text {
  const bytes = Buffer.byteLength(json);
  return { bytes, body: bytes > SHORT_BYTES ? Buffer.from(json) : json };
}

export function bytesOfAnswer(answer: PollAnswer): number {
  return textOfAnswer(answer).bytes;
}

/** The answer to a reader who has seen everything: stay where you are. */
export function emptyAnswer(channel: string, after: number, head: Head, superseded: boolean): PollAnswer {
  const empty = { channel, epoch: head.epoch, events: [], maxvid: after, missed: 0 };
  return superseded ? { ...empty, superseded } : empty;
}

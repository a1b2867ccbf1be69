/**
 * The border: what a server answered, as typed values. It looks at shapes only; whether numbers fit together is the checker's to say.
 * Undefined: that is not an answer of this protocol. Pure.
 */

import type { PublishAnswer, WaitTicket } from '../../../../../lib/protocol/doorbell.ts';
import { deletionBy, inBrief } from '../brief.ts';
import type { Seen, SeenAnswer, SeenState } from '../history.ts';

type Fields = Readonly<Record<string, unknown>>;

export function readAnswers(text: string, many: boolean): readonly SeenAnswer[] | undefined {
  const value = parse(text);
  const list = many ? fields(value)?.channels : [value];
  if (!Array.isArray(list)) return undefined;
  const answers = list.map(readAnswer);
  return answers.every((answer) => answer !== undefined) ? answers : undefined;
}

/** Where the reader of a shared poll goes on. */
export function readSlot(text: string): number | undefined {
  const { slot } = fields(parse(text)) ?? {};
  return isNumber(slot) ? slot : undefined;
}

/** What a reader waits with from then on; undefined where there is more to read first. */
export function readTicket(text: string): WaitTicket | undefined {
  const { ticket, seconds, life } = fields(fields(parse(text))?.wait) ?? {};
  if (typeof ticket !== 'string' || !isNumber(seconds) || !isNumber(life)) return undefined;
  return { ticket, seconds, life };
}

export function readReceipt(text: string): PublishAnswer | undefined {
  const { first, last, count, duplicates } = fields(parse(text)) ?? {};
  if (!isNumber(first) || !isNumber(last) || !isNumber(count) || !isNumber(duplicates)) return undefined;
  return { first, last, count, duplicates };
}

export interface StatePage extends SeenState {
  readonly next: string | null;
}

export function readState(text: string): StatePage | undefined {
  const { epoch, maxvid, entries, next } = fields(parse(text)) ?? {};
  if (typeof epoch !== 'string' || !isNumber(maxvid) || !Array.isArray(entries)) return undefined;
  if (next !== null && typeof next !== 'string') return undefined;
  const seen = entries.map(readEvent).flatMap((one) => {
    const { key } = one ?? {};
    return one && key !== undefined ? [{ ...one, key }] : [];
  });
  return seen.length === entries.length ? { epoch, maxvid, entries: seen, next } : undefined;
}

/** A problem's `type`, shortened, what it is about, and how many lines it says are in. */
export function readProblem(text: string): {
  readonly type: string;
  readonly field: string | undefined;
  readonly appended: number;
} {
  const { type, field, appended } = fields(parse(text)) ?? {};
  return {
    type: typeof type === 'string' ? type.replace('urn:doorbell:problem:', '') : 'not a problem document',
    field: typeof field === 'string' ? field : undefined,
    appended: isNumber(appended) ? appended : 0,
  };
}

function readAnswer(value: unknown): SeenAnswer | undefined {
  const { channel, epoch, events, maxvid, missed, superseded } = fields(value) ?? {};
  if (typeof channel !== 'string' || (epoch !== null && typeof epoch !== 'string')) return undefined;
  if (!Array.isArray(events) || !isNumber(maxvid) || !isNumber(missed)) return undefined;
  const seen = events.map(readEvent);
  if (!seen.every((event) => event !== undefined)) return undefined;
  return {
    channel,
    epoch,
    events: seen,
    maxvid,
    missed,
    ...(superseded === true ? { superseded } : {}),
  };
}

function readEvent(value: unknown): Seen | undefined {
  const { vid, id, at, key, data } = fields(value) ?? {};
  if (!isNumber(vid) || typeof id !== 'string' || typeof at !== 'string' || data === undefined)
    return undefined;
  if (key === undefined) return { vid, id, at, data: inBrief(data) };
  if (typeof key !== 'string') return undefined;
  return data === null
    ? { vid, id, at, key, data: deletionBy(id), isDeletion: true }
    : { vid, id, at, key, data: inBrief(data) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

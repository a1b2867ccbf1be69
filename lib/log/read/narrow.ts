/**
 * Narrow reading: a reader who wants the events of some keys, or only the newest of each. What it does not want passes silently: its place moves on
 * behind it. Pure.
 */

import { type Event, LIMITS, type PollAnswer } from '../../protocol/doorbell.ts';
import { type Block, dataEnd, eventJson, eventsAfter } from '../block.ts';
import type { Head } from '../head.ts';
import { newsAnswer, noEvents } from './page.ts';

/** What a reader wants of a channel's events. */
export interface Narrow {
  /** Whether events of this key are wanted; undefined: those without one. */
  readonly wants: (key: string | undefined) => boolean;
  /** Of several events with one key only the newest. */
  readonly latest: boolean;
  /** The same for all who want the same. */
  readonly name: string;
  /** Holds every key that is wanted, and perhaps others. Absent: events without a key are wanted too. */
  readonly keys?: KeySet;
}

/** Some keys by name, and all that begin with one of the prefixes. */
export interface KeySet {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
}

/** How many events are read for an answer: what a narrow reader wants may stand far apart. */
export function eventsToRead(limit: number, narrow: Narrow | undefined): number {
  return narrow ? LIMITS.maxLimit : limit;
}

/** The answer to a reader who is behind the head, narrow or not. */
export function answerOf(
  channel: string,
  after: number,
  head: Head,
  blocks: readonly Block[],
  limit: number,
  narrow: Narrow | undefined,
): PollAnswer {
  return narrow
    ? narrowAnswer(channel, after, head, blocks, limit, narrow)
    : newsAnswer(channel, after, head, blocks, limit);
}

/**
 * The answer to a narrow reader who is behind the head, cut to `limit` and `maxBytes`: what it wants of these blocks, and a `maxvid` behind all that
 * was looked at. So whoever applies the events has the state of just that number. No blocks: nothing after its place is kept any more. Throws
 * `unsupported-media-type` for a stream of bytes.
 */
export function narrowAnswer(
  channel: string,
  after: number,
  head: Head,
  blocks: readonly Block[],
  limit: number,
  narrow: Narrow,
  maxBytes: number = LIMITS.answerBytes,
): PollAnswer {
  if (blocks.some(({ bytes }) => bytes)) throw noEvents(channel);
  const window = new Window(narrow, limit, maxBytes);
  let looked = 0;
  let cutAt: number | undefined;
  for (const event of blocks.flatMap((block) => eventsAfter(block, after))) {
    if (!window.take(event)) {
      cutAt = event.vid - 1;
      break;
    }
    looked++;
  }
  const last = blocks.at(-1);
  const maxvid = cutAt ?? (last ? dataEnd(last) : head.vid);
  const { events, skipped } = window;
  const passed = looked - events.length;
  return {
    channel,
    epoch: head.epoch,
    events,
    ...(cutAt === undefined && last?.mark === 'closed' ? { maxvid: last.last, closed: true } : { maxvid }),
    missed: maxvid - after - looked,
    ...(skipped > 0 ? { skipped } : {}),
    ...(passed > 0 ? { passed } : {}),
  };
}

/** True of an answer that tells its reader nothing but where to go on: it need not be given. */
export function isSilent({ events, missed, closed, maxvid }: PollAnswer, after: number): boolean {
  return events.length === 0 && missed === 0 && !closed && maxvid > after;
}

/** What is given of the events that were looked at, in order. */
class Window {
  skipped = 0;
  readonly #narrow: Narrow;
  readonly #limit: number;
  readonly #maxBytes: number;
  readonly #given = new Map<string | number, { readonly event: Event; readonly bytes: number }>();
  #bytes = 0;

  constructor(narrow: Narrow, limit: number, maxBytes: number) {
    this.#narrow = narrow;
    this.#limit = limit;
    this.#maxBytes = maxBytes;
  }

  get events(): readonly Event[] {
    return [...this.#given.values()].map(({ event }) => event);
  }

  /** False where the event is wanted and finds no room: then nothing after it may be taken either. The first always has room. */
  take(event: Event): boolean {
    const { wants, latest } = this.#narrow;
    if (!wants(event.key)) return true;
    const name = latest && event.key !== undefined ? event.key : event.vid;
    const older = this.#given.get(name);
    const bytes = Buffer.byteLength(eventJson(event)) + 1;
    const others = this.#bytes - (older?.bytes ?? 0);
    const count = this.#given.size - (older ? 1 : 0);
    if (count > 0 && (count >= this.#limit || others + bytes > this.#maxBytes)) return false;
    if (older) this.skipped++;
    // Behind those that came before it.
    this.#given.delete(name);
    this.#given.set(name, { event, bytes });
    this.#bytes = others + bytes;
    return true;
  }
}

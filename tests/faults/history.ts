/** What was observed in one run; `check.ts` judges it. Times are the run's own clock. */

import type { PollAnswer, PublishAnswer } from '../../lib/protocol/doorbell.ts';
import type { Clock } from '../../lib/runtime/ports.ts';
import type { Item } from '../support/memory/memory-expressions.ts';
import { markIn } from './keys.ts';
import type { Fault, FaultKind } from './plan.ts';

/** `lib/log/append/appender.ts` reserves numbers in steps of this many. */
const RESERVE_STEP = 1_000;

/** The longest receive. */
const RECEIVE_MS = 20_000;

/** A block that took effect in the log. */
export interface Written {
  readonly channel: string;
  readonly first: number;
  readonly last: number;
  readonly epoch: string;
  readonly at: number;
  /** What marks its events: which event of which publication it is. None where numbers are passed over. */
  readonly marks: readonly string[];
}

/** Something that a producer wanted to be in the log, as one piece. */
export interface Publication {
  readonly name: string;
  readonly channel: string;
  readonly marks: readonly string[];
  /** Events of one producer keep their order: a publication comes after every one of the same line that was acknowledged before it began. */
  readonly line: string;
  readonly startedAt: number;
  /** With ids of its own: publishing it again appends nothing twice. */
  readonly hasProducerIds: boolean;
  /** May end up in several blocks, in order. */
  readonly divisible: boolean;
  attempts: number;
  acknowledgedAt?: number;
  answer?: PublishAnswer;
  /** Of a failed divisible one: how many events are said to be in. */
  appended?: number;
}

export interface Read {
  readonly reader: number;
  readonly channel: string;
  /** As it was sent; absent: from the cursor, or from now on. */
  readonly sent: number | undefined;
  readonly answer: PollAnswer;
  readonly waitMs: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The answer was lost on its way to the reader. */
  readonly lost: boolean;
  /** Since when this reader has done nothing but read, one poll after the other. */
  readonly steadySince: number;
  /** Its client roams between hubs: one that hears late that it was elsewhere may end its poll early. */
  readonly roamsHubs: boolean;
  /** Where a poll without a place must resume: what was acknowledged for sure, and what may have been. */
  readonly resume?: { readonly atLeast: number; readonly atMost: number };
}

export interface Hit {
  readonly kind: FaultKind | 'killed' | 'hung up';
  readonly on: string;
  readonly at: number;
  readonly costMs: number;
}

/** What a key's newest event was, as a reader knows it; no mark where that has deleted it. */
export interface Known {
  readonly vid: number;
  readonly mark: string | undefined;
}

/** Everything that a reader of these keys, or of all where there are none, knows at a place. */
export interface KnownMap {
  readonly reader: string;
  readonly channel: string;
  readonly keys: readonly string[];
  readonly maxvid: number;
  readonly map: ReadonlyMap<string, Known>;
  readonly at: number;
}

/** Everything that had expired was deleted. */
export interface Night {
  readonly at: number;
  /** How far the state of each channel was folded then. */
  readonly folded: ReadonlyMap<string, number>;
}

export class History {
  readonly #clock: Clock;
  readonly written: Written[] = [];
  readonly publications: Publication[] = [];
  readonly reads: Read[] = [];
  readonly hits: Hit[] = [];
  readonly maps: KnownMap[] = [];
  /** Numbers may be passed over from each of these on. */
  readonly nights: Night[] = [];
  /** When the wall clock of a process was set, and how far apart those of any two are from then on, in ms. */
  readonly clocksSet: Array<{ readonly at: number; readonly apartMs: number }> = [];
  /** What was seen to be wrong at once. */
  readonly violations: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  noteBlock(item: Item): void {
    const first = Number(item.vid?.N);
    // The channel's own item is no block.
    if (first === 0) return;
    const entries: ReadonlyArray<{ id: string; data: unknown }> = JSON.parse(item.events?.S ?? '[]');
    this.written.push({
      channel: item.channel?.S ?? '',
      first,
      last: Number(item.last?.N),
      epoch: item.epoch?.S ?? '',
      at: this.#clock.now(),
      marks: entries.map(markIn),
    });
  }

  noteMap(map: Omit<KnownMap, 'at'>): void {
    this.maps.push({ ...map, at: this.#clock.now() });
  }

  noteFault({ kind, ms }: Fault, on: string): void {
    this.hits.push({ kind, on, at: this.#clock.now(), costMs: kind === 'lands late' ? 2 * ms : ms });
  }

  noteKill(costMs: number): void {
    this.hits.push({ kind: 'killed', on: 'at any time', at: this.#clock.now(), costMs });
  }

  /** A client has gone: the receive that was held for it goes on, and may take a letter that nobody gets. */
  noteHangUp(): void {
    this.hits.push({ kind: 'hung up', on: 'a poll', at: this.#clock.now(), costMs: RECEIVE_MS });
  }

  /** The highest number that may have been given out: where everything has expired, all of the thousand that was reserved. */
  reserved(channel: string): number {
    const head = this.head(channel);
    return this.nights.length > 0 ? Math.ceil(head / RESERVE_STEP) * RESERVE_STEP : head;
  }

  /** The highest number given out. */
  head(channel: string): number {
    return this.written
      .filter((block) => block.channel === channel)
      .reduce((head, { last }) => Math.max(head, last), 0);
  }
}

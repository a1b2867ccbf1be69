/**
 * Numbers of events as lines over time. Bounded: a day of samples, one a minute, and as many lines as can be
 * told apart. Pure.
 */
import type { Event } from '../../packages/client/src/index.ts';
import { isRecord, valueText } from './cell-text.ts';
import { Queue } from './queue.ts';

/** A day of samples, one a minute. */
export const MOST_SAMPLES = 1_440;
/** More lines than these cannot be told apart. Those that came first are kept. */
export const MOST_LINES = 6;
const LONGEST_NAME = 64;
/** Larger numbers cannot be scaled. */
const LARGEST = 1e306;

export interface ChartChoice {
  /** A chart for each of these members, in this order. */
  readonly keys: readonly string[];
  /** A line for each value of this member; undefined: a line for each channel. */
  readonly by: string | undefined;
}

interface Sample {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  readonly line: string;
  readonly values: readonly (number | null)[];
}

/** As uPlot takes it: times, then one row of values for each line, null where that line has none. */
export type Lines = readonly [times: number[], ...lines: Array<Array<number | null>>];

export class Series {
  readonly choice: ChartChoice;
  /** As they came. */
  readonly #samples = new Queue<Sample>();
  #names: readonly string[] = [];

  constructor(choice: ChartChoice) {
    this.choice = choice;
  }

  /** The lines, in the order of their appearance. */
  get names(): readonly string[] {
    return this.#names;
  }

  get size(): number {
    return this.#samples.length;
  }

  /** Takes the event if it has one of the numbers. `nowMs`: the server's time, or an earlier one at which the event was there. */
  see(channel: string, { at, data }: Event, nowMs: number): void {
    const seconds = Date.parse(at) / 1_000;
    if (!isRecord(data) || Number.isNaN(seconds)) return;
    const values = this.choice.keys.map((key) => numberOf(data, key));
    if (values.every((value) => value === null)) return;
    const line = this.#lineOf(channel, data);
    if (!this.#names.includes(line)) {
      if (this.#names.length >= MOST_LINES) return;
      this.#names = [...this.#names, line];
    }
    // No event is of the future: the clock of its writer was ahead.
    this.#samples.push({ at: Math.min(seconds, nowMs / 1_000), line, values });
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  /** Of the chart at this place of the choice. */
  lines(place: number): Lines {
    // Times ascend, or a line would run backwards; those of several channels, or of writers whose clocks differ, come in any order.
    const samples = [...this.#samples]
      .filter(({ values }) => typeof values[place] === 'number')
      .sort((a, b) => a.at - b.at);
    const line = (name: string) =>
      samples.map(({ line, values }) => (line === name ? (values[place] ?? null) : null));
    return [samples.map(({ at }) => at), ...this.#names.map(line)];
  }

  /** The newest value; with several lines, the largest of their newest. Undefined: none has come. */
  newest(place: number): number | undefined {
    const last = new Map<string, number>();
    for (const { line, values } of this.#samples) {
      const value = values[place];
      if (typeof value === 'number') last.set(line, value);
    }
    return last.size > 0 ? Math.max(...last.values()) : undefined;
  }

  #lineOf(channel: string, data: Readonly<Record<string, unknown>>): string {
    const { by } = this.choice;
    if (by === undefined || !Object.hasOwn(data, by)) return channel;
    return valueText(data[by]).slice(0, LONGEST_NAME);
  }
}

/** The member, where it is a number that can be drawn. */
export function numberOf(data: Readonly<Record<string, unknown>>, key: string): number | null {
  const value = Object.hasOwn(data, key) ? data[key] : null;
  return typeof value === 'number' && Math.abs(value) <= LARGEST ? value : null;
}

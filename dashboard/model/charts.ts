/** Which numbers are drawn: those that somebody chose, or else what the data offers. Pure. */
import type { Event } from '../../packages/client/src/index.ts';
import { isRecord } from './cell-text.ts';
import { type ChartChoice, numberOf, Series } from './series.ts';

/** How a number is called and measured. */
export interface Measure {
  readonly label: string;
  readonly unit: string;
  /** The height of its scale, at least. */
  readonly least: number;
}

/** What the sample producer says of machines (channel `host`). */
const HOST: ReadonlyMap<string, Measure> = new Map([
  ['cpuPercent', { label: 'CPU', unit: '%', least: 100 }],
  ['memoryUsedMiB', { label: 'Memory used', unit: 'MiB', least: 1 }],
  ['load1', { label: 'Load, 1 min', unit: '', least: 1 }],
  ['eventLoopDelayMs', { label: 'Event loop delay', unit: 'ms', least: 1 }],
]);
const HOST_NAME = 'host';
/** Charts that are drawn where nobody chose, and the most that can be chosen. */
const OFFERED = 4;
export const MOST_CHARTS = 8;
/** Keys that can be chosen, of each kind, and keys of one event that are looked at. */
const MOST_KEYS = 32;
const LOOKED_AT = 64;

export function measureOf(key: string): Measure {
  return HOST.get(key) ?? { label: key.slice(0, 64), unit: '', least: 0 };
}

export class Charts {
  readonly #kept: () => Iterable<readonly [channel: string, event: Event]>;
  #series = new Series({ keys: [], by: undefined });
  #chosen: ChartChoice | undefined;
  #numbers = new Set<string>();
  #texts = new Set<string>();
  #hosts = false;
  /** When the last event came: the server's time. */
  #seenMs = 0;

  /** `kept` gives the events that are there still, oldest first: for numbers that somebody chooses later. */
  constructor(kept: () => Iterable<readonly [channel: string, event: Event]>) {
    this.#kept = kept;
  }

  get series(): Series {
    return this.#series;
  }

  /** Members that are numbers, in the order of appearance. */
  get numbers(): readonly string[] {
    return [...this.#numbers];
  }

  /** Members by whose values lines can be told apart. */
  get texts(): readonly string[] {
    return [...this.#texts];
  }

  get chosen(): ChartChoice | undefined {
    return this.#chosen;
  }

  /** Whether the events are samples of hosts: those are shown as charts from the start. */
  get hosts(): boolean {
    return this.#hosts;
  }

  clear(): void {
    this.#chosen = undefined;
    this.#numbers = new Set();
    this.#texts = new Set();
    this.#hosts = false;
    this.#series = new Series({ keys: [], by: undefined });
  }

  choose(choice: ChartChoice | undefined): void {
    this.#chosen = choice && { ...choice, keys: choice.keys.slice(0, MOST_CHARTS) };
    this.#rebuild();
  }

  /** An event that is among the kept ones from now on. `nowMs`: the server's time. */
  see(channel: string, event: Event, nowMs: number): void {
    this.#seenMs = nowMs;
    if (!isRecord(event.data)) return;
    if (
      this.#learn(event.data) &&
      this.#chosen === undefined &&
      !sameChoice(this.#offer(), this.#series.choice)
    )
      this.#rebuild();
    else this.#series.see(channel, event, nowMs);
  }

  /** Whether it had a member that was not known. */
  #learn(data: Readonly<Record<string, unknown>>): boolean {
    const before = this.#numbers.size + this.#texts.size;
    let looked = 0;
    for (const key in data) {
      if (++looked > LOOKED_AT) break;
      const known = typeof data[key] === 'string' ? this.#texts : this.#numbers;
      if (known.size >= MOST_KEYS || known.has(key)) continue;
      if (known === this.#texts || numberOf(data, key) !== null) known.add(key);
    }
    // One key alone may be anybody's.
    this.#hosts ||= [...HOST.keys()].filter((key) => numberOf(data, key) !== null).length > 1;
    return this.#numbers.size + this.#texts.size > before;
  }

  #offer(): ChartChoice {
    const known = [...HOST.keys()].filter((key) => this.#numbers.has(key));
    const keys = this.#hosts ? known : this.numbers.slice(0, OFFERED);
    return { keys, by: this.#texts.has(HOST_NAME) ? HOST_NAME : undefined };
  }

  #rebuild(): void {
    this.#series = new Series(this.#chosen ?? this.#offer());
    for (const [channel, event] of this.#kept()) this.#series.see(channel, event, this.#seenMs);
  }
}

function sameChoice(a: ChartChoice, b: ChartChoice): boolean {
  return a.by === b.by && a.keys.join('\n') === b.keys.join('\n');
}

/** What the sample producer says of machines (channel `host`), as lines over time: one line for each host. Pure. */
import type { Event } from '../../client/index.ts';
import { isRecord } from './cell-text.ts';
import { Queue } from './queue.ts';

/** What is drawn, in this order. */
export const MEASURES = [
  { key: 'cpuPercent', label: 'CPU', unit: '%', most: 100 },
  { key: 'memoryUsedMiB', label: 'Memory used', unit: 'MiB', most: undefined },
  { key: 'load1', label: 'Load, 1 min', unit: '', most: undefined },
  { key: 'eventLoopDelayMs', label: 'Event loop delay', unit: 'ms', most: undefined },
] as const;

export type Measure = (typeof MEASURES)[number];

/** A day of samples, one a minute. */
export const MOST_SAMPLES = 1_440;
/** More lines than these cannot be told apart. Those that came first are kept. */
export const MOST_HOSTS = 6;

interface Sample {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  readonly host: string;
  readonly values: readonly (number | null)[];
}

/** As uPlot takes it: times, then one row of values for each host, null where that host said nothing. */
export type Lines = readonly [times: number[], ...lines: Array<Array<number | null>>];

export class HostSeries {
  #samples = new Queue<Sample>();
  #hosts: string[] = [];

  get hosts(): readonly string[] {
    return this.#hosts;
  }

  get size(): number {
    return this.#samples.length;
  }

  clear(): void {
    this.#samples = new Queue();
    this.#hosts = [];
  }

  /** Whether it was a sample of a host. */
  see(event: Event): boolean {
    const sample = sampleOf(event);
    if (sample === undefined) return false;
    if (!this.#hosts.includes(sample.host)) {
      if (this.#hosts.length >= MOST_HOSTS) return true;
      this.#hosts = [...this.#hosts, sample.host];
    }
    // Times ascend, or a line would run backwards; events of a channel do, but for clocks that differ.
    const last = this.#samples.at(this.#samples.length - 1)?.at ?? 0;
    this.#samples.push({ ...sample, at: Math.max(last, sample.at) });
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
    return true;
  }

  lines(measure: Measure): Lines {
    const place = MEASURES.indexOf(measure);
    const samples = [...this.#samples];
    const line = (name: string) =>
      samples.map(({ host, values }) => (host === name ? (values[place] ?? null) : null));
    return [samples.map(({ at }) => at), ...this.#hosts.map(line)];
  }

  /** The newest value of the measure; with several hosts, the largest of their newest. */
  newest(measure: Measure): number | undefined {
    const place = MEASURES.indexOf(measure);
    const last = new Map<string, number>();
    for (const { host, values } of this.#samples) {
      const value = values[place];
      if (typeof value === 'number') last.set(host, value);
    }
    return last.size > 0 ? Math.max(...last.values()) : undefined;
  }
}

function sampleOf({ at, data }: Event): Sample | undefined {
  if (!isRecord(data)) return undefined;
  const seconds = Date.parse(at) / 1_000;
  const values = MEASURES.map(({ key }) => {
    const value = Object.hasOwn(data, key) ? data[key] : null;
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  });
  // One key alone may be anybody's.
  const known = values.filter((value) => value !== null).length;
  if (known < 2 || Number.isNaN(seconds)) return undefined;
  const { host } = data;
  return { at: seconds, host: typeof host === 'string' ? host.slice(0, 64) : 'host', values };
}

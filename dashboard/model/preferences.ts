/**
 * How somebody wants to see a channel, kept in this browser from visit to visit: names of keys, and never a
 * value. Pure.
 */
import { isRecord } from './cell-text.ts';
import type { ChartChoice } from './series.ts';

export interface Preference {
  /** The columns in their order; undefined: the data decides. */
  readonly columns?: readonly string[] | undefined;
  readonly raw?: boolean | undefined;
  readonly charts?: ChartChoice | undefined;
}

/** Where the one text is kept. It may be refused, and it may be anything that another page put there. */
export interface TextStore {
  read(): string | null;
  write(text: string): void;
}

/** Channels that are remembered; of more, those that were changed last. */
const MOST_CHANNELS = 50;
const MOST_KEYS = 32;
const LONGEST_KEY = 256;

export class Preferences {
  readonly #store: TextStore;
  #byChannel: Map<string, Preference>;

  constructor(store: TextStore) {
    this.#store = store;
    this.#byChannel = parse(store.read());
  }

  of(channel: string): Preference {
    return this.#byChannel.get(channel) ?? {};
  }

  /** Changes some members, and keeps the others. */
  change(channel: string, change: Preference): void {
    // Another tab may have changed others meanwhile.
    this.#byChannel = parse(this.#store.read());
    const next = { ...this.of(channel), ...change };
    this.#byChannel.delete(channel);
    if (next.columns || next.raw || next.charts) this.#byChannel.set(channel, next);
    const [oldest] = this.#byChannel.keys();
    if (oldest !== undefined && this.#byChannel.size > MOST_CHANNELS) this.#byChannel.delete(oldest);
    this.#store.write(JSON.stringify([...this.#byChannel]));
  }
}

function parse(text: string | null): Map<string, Preference> {
  try {
    const entries: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(entries)) return new Map();
    return new Map(entries.slice(-MOST_CHANNELS).flatMap(readEntry));
  } catch {
    return new Map();
  }
}

function readEntry(entry: unknown): Array<readonly [string, Preference]> {
  if (!Array.isArray(entry)) return [];
  const [channel, preference]: unknown[] = entry;
  if (typeof channel !== 'string' || !isRecord(preference)) return [];
  const { columns, raw, charts } = preference;
  const keys = isRecord(charts) ? keysOf(charts.keys) : undefined;
  const by = isRecord(charts) && typeof charts.by === 'string' ? charts.by : undefined;
  return [[channel, { columns: keysOf(columns), raw: raw === true, charts: keys && { keys, by } }]];
}

function keysOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((key) => typeof key === 'string' && key.length <= LONGEST_KEY).slice(0, MOST_KEYS);
}

/** One channel of those that the page follows: its events, its columns, and how far it has come. Pure. */
import type { Event } from '../../packages/client/src/index.ts';
import { Behind } from './behind.ts';
import { Columns } from './columns.ts';
import { BOUNDS, Rows } from './rows.ts';

export class Pane {
  readonly channel: string;
  readonly rows: Rows;
  readonly columns = new Columns();
  /** Whether rows show the data as JSON. */
  raw = false;
  newest: number | null = null;
  /** How far it has come: every vid up to this one was shown, or is no longer kept. Null: not known yet. */
  reached: number | null = null;
  readonly #behind = new Behind();

  /** `share`: how many channels share what the page may keep. */
  constructor(channel: string, share: number) {
    this.channel = channel;
    this.rows = new Rows({ rows: rowsFor(share), characters: Math.floor(BOUNDS.characters / share) });
  }

  see(event: Event): void {
    this.newest = event.vid;
    this.reached = event.vid;
    this.rows.addEvent(event);
    this.columns.see(event.data);
  }

  reset(): void {
    this.newest = null;
    this.reached = null;
    this.#behind.forget();
  }

  /** As `Behind` takes it. */
  learned(head: number, earliest: number, elapsedMs: number): void {
    this.#behind.learned(head, earliest, elapsedMs);
  }

  /**
   * How many events it is behind, where that is certain. It is not behind before it was told where it begins.
   */
  behind(elapsedMs: number): number {
    return this.reached === null ? 0 : this.#behind.certain(this.reached, elapsedMs);
  }
}

/** How many rows each channel has that stands beside others: so many in all. */
export function rowsFor(channels: number): number {
  return Math.floor(BOUNDS.rows / channels);
}

/** All that the page knows of the channel that it follows. Events go in; the parts of the page draw what they find, when there is a frame to draw. Pure. */
import type { Event } from '../../client/index.ts';
import { Columns } from './columns.ts';
import { Doors } from './doors.ts';
import { HostSeries } from './host-series.ts';
import { Rate } from './rate.ts';
import { Rows } from './rows.ts';

export class Picture {
  readonly rows = new Rows();
  readonly columns = new Columns();
  readonly rate = new Rate();
  readonly doors = new Doors();
  readonly hosts = new HostSeries();
  received = 0;
  missed = 0;
  resets = 0;
  newest: number | null = null;
  /** When the newest event was appended: milliseconds since the Unix epoch. */
  newestMs: number | undefined;

  clear(): void {
    for (const part of [this.rows, this.columns, this.rate, this.doors, this.hosts]) part.clear();
    this.received = 0;
    this.missed = 0;
    this.resets = 0;
    this.newest = null;
    this.newestMs = undefined;
  }

  see(event: Event, nowMs: number): void {
    this.received += 1;
    this.newest = event.vid;
    this.rows.addEvent(event);
    this.columns.see(event.data);
    this.newestMs = Date.parse(event.at);
    this.rate.add(this.newestMs, nowMs);
    this.doors.see(event);
    this.hosts.see(event);
  }

  /** `count` events after the vid `after` are no longer kept. Gives the words for it. */
  miss(count: number, after: number): string {
    // From the start on, what is no longer kept was never asked for.
    if (after > 0) this.missed += count;
    const text = missedWords(count, after);
    this.rows.addNotice(text);
    return text;
  }

  /** The channel has begun anew. Gives the words for it. */
  reset(): string {
    this.resets += 1;
    this.newest = null;
    const text =
      'The channel has started over. Its events are shown again from the oldest kept, with new numbers.';
    this.rows.addNotice(text);
    return text;
  }
}

function missedWords(count: number, after: number): string {
  const events = count === 1 ? '1 event' : `${count.toLocaleString('en')} events`;
  return after > 0
    ? `${events} after vid ${after} could not be shown: no longer kept.`
    : `${events} before these are no longer kept.`;
}

/**
 * All that the page knows of the channels that it follows. Events go in; the parts of the page draw what they
 * find, when there is a frame to draw. Pure.
 */
import type { ChannelEvent, Event } from '../../packages/client/src/index.ts';
import { Charts } from './charts.ts';
import { Doors } from './doors.ts';
import { Pane } from './pane.ts';
import { Rate } from './rate.ts';
import type { Settings } from './settings.ts';
import { type StateChanges, StateRows } from './state-rows.ts';

export class Picture {
  /** In the order in which they stand side by side. */
  panes: readonly Pane[] = [];
  readonly rate = new Rate();
  readonly doors = new Doors();
  readonly state = new StateRows();
  /** Of each channel whose state is asked for, why it is not there; empty where it is. */
  readonly stateNotes = new Map<string, string>();
  readonly charts = new Charts(() => this.#kept());
  received = 0;
  missed = 0;
  resets = 0;
  /** When the newest event was appended: milliseconds since the Unix epoch. */
  newestMs: number | undefined;

  /** An empty page for these channels. */
  follow({ channels }: Pick<Settings, 'channels'>): void {
    for (const part of [this.rate, this.doors, this.charts, this.state, this.stateNotes]) part.clear();
    this.panes = channels.map((channel) => new Pane(channel, channels.length));
    this.received = 0;
    this.missed = 0;
    this.resets = 0;
    this.newestMs = undefined;
  }

  pane(channel: string): Pane | undefined {
    return this.panes.find((one) => one.channel === channel);
  }

  /** `nowMs`: the server's time. */
  see(event: ChannelEvent, nowMs: number): void {
    const { channel } = event;
    const pane = this.pane(channel);
    if (pane === undefined) return;
    this.received += 1;
    pane.see(event);
    const atMs = Date.parse(event.at);
    // The clock of an event's writer may have been ahead; no event is of the future.
    const seenMs = Math.min(atMs, nowMs);
    if (!Number.isNaN(atMs)) this.newestMs = Math.max(this.newestMs ?? seenMs, seenMs);
    this.rate.add(atMs, nowMs);
    this.doors.see(event);
    this.charts.see(channel, event, nowMs);
  }

  /** What is true now, or has changed in it. */
  learn(channel: string, change: StateChanges): void {
    if (this.pane(channel) === undefined) return;
    this.stateNotes.set(channel, '');
    if (this.state.change(channel, change)) this.doors.reset(channel);
    for (const entry of change.changed) this.doors.see({ channel, ...entry });
    for (const key of change.deleted) this.doors.remove(channel, key);
  }

  /** There is no state of this channel that a page could show. */
  lack(channel: string, why: string): void {
    this.stateNotes.set(channel, why);
    this.state.change(channel, { changed: [], deleted: [...this.state.of(channel)].map(({ key }) => key) });
  }

  /** `count` events after the vid `after` are no longer kept. Gives the words for it. */
  miss(channel: string, count: number, after: number): string {
    // From the start on, what is no longer kept was never asked for.
    if (after > 0) this.missed += count;
    const text = missedWords(count, after);
    this.pane(channel)?.rows.addNotice(text);
    return this.#told(channel, text);
  }

  /** The channel has begun anew. Gives the words for it. */
  reset(channel: string): string {
    this.resets += 1;
    const pane = this.pane(channel);
    const text =
      'The channel has started over. Its events are shown again from the oldest kept, with new numbers.';
    pane?.reset();
    pane?.rows.addNotice(text);
    this.doors.reset(channel);
    // It may be of the new numbers already.
    for (const { json, ...row } of this.state.of(channel)) this.doors.see({ ...row, data: JSON.parse(json) });
    return this.#told(channel, text);
  }

  /**
   * How many events all channels together are behind. `elapsedMs`: now, on the clock that only goes forward.
   */
  behind(elapsedMs: number): number {
    return this.panes.reduce((sum, pane) => sum + pane.behind(elapsedMs), 0);
  }

  #told(channel: string, text: string): string {
    return this.panes.length > 1 ? `${channel}: ${text}` : text;
  }

  /** Oldest first in each channel; of several, by the time at which they were appended. */
  #kept(): Iterable<readonly [string, Event]> {
    const all = this.panes.flatMap(({ channel, rows }) =>
      [...rows.events()].map((event) => [channel, event] as const),
    );
    return this.panes.length > 1 ? all.sort(([, a], [, b]) => Date.parse(a.at) - Date.parse(b.at)) : all;
  }
}

function missedWords(count: number, after: number): string {
  const events = count === 1 ? '1 event' : `${count.toLocaleString('en')} events`;
  return after > 0
    ? `${events} after vid ${after} could not be shown: no longer kept.`
    : `${events} before these are no longer kept.`;
}

/**
 * What the page follows and how it shows it, kept in its URL
 * (`?channel=doors&channel=alerts&from=now&view=doors`): a view can be bookmarked, put on a wall screen and
 * walked back to. What the URL does not say, or says wrongly, has its default.
 */
import { CHANNEL_PATTERN } from '../../lib/protocol/doorbell.ts';

export const VIEWS = ['events', 'state', 'doors', 'charts'] as const;
export type View = (typeof VIEWS)[number];

/** More do not fit side by side. */
export const MOST_CHANNELS = 4;

export interface Settings {
  /** Those that are followed, side by side: 1 to 4 names, each once. */
  readonly channels: readonly string[];
  /** `last`: with as many of the newest events as the page keeps. */
  readonly from: 'last' | 'now';
  /** `auto`: what fits the channel's data. */
  readonly view: View | 'auto';
}

const DEFAULTS: Settings = { channels: ['host'], from: 'last', view: 'auto' };

/** Whether there can be a channel of this name. */
export function isChannel(name: string): boolean {
  return CHANNEL_PATTERN.test(name);
}

/**
 * The channels that a text names, with blanks or commas between; `wrong` is the first name that cannot be
 * one.
 */
export function readChannels(text: string): { readonly channels: string[]; readonly wrong?: string } {
  const names = [...new Set(text.split(/[\s,]+/).filter(Boolean))];
  const wrong = names.find((name) => !isChannel(name));
  const channels = names.filter(isChannel).slice(0, MOST_CHANNELS);
  return wrong === undefined ? { channels } : { channels, wrong };
}

export function readSettings(search: string): Settings {
  const query = new URLSearchParams(search);
  const channels = readChannels(query.getAll('channel').join(' ')).channels;
  const view = VIEWS.find((one) => one === query.get('view'));
  return {
    channels: channels.length > 0 ? channels : DEFAULTS.channels,
    from: query.get('from') === 'now' ? 'now' : DEFAULTS.from,
    view: view ?? DEFAULTS.view,
  };
}

/** The query that `readSettings` reads back; members of the URL that are not ours stay. */
export function writeSettings(search: string, settings: Settings): string {
  const query = new URLSearchParams(search);
  query.delete('channel');
  for (const channel of settings.channels) query.append('channel', channel);
  for (const name of ['from', 'view'] as const) {
    if (settings[name] === DEFAULTS[name]) query.delete(name);
    else query.set(name, settings[name]);
  }
  return `?${query}`;
}

/** What `auto` stands for, by what the channel's events have been so far. */
export function viewOf(
  view: Settings['view'],
  seen: {
    readonly doors: boolean;
    readonly hosts: boolean;
    readonly several: boolean;
    /** Its events are no longer kept, and its state is. */
    readonly stateAlone: boolean;
  },
): View {
  if (view !== 'auto') return view;
  // Side by side, the events need the room.
  if (seen.several) return 'events';
  if (seen.doors) return 'doors';
  return seen.hosts ? 'charts' : seen.stateAlone ? 'state' : 'events';
}

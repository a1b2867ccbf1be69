/**
 * What the page follows and how it shows it, kept in its URL (`?channel=doors&from=now&view=doors`): a view can be bookmarked, put on a wall
 * screen and walked back to. What the URL does not say, or says wrongly, has its default.
 */
import { CHANNEL_PATTERN } from '../../lib/protocol.ts';

export const VIEWS = ['events', 'doors', 'charts'] as const;
export type View = (typeof VIEWS)[number];

export interface Settings {
  readonly channel: string;
  readonly from: 'start' | 'now';
  /** `auto`: what fits the channel's data. */
  readonly view: View | 'auto';
}

const DEFAULTS: Settings = { channel: 'host', from: 'start', view: 'auto' };

/** Whether there can be a channel of this name. */
export function isChannel(name: string): boolean {
  return CHANNEL_PATTERN.test(name);
}

export function readSettings(search: string): Settings {
  const query = new URLSearchParams(search);
  const channel = query.get('channel') ?? DEFAULTS.channel;
  const view = VIEWS.find((one) => one === query.get('view'));
  return {
    channel: isChannel(channel) ? channel : DEFAULTS.channel,
    from: query.get('from') === 'now' ? 'now' : DEFAULTS.from,
    view: view ?? DEFAULTS.view,
  };
}

/** The query that `readSettings` reads back; members of the URL that are not ours stay. */
export function writeSettings(search: string, settings: Settings): string {
  const query = new URLSearchParams(search);
  query.set('channel', settings.channel);
  for (const name of ['from', 'view'] as const) {
    if (settings[name] === DEFAULTS[name]) query.delete(name);
    else query.set(name, settings[name]);
  }
  return `?${query}`;
}

/** What `auto` stands for, by what the channel's events have been so far. */
export function viewOf(
  view: Settings['view'],
  seen: { readonly doors: boolean; readonly hosts: boolean },
): View {
  if (view !== 'auto') return view;
  return seen.doors ? 'doors' : seen.hosts ? 'charts' : 'events';
}

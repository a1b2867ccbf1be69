/**
 * What the page follows, kept in its URL (`?channel=doors&from=now`): a view can be bookmarked, put on a wall
 * screen and walked back to. What the URL does not say, or says wrongly, has its default.
 */
import { CHANNEL_PATTERN } from '../lib/protocol.ts';

export interface Settings {
  readonly channel: string;
  readonly from: 'start' | 'now';
}

const DEFAULTS: Settings = { channel: 'host', from: 'start' };

/** Whether there can be a channel of this name. */
export function isChannel(name: string): boolean {
  return CHANNEL_PATTERN.test(name);
}

export function readSettings(search: string): Settings {
  const query = new URLSearchParams(search);
  const channel = query.get('channel') ?? DEFAULTS.channel;
  return {
    channel: isChannel(channel) ? channel : DEFAULTS.channel,
    from: query.get('from') === 'now' ? 'now' : DEFAULTS.from,
  };
}

/** The query that `readSettings` reads back; members of the URL that are not ours stay. */
export function writeSettings(search: string, settings: Settings): string {
  const query = new URLSearchParams(search);
  query.set('channel', settings.channel);
  if (settings.from === DEFAULTS.from) query.delete('from');
  else query.set('from', settings.from);
  return `?${query}`;
}

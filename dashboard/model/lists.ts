/** The border for what the server lists: unknown until it was looked at. Pure. */
import { CHANNEL_PATTERN, type ClientInfo } from '../../lib/protocol/doorbell.ts';
import { isRecord } from './cell-text.ts';

export interface Channels {
  /** In the server's order. */
  readonly names: readonly string[];
  /** After which name the list goes on; undefined: it is whole. */
  readonly next: string | undefined;
}

/** Undefined when it is something else. */
export function readChannels(value: unknown): Channels | undefined {
  const list = member(value, 'channels');
  if (list === undefined || !isRecord(value)) return undefined;
  const names = list.map((one) => (isRecord(one) ? one.channel : undefined)).filter(isChannelName);
  return { names, next: typeof value.next === 'string' ? value.next : undefined };
}

function isChannelName(name: unknown): name is string {
  return typeof name === 'string' && CHANNEL_PATTERN.test(name);
}

/** The readers that keep a place, those furthest behind first; undefined when it is something else. */
export function readClients(value: unknown): readonly ClientInfo[] | undefined {
  const clients = member(value, 'clients')?.filter(isClient);
  return clients?.sort((a, b) => b.lag - a.lag || (a.client < b.client ? -1 : 1));
}

function isClient(value: unknown): value is ClientInfo {
  if (!isRecord(value)) return false;
  const { client, maxvid, lag, seenAt } = value;
  return (
    typeof client === 'string' &&
    typeof maxvid === 'number' &&
    typeof lag === 'number' &&
    typeof seenAt === 'string'
  );
}

function member(value: unknown, name: string): unknown[] | undefined {
  if (!isRecord(value)) return undefined;
  const list = value[name];
  return Array.isArray(list) ? list : undefined;
}

/**
 * How far a channel's log has come; `earliest` is the lowest vid that is kept, or the next one where none is.
 * Undefined for anything else.
 */
export function readHead(value: unknown): { readonly head: number; readonly earliest: number } | undefined {
  if (!isRecord(value) || typeof value.head !== 'number') return undefined;
  const { head, earliest } = value;
  return { head, earliest: typeof earliest === 'number' ? earliest : head + 1 };
}

/** What a board of doors shows, from the events of a channel. Pure: the same events, told once or twice, are the same board. */

import type { ChannelEvent } from '@doorbell/client';

export interface Door {
  readonly doorno: string;
  readonly opened: boolean;
  readonly rfsim: string;
  /** ISO 8601, UTC: when the event was appended. */
  readonly at: string;
  readonly vid: number;
}

export interface Board {
  /** How often the channel had been numbered anew when these doors were seen. */
  readonly resets: number;
  readonly doors: ReadonlyMap<string, Door>;
  readonly refused: number;
}

export const EMPTY: Board = { resets: 0, doors: new Map(), refused: 0 };

/** The board after these events. When the channel was numbered anew, what stood there before is gone. */
export function follow(
  before: Board,
  { events, resets }: { readonly events: readonly ChannelEvent[]; readonly resets: number },
): Board {
  const from = before.resets === resets ? before : { ...EMPTY, resets };
  const seen = Math.max(0, ...[...from.doors.values()].map(({ vid }) => vid));
  const fresh = events.filter(({ vid }) => vid > seen).flatMap(doorIn);
  if (fresh.length === 0) return from;
  const doors = new Map(from.doors);
  for (const door of fresh) doors.set(door.doorno, door);
  return { resets, doors, refused: from.refused + fresh.filter(({ opened }) => !opened).length };
}

/** None for an event of another kind: anybody who may write to the channel may put anything there. */
function doorIn({ data, vid, at }: ChannelEvent): readonly Door[] {
  const { doorno, rfsim = '', ynopen } = (data ?? {}) as Record<string, unknown>;
  if (typeof doorno !== 'number' && typeof doorno !== 'string') return [];
  if (ynopen !== 'Y' && ynopen !== 'N') return [];
  return [{ doorno: String(doorno), opened: ynopen === 'Y', rfsim: String(rfsim), at, vid }];
}

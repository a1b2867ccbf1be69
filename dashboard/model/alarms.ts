/** Which channels have promised an event that has not come: what the state of `alarms.<channel>` says. Pure. */
import { ALARMS_PREFIX } from '../../lib/protocol/doorbell.ts';
import { isRecord } from './cell-text.ts';

/** Of each of the names that are channels of alarms, the channel that it is about; `most` of them. */
export function alarmedChannels(names: readonly string[], most: number): readonly string[] {
  return names
    .filter((name) => name.startsWith(ALARMS_PREFIX))
    .slice(0, most)
    .map((name) => name.slice(ALARMS_PREFIX.length));
}

/** How many promised events are overdue, by a page of the state; 0 for anything else. */
export function overdueIn(state: unknown): number {
  if (!isRecord(state) || !Array.isArray(state.entries)) return 0;
  return state.entries.filter(
    (entry) => isRecord(entry) && isRecord(entry.data) && entry.data.status === 'overdue',
  ).length;
}

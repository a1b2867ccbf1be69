/** What the parts of the page need to know of the moment in which they draw. */
import type { View } from './settings.ts';
import type { Shown } from './wording.ts';

export interface Moment {
  /** The server's time: milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Milliseconds on the clock that only goes forward. */
  readonly elapsedMs: number;
  readonly state: Shown['state'];
  /** What the page shows. */
  readonly view: View;
  /** When the page was live last, on the server's clock; undefined: it is, or it never was. */
  readonly lastLiveMs: number | undefined;
}

/** Whether what is shown may not be how things stand: it is lost, or it is far behind. */
export function isStale({ state }: Pick<Moment, 'state'>): boolean {
  return state !== 'live' && state !== 'connecting';
}

/** Whether nothing new can come for now. */
export function isCut(moment: Pick<Moment, 'state'>): boolean {
  return isStale(moment) && moment.state !== 'behind';
}

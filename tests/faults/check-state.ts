/** Judges what those knew who began with a state. Pure; returns what is wrong, in words. */

import type { History, KnownMap, Written } from './history.ts';
import { isGone, keyOf } from './keys.ts';

interface Told {
  readonly vid: number;
  readonly mark: string;
  /** It expired before it was folded (INVARIANTS.md, known gaps): a state may lack it. */
  readonly isLost: boolean;
}

/** Whoever has begun with a state and polled on up to `maxvid` knows the newest event of each key up to there. Of some keys it may know a newer one. */
export function checkMaps(history: History): string[] {
  return history.maps.flatMap((known) => {
    const wrong = mapFault(history, known);
    return wrong === undefined ? [] : [`${known.reader} on ${known.channel} at ${known.maxvid}: ${wrong}`];
  });
}

function mapFault(history: History, { channel, keys, maxvid, map, at }: KnownMap): string | undefined {
  const blocks = history.written.filter((block) => block.channel === channel);
  const told = blocks.flatMap((block) => toldBy(history, block, at)).sort((a, b) => a.vid - b.vid);
  for (const [key, { vid, mark }] of map) {
    const made = told.find((one) => one.vid === vid);
    if (!made || keyOf(made.mark) !== key || (mark !== undefined && made.mark !== mark))
      return `${key} is ${mark}, which is not so in the log`;
  }
  const every = new Set(told.flatMap(({ mark }) => keyOf(mark) ?? []));
  for (const key of keys.length > 0 ? keys : every) {
    const events = told.filter(({ mark }) => keyOf(mark) === key);
    const sure = events.findLast(({ vid, isLost }) => vid <= maxvid && !isLost);
    // What comes after that is above `maxvid`, or may be lost.
    const allowed = [sure, ...events.filter(({ vid }) => vid > (sure?.vid ?? 0))];
    const have = map.get(key)?.mark;
    if (!allowed.some((one) => (one && !isGone(one.mark) ? one.mark : undefined) === have))
      return `${key} is ${have ?? 'not there'}, and not ${sure?.mark ?? 'away'}`;
  }
  return undefined;
}

function toldBy(
  { nights }: History,
  { channel, first, marks, at: written }: Written,
  at: number,
): readonly Told[] {
  const gone = nights.filter((night) => written <= night.at && night.at <= at);
  return marks.map((mark, i) => {
    const vid = first + i;
    return { vid, mark, isLost: gone.some(({ folded }) => (folded.get(channel) ?? 0) < vid) };
  });
}

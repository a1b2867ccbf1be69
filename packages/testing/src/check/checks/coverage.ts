/** Every reader got every acknowledged event after the place where it began, whatever happened to its connections. Pure. */

import type { Standing } from './publishes.ts';
import { acknowledged, type Publishing, type Trace, visits } from './trace.ts';
import { type Violation, violation } from './violation.ts';

export function checkCoverage(trace: Trace, placed: ReadonlyMap<Publishing, Standing>): Violation[] {
  if (!trace.end) return [violation('unfinished', 'the history has no end')];
  const unfinished = new Set(trace.end.unfinished);
  const heads = acknowledgedHeads(placed);
  const stopped = [...unfinished].map((reader) => violation('unfinished', reader));
  const gone = followings(trace).flatMap(({ reader, channel, from, got, lastOp }) => {
    if (unfinished.has(reader)) return [];
    const missing: number[] = [];
    for (let vid = from + 1; vid <= (heads.get(channel) ?? 0); vid++) if (!got.has(vid)) missing.push(vid);
    if (missing.length === 0) return [];
    const some = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ' …' : ''}`;
    const what = `${reader} on ${channel}, from ${from} on: ${missing.length} missing (${some})`;
    return violation('uncovered', what, lastOp);
  });
  return [...stopped, ...gone];
}

interface Following {
  readonly reader: string;
  readonly channel: string;
  /** The place of its first poll whose place is known. */
  readonly from: number;
  readonly got: Set<number>;
  lastOp: number;
}

function followings({ pollings }: Trace): readonly Following[] {
  const all = new Map<string, Following>();
  for (const polling of pollings) {
    const { reader, op, places } = polling.poll;
    const brought = visits(polling);
    for (const { channel, maxvid } of places) {
      const visit = brought.find(({ answer }) => answer.channel === channel);
      const key = `${reader} ${channel}`;
      const from = maxvid ?? visit?.after;
      const known = all.get(key);
      if (!known && from === undefined) continue;
      const following = known ?? { reader, channel, from: from ?? 0, got: new Set(), lastOp: op };
      all.set(key, following);
      following.lastOp = op;
      for (const { vid } of visit?.answer.events ?? []) following.got.add(vid);
    }
  }
  return [...all.values()];
}

/** Per channel, the highest number that was acknowledged. */
function acknowledgedHeads(placed: ReadonlyMap<Publishing, Standing>): Map<string, number> {
  const heads = new Map<string, number>();
  for (const [publishing, standing] of placed) {
    const { channel } = publishing.publish;
    const vids = standing.slice(0, acknowledged(publishing)).flatMap(([vid]) => vid ?? []);
    heads.set(channel, Math.max(heads.get(channel) ?? 0, ...vids));
  }
  return heads;
}

/**
 * Getting to know the ids of a channel's last 5 minutes: by digests of spans, and by the log where there are none, as at its newest end. What that reads
 * does not grow with the channel's events, but with their number over some hundreds.
 */

import type { Clock } from '../../runtime/ports.ts';
import type { EventLog, IdDigest, IdDigests, VidSpan } from '../ports.ts';
import { DEDUPLICATION_MS, RecentIds } from './recent-ids.ts';
import { elapsedAt, noteIds, type WriterState } from './writer-state.ts';

/** Spans that are read at once. */
const MOST_SPANS = 8;

export interface IdPorts {
  readonly log: EventLog;
  readonly digests: IdDigests;
  readonly clock: Clock;
}

/**
 * Brings into the view where these ids stand, if they stand in the last 5 minutes up to its head. `before` is an earlier view: its ids may be young
 * though a wall clock that was set forward makes their blocks look old. Blocks above the head are left to the conflict that they cause: one of them may
 * be a put of this writer's own whose answer was lost, which only `catchUp` finds out.
 */
export async function lookUp(
  ports: IdPorts,
  state: WriterState,
  before: WriterState | undefined,
  ids: readonly string[],
): Promise<void> {
  const { log, clock } = ports;
  state.ids ??= await load(ports, state, before);
  const known = state.ids;
  known.forgetOld(clock.elapsed());
  await Promise.all(
    known.unreadWith(ids).map(async (digest) => {
      for (const block of await log.since(state.log, 0, digest)) noteIds(known, block, clock);
      known.noteRead(digest);
    }),
  );
}

async function load(
  { log, digests, clock }: IdPorts,
  { log: name, holdsBytes, epoch, head, span }: WriterState,
  before: WriterState | undefined,
): Promise<RecentIds> {
  const ids = new RecentIds(before?.epoch === epoch ? before.ids : undefined);
  if (head === 0 || holdsBytes) return ids;
  const sinceMs = clock.now() - DEDUPLICATION_MS;
  const kept = (await digests.since(name, sinceMs)).filter((one) => one.epoch === epoch && one.last <= head);
  const unread = spansWithout(kept, head, sinceMs);
  const blocks = (await Promise.all(unread.map((one) => log.since(name, sinceMs, one)))).flat();
  for (const block of blocks) {
    if (block.epoch !== epoch) continue;
    noteIds(ids, block, clock);
    span.add(block, epoch);
  }
  for (const digest of kept) if (digest.at >= sinceMs) ids.noteUnread(digest, elapsedAt(digest.at, clock));
  return ids;
}

/** The spans up to the head that no digest is about, the oldest first, for ids are forgotten so; `kept` has the newest first. */
function spansWithout(kept: readonly IdDigest[], head: number, sinceMs: number): readonly VidSpan[] {
  const spans: VidSpan[] = [];
  let first = head + 1;
  for (const digest of kept) {
    if (digest.last + 1 < first) spans.unshift({ first: digest.last + 1, last: first - 1 });
    first = Math.min(first, digest.first);
    if (digest.at < sinceMs) return inFew(spans);
  }
  if (first > 1) spans.unshift({ first: 1, last: first - 1 });
  return inFew(spans);
}

/** Where most digests are missing, one look at the log is less than many. */
function inFew(spans: readonly VidSpan[]): readonly VidSpan[] {
  const [oldest, newest] = [spans[0], spans.at(-1)];
  return oldest && newest && spans.length > MOST_SPANS ? [{ first: oldest.first, last: newest.last }] : spans;
}

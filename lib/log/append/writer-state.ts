/**
 * A publisher's view of one channel: where its log ends, which life it lives, and which ids its last 5 minutes hold. A view may be out
 * of date; it then costs a conflict and a look, never a wrong append, because an append is conditional on its number being free.
 */

import { type Instant, instantOf, msSince } from '../../runtime/instant.ts';
import type { Clock } from '../../runtime/ports.ts';
import type { LogBlock } from '../block.ts';
import type { EventLog, Life, Lives, NewBlock } from '../ports.ts';

/** An id is remembered this long: SQS FIFO's own deduplication interval, so both sides forget together. */
export const DEDUPLICATION_MS = 5 * 60_000;
/**
 * The channel's own item is read again after this long: tables that were dropped and made anew are noticed before a number of the old life
 * goes into the new log (dropping and making a table takes longer than this on AWS).
 */
const LIFE_MS = 10_000;
/** `reserved` is raised in steps of this many numbers: one extra write in 1,000 events. */
export const RESERVE_STEP = 1_000;
/** A head older than this is read again: far below any retention, so the numbers after it cannot have been used and expired. */
const HEAD_MS = 5 * 60_000;
/**
 * How long before its newest block expires a channel is appended to with care: expired blocks are deleted in no particular order, so what
 * then seems to be the newest need not be. Longer than a reader's margin (heads.ts) by more than clocks differ and an append takes.
 */
const CARE_MS = 10 * 60_000;

export interface View {
  readonly channel: string;
  epoch: string;
  /** Highest vid known to be given out. */
  head: number;
  /** As the channel's own item says; 0 while there is none. */
  reserved: number;
  lifeReadAt: Instant;
  headReadAt: Instant;
  /** When the newest block may be gone; 0 without one. No later block may expire earlier. */
  expires: number;
  /**
   * Vids by id, oldest first; undefined until a publish with ids needs them. `at`: when it was appended, in
   * ms of `Clock.elapsed`. A wall clock that is set forward must not forget an id too early, and one that is
   * set back must not keep all of them.
   */
  ids: Map<string, { readonly vid: number; readonly at: number }> | undefined;
}

export interface ViewPorts {
  readonly log: EventLog;
  readonly lives: Lives;
  readonly clock: Clock;
}

/** A view that is fresh enough to append by; `keyed` when ids must be compared. `newEpoch` names a life if one must begin. */
export async function freshView(
  ports: ViewPorts,
  channel: string,
  old: View | undefined,
  keyed: boolean,
  newEpoch: string,
): Promise<View> {
  const { clock } = ports;
  let view = old;
  if (view && (msSince(clock, view.headReadAt) >= HEAD_MS || mayExpire(view, clock.now()))) view = undefined;
  if (view && msSince(clock, view.lifeReadAt) >= LIFE_MS) view = await sameLife(ports, view);
  view ??= await load(ports, channel, newEpoch);
  if (keyed) await loadIds(ports, view, old);
  return view;
}

/**
 * Takes into the view what has been appended since; returns the blocks. One read, though there may be more: a put that lost its number stood
 * right after the view's head, so what took the number comes first, and reading on would only give others time to append once more.
 */
export async function catchUp(ports: ViewPorts, view: View): Promise<readonly LogBlock[]> {
  const blocks = await ports.log.read(view.channel, view.head, 1_000);
  for (const block of blocks) noteBlock(view, block, ports.clock);
  return blocks;
}

/**
 * True when the newest block is about to expire, or has, or is gone. Numbers up to `reserved` may then have been given out and have expired,
 * so they are passed over before the next append, by a block without events, written where the next block would go: a publisher who knows less
 * cannot take them either.
 */
export function mustPassOver(view: View, now: number): boolean {
  const born = view.head > 0 || view.reserved > 0;
  return born && mayExpire(view, now);
}

function mayExpire({ expires }: View, now: number): boolean {
  return expires <= now + CARE_MS;
}

/** Takes one block into the view. */
export function noteBlock(view: View, block: LogBlock, clock: Clock): void {
  view.head = Math.max(view.head, block.last);
  view.expires = Math.max(view.expires, block.expires);
  view.epoch = block.epoch;
  view.headReadAt = instantOf(clock);
  const at = elapsedAt(Date.parse(block.at), clock);
  block.entries.forEach(({ id }, i) => {
    noteId(view, id, block.first + i, at);
  });
}

/** Takes a block that this process has written into the view. */
export function noteAppended(view: View, { first, last, expires, drafts }: NewBlock, clock: Clock): void {
  view.head = Math.max(view.head, last);
  view.expires = Math.max(view.expires, expires);
  view.headReadAt = instantOf(clock);
  const at = clock.elapsed();
  drafts.forEach(({ id }, i) => {
    noteId(view, id, first + i, at);
  });
}

/**
 * When that was, in ms of `Clock.elapsed`. A time that has not come yet by this wall clock, which may have
 * been set back, counts as now.
 */
function elapsedAt(wallMs: number, clock: Clock): number {
  return clock.elapsed() - Math.max(0, clock.now() - wallMs);
}

/** Remembers one id, appended at `at` (ms of `Clock.elapsed`); the first vid under an id stays. */
export function noteId(view: View, id: string, vid: number, at: number): void {
  if (view.ids && !view.ids.has(id)) view.ids.set(id, { vid, at });
}

/** Drops ids older than the deduplication interval. */
export function forgetOldIds(view: View, clock: Pick<Clock, 'elapsed'>): void {
  if (!view.ids) return;
  for (const [id, { at }] of view.ids) {
    if (clock.elapsed() - at < DEDUPLICATION_MS) return;
    view.ids.delete(id);
  }
}

async function sameLife({ lives, clock }: ViewPorts, view: View): Promise<View | undefined> {
  const readAt = instantOf(clock);
  const life = await lives.get(view.channel);
  const unrecorded = life === undefined && view.reserved === 0;
  if (!unrecorded && life?.epoch !== view.epoch) return undefined;
  view.reserved = life?.reserved ?? 0;
  view.lifeReadAt = readAt;
  return view;
}

/**
 * Reads a channel from nothing. The own item first, the blocks second: a channel is born block first, so an own item without
 * blocks means that all have expired, and numbering goes on after every number that may have been given out.
 */
async function load({ log, lives, clock }: ViewPorts, channel: string, newEpoch: string): Promise<View> {
  const readAt = instantOf(clock);
  const life: Life | undefined = await lives.get(channel);
  const last = await log.last(channel);
  return {
    channel,
    epoch: last?.epoch ?? life?.epoch ?? newEpoch,
    // Where nothing is left, every publisher passes over the same numbers first, and so meets the others there: one that has raised `reserved`
    // but not appended yet must not be overtaken.
    head: last?.last ?? Math.max(0, (life?.reserved ?? 0) - RESERVE_STEP),
    reserved: life?.reserved ?? 0,
    lifeReadAt: readAt,
    headReadAt: readAt,
    expires: last?.expires ?? 0,
    ids: undefined,
  };
}

/**
 * From the log, and from the view before: its ids may be young though a wall clock that was set forward makes
 * their blocks look old.
 */
async function loadIds({ log, clock }: ViewPorts, view: View, before: View | undefined): Promise<void> {
  if (view.ids) return;
  const blocks = await log.since(view.channel, clock.now() - DEDUPLICATION_MS);
  view.ids = new Map(before?.epoch === view.epoch ? before.ids : undefined);
  for (const block of blocks) noteBlock(view, block, clock);
}

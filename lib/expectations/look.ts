/**
 * One look at a channel that has promised events. Its steps are, each after the one before has been kept: what an earlier look has left to tell is told; the log is
 * read on and what it means is decided; the decision is saved over the one that was read, with the alarms in it; they are told; that is saved. A look may end
 * anywhere and run twice at once. Of two looks one saves its decision, and whatever stands in an outbox is told by whoever comes, under ids that are the same.
 */

import { type NewEvent, newEvent } from '../log/block.ts';
import type { Head } from '../log/head.ts';
import type { EventLog } from '../log/ports.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import { placeAt } from '../log/read/place-at.ts';
import type { Clock } from '../runtime/ports.ts';
import { alarmsOf } from './arming.ts';
import type { ExpectationStore, Watch } from './ports.ts';
import { beginOf, minuteAfter } from './times.ts';
import { WatchFold } from './watch.ts';

export interface LookPorts {
  readonly expectations: ExpectationStore;
  /** Reads each channel where its present life is (`readFollowing`). */
  readonly log: Pick<EventLog, 'read'>;
  readonly headReader: Pick<HeadReader, 'check'>;
  readonly clock: Clock;
  /** Appends to a channel until `by` (ms of `Clock.elapsed`), and rings. Compares the ids with those of the channel's last 5 minutes. */
  readonly tell: (channel: string, events: readonly NewEvent[], by: number) => Promise<void>;
}

/** Events, or 1 MiB, in one read of the log; and reads in one look, so that a busy channel leaves time to others. */
const PAGE_EVENTS = 5_000;
const PAGES_A_LOOK = 20;
/** With so many alarms to tell, they are told before the log is read on. */
const ALARMS_A_LOOK = 100;
/**
 * How long after it began to save what it decided, or to read what was told, a look may tell. Another may have told the same since then; whoever stood still for
 * longer than the log compares ids would tell it again.
 */
const TELL_MS = 60_000;
/** Alarms that are read at once. */
const ALARMS_PAGE = 1_000;

export interface Looked {
  /** How many alarms it has told. */
  readonly alarms: number;
  /** Unix time in ms of the next look; undefined where nothing is awaited. */
  readonly next: number | undefined;
}

/** Looks at a channel for which a look was due at `due`, until `by` (ms of `Clock.elapsed`). Throws what the stores throw; the look must then be noted still. */
export async function look(ports: LookPorts, channel: string, due: number, by: number): Promise<Looked> {
  const { expectations, headReader, clock } = ports;
  const read = await expectations.watch(channel);
  // Before the head is read: all that was appended by then is seen.
  const now = clock.now();
  const { head } = await headReader.check(channel);
  const told = read?.watch.outbox.length ?? 0;
  if (read && told > 0) {
    await tellRest(ports, channel, read.watch);
    const isMine = await expectations.saveWatch(channel, read.version, { ...read.watch, outbox: [] });
    // Whoever saved it has decided more.
    if (!isMine || head.epoch === null) return { alarms: told, next: minuteAfter(now) };
  }
  if (head.epoch === null) {
    // It has no event yet, or was deleted: what was promised in that life is of no use.
    if (read) await expectations.forgetWatch(channel);
    return { alarms: 0, next: undefined };
  }
  const isKnown = read?.watch.epoch === head.epoch;
  const watch = isKnown
    ? { ...read.watch, outbox: [] }
    : await freshWatch(ports, channel, due, { ...head, epoch: head.epoch });
  const version = read && (told > 0 ? read.version + 1 : read.version);
  const fold = new WatchFold(channel, watch);
  const isEnd = await readOn(ports, channel, fold, head.vid, by);
  if (isEnd) fold.judge(now);
  const next = isEnd ? fold.nextLook(now) : minuteAfter(now);
  // How far the log was read is worth a write where somebody will read on.
  const mustSave = fold.hasChanged || (fold.upTo !== watch.upTo && next !== undefined);
  if (!mustSave) return { alarms: told, next };
  const alarmsFrom = fold.size > 0 ? (await headReader.check(alarmsOf(channel))).head.vid : 0;
  const decided = fold.result(alarmsFrom);
  const tellBy = clock.elapsed() + TELL_MS;
  if (!(await expectations.saveWatch(channel, version, decided)))
    return { alarms: told, next: minuteAfter(now) };
  if (decided.outbox.length > 0) {
    await ports.tell(alarmsOf(channel), decided.outbox.map(eventOf), tellBy);
    await expectations.saveWatch(channel, (version ?? 0) + 1, { ...decided, outbox: [] });
  }
  return { alarms: told + decided.outbox.length, next };
}

/** Nothing is known: begins where whoever noted the look began to append. */
async function freshWatch(
  { log }: LookPorts,
  channel: string,
  due: number,
  head: Head & { readonly epoch: string },
): Promise<Watch> {
  const upTo = await placeAt(log, channel, beginOf(due), head);
  return { epoch: head.epoch, upTo, pending: [], outbox: [], alarmsFrom: 0 };
}

/** Takes the log up to `head` at least, or as much of it as one look may. True when all of it was taken. */
async function readOn(
  { log, clock }: LookPorts,
  channel: string,
  fold: WatchFold,
  head: number,
  by: number,
): Promise<boolean> {
  for (let pages = 0; fold.upTo < head; pages++) {
    if (pages === PAGES_A_LOOK || fold.size >= ALARMS_A_LOOK || clock.elapsed() >= by) return false;
    const blocks = await log.read(channel, fold.upTo, PAGE_EVENTS);
    // What is left has expired, so nobody can say more of it.
    if (blocks.length === 0) return true;
    for (const block of blocks) {
      if (fold.size >= ALARMS_A_LOOK) return false;
      fold.add(block);
    }
  }
  return true;
}

/** Tells what another look has decided and may have told: longer ago, perhaps, than the log compares ids. */
async function tellRest(ports: LookPorts, channel: string, { outbox, alarmsFrom }: Watch): Promise<void> {
  const alarms = alarmsOf(channel);
  const tellBy = ports.clock.elapsed() + TELL_MS;
  const there = new Set<string>();
  for (let after = alarmsFrom; ; ) {
    const blocks = await ports.log.read(alarms, after, ALARMS_PAGE);
    const last = blocks.at(-1);
    if (!last) break;
    for (const { entries } of blocks) for (const { id } of entries) there.add(id);
    after = last.last;
  }
  const missing = outbox.filter(({ id }) => !there.has(id));
  if (missing.length > 0) await ports.tell(alarms, missing.map(eventOf), tellBy);
}

function eventOf({ id, key, data }: Watch['outbox'][number]): NewEvent {
  return newEvent(id, data, key);
}

/** Judges what stands in the log: numbers, and what was published. Pure; returns what is wrong, in words. */

import type { History, Publication, Written } from './history.ts';
import { SET_MS } from './plan.ts';

/** Ids are known for 5 minutes by the clocks of two processes, each up to 10 s off, and a call may take a while. */
const KNOWN_MS = 5 * 60_000 - 40_000;
/** And where they were set. */
const KNOWN_IF_SET_MS = KNOWN_MS - 2 * SET_MS;

interface Place {
  readonly vid: number;
  readonly block: Written;
}

/** Every mark's places in the log, per channel. */
export type Places = ReadonlyMap<string, readonly Place[]>;

export function placesIn(history: History): Places {
  const places = new Map<string, Place[]>();
  for (const block of history.written) {
    block.marks.forEach((mark, i) => {
      const known = places.get(mark) ?? [];
      known.push({ vid: block.first + i, block });
      places.set(mark, known);
    });
  }
  return places;
}

/**
 * Vids are 1, 2, 3 … of one life, in the order of writing, and none is given twice. Only after a night, when everything has expired, may the
 * rest of what was reserved be passed over.
 */
export function checkNumbers({ written, nights }: History): string[] {
  const channels = [...new Set(written.map(({ channel }) => channel))];
  return channels.flatMap((channel) => {
    const blocks = written.filter((block) => block.channel === channel);
    const wrong = new Set(blocks.map(({ epoch }) => epoch)).size > 1 ? ['it has two lives'] : [];
    const nightBetween = (a: number, b: number) => nights.some(({ at }) => a <= at && at <= b);
    const events = blocks.filter(({ marks }) => marks.length > 0).sort((a, b) => a.first - b.first);
    let before = { last: 0, at: 0 };
    for (const { first, last, marks, at } of events) {
      if (marks.length !== last - first + 1)
        wrong.push(`block ${first} does not hold one event for each number`);
      if (first <= before.last) wrong.push(`number ${first} is given twice`);
      else if (at < before.at) wrong.push(`number ${first} is written before number ${before.last}`);
      else if (first > before.last + 1 && !nightBetween(before.at, at))
        wrong.push(`numbers ${before.last + 1} to ${first - 1} are missing`);
      before = { last, at };
    }
    for (const { first, last, at } of blocks.filter(({ marks }) => marks.length === 0)) {
      const inside = events.filter((event) => event.first <= last && event.last >= first);
      if (!nightBetween(0, at) || inside.some((event) => !nightBetween(event.at, at)))
        wrong.push(`numbers ${first} to ${last} are passed over`);
    }
    return wrong.map((what) => `${channel}: ${what}`);
  });
}

/** What was acknowledged is there once; what was not, at most once; both whole. */
export function checkPublications({ publications, clocksSet }: History, places: Places): string[] {
  const knownMs = clocksSet.length > 0 ? KNOWN_IF_SET_MS : KNOWN_MS;
  return publications.flatMap((publication) => {
    const found = publication.marks.map((mark) => once(publication, places.get(mark) ?? [], knownMs));
    const wrong = (what: string) => `${publication.name} ${what}`;
    if (found.some((places) => places.length > 1)) return [wrong('is in the log twice')];
    const vids = found.flatMap((places) => places.map(({ vid }) => vid));
    if (vids.some((vid, i) => i > 0 && vid <= (vids[i - 1] ?? 0))) return [wrong('is not in order')];
    const whole = vids.length === publication.marks.length;
    if (publication.acknowledgedAt !== undefined && !whole)
      return [wrong('is acknowledged and not in the log')];
    if (publication.divisible) return checkPrefix(publication, found).map(wrong);
    if (vids.length > 0 && !whole) return [wrong('is in the log by half')];
    if (whole && new Set(found.map(([place]) => place?.block)).size > 1) return [wrong('is torn apart')];
    return checkAnswer(publication, vids).map(wrong);
  });
}

/** Publications of one line are in the log in the order in which they were made. */
export function checkOrder({ publications }: History, places: Places): string[] {
  const wrong: string[] = [];
  for (const line of new Set(publications.map((one) => one.line))) {
    const own = publications.filter((one) => one.line === line);
    own.forEach((earlier, i) => {
      for (const later of own.slice(i + 1)) {
        if (!ordered(earlier, later)) continue;
        const [last] = places.get(earlier.marks.at(-1) ?? '') ?? [];
        const [first] = places.get(later.marks[0] ?? '') ?? [];
        if (last && first && last.vid > first.vid) wrong.push(`${later.name} stands before ${earlier.name}`);
      }
    });
  }
  return wrong;
}

/** One had ended when the other began; or both went to one process at once, each in one attempt; or the queue keeps their order. */
function ordered(earlier: Publication, later: Publication): boolean {
  if (earlier.line.startsWith('ingest')) return true;
  if (earlier.acknowledgedAt === undefined || later.acknowledgedAt === undefined) return false;
  if (earlier.acknowledgedAt <= later.startedAt) return true;
  return earlier.startedAt === later.startedAt && earlier.attempts === 1 && later.attempts === 1;
}

/** A repetition counts only within the time in which ids are known. */
function once({ hasProducerIds }: Publication, places: readonly Place[], knownMs: number): readonly Place[] {
  const [first] = places;
  if (!hasProducerIds || !first) return places;
  return places.filter((place) => place === first || place.block.at - first.block.at < knownMs);
}

/** Of what may be divided, the first so many events are there, and not fewer than was said. */
function checkPrefix({ appended }: Publication, found: ReadonlyArray<readonly Place[]>): string[] {
  const present = found.filter((places) => places.length > 0).length;
  if (found.slice(0, present).some((places) => places.length === 0)) return ['has a hole'];
  return appended !== undefined && present < appended
    ? [`is in up to ${present}, and ${appended} was said`]
    : [];
}

function checkAnswer({ answer, marks, attempts }: Publication, vids: readonly number[]): string[] {
  if (!answer) return [];
  const { first, last, count, duplicates } = answer;
  if (first !== vids[0] || last !== vids.at(-1))
    return [`stands elsewhere than answered: ${JSON.stringify(answer)}`];
  if (count + duplicates !== marks.length) return ['is counted wrong'];
  return attempts === 1 && duplicates > 0 ? ['is called a duplicate of itself'] : [];
}

/** Judges what readers were given, and when. Pure; returns what is wrong, in words. */

import type { History, Hit, Read, Written } from './history.ts';
import { markIn } from './keys.ts';

/** A young mailbox is checked again within a second; calls take milliseconds. */
const PROMPT_MS = 2_000;
/** A sleep, and the second that its last receive may last longer. */
const SLEEP_MS = 21_000;
/** What a poll of what is at hand takes. */
const POLL_MS = 150;
/** An arm, a letter and a hidden letter are all over by then: what went wrong before has no part in it. */
const MEMORY_MS = 70_000;
/**
 * An arm lasts 40 s longer than a sleep. Where two clocks are further apart, or nearly, it may have run out
 * before it is rung.
 */
const APART_MS = 35_000;
/** What a fault may cost besides its own time: a receive or a turn that backs off, and a reader that comes again. */
const BACKOFF_MS = 7_000;

/** Each answer goes on from where its reader stood, without gap or repeat, and says how many it passed over. */
export function checkAnswers(history: History): string[] {
  return history.reads.flatMap((read) => {
    const wrong = answerFaults(history, read);
    return wrong.map((what) => `${who(read)}: ${what}`);
  });
}

function answerFaults(history: History, { channel, sent, answer, resume, ...read }: Read): string[] {
  const { events, maxvid, missed } = answer;
  const blocks = history.written.filter((block) => block.channel === channel);
  const from = maxvid - missed - events.length;
  if (missed < 0) return [`missed is ${missed}`];
  if (sent !== undefined && from !== sent) return [`stood at ${sent}, is taken on from ${from}`];
  const vids = events.map(({ vid }) => vid);
  if (vids.some((vid, i) => vid <= (vids[i - 1] ?? from))) return ['is given a repeat'];
  if (events.length > 0 && vids.at(-1) !== maxvid) return ['is sent elsewhere than its last event'];
  if (events.some((event) => markOf(blocks, event.vid) !== markIn(event)))
    return ['is given another event than the log holds'];
  if (answer.epoch !== null && blocks.some(({ epoch }) => epoch !== answer.epoch))
    return ['is told another life'];
  const passed = [...vids, maxvid + 1].map((vid, i) => ({ first: (vids[i - 1] ?? from) + 1, last: vid - 1 }));
  if (passed.some((gap) => keptAmong(history, blocks, gap, read.startedAt))) return ['misses what is kept'];
  if (sent === undefined && resume && from < resume.atLeast)
    return [`had ${resume.atLeast}, resumes from ${from}`];
  if (sent === undefined && resume && from > resume.atMost)
    return [`sent ${resume.atMost}, resumes from ${from}`];
  const recent = history.hits.filter((hit) => isRecent(hit, read.startedAt, read.endedAt));
  if (answer.superseded && recent.length === 0) return ['is ended for a newer poll, and there was none'];
  const early = events.length === 0 && !read.lost && read.endedAt < read.startedAt + read.waitMs;
  if (early && missed === 0 && !answer.superseded && !read.roamsHubs)
    return ['is answered empty before its wait ended'];
  return [];
}

/**
 * True when an event among these numbers was written before the poll and had not expired: a night lets all expire that there is. What came
 * during the poll may be above what it saw, never among it.
 */
function keptAmong(
  { nights }: History,
  blocks: readonly Written[],
  gap: { readonly first: number; readonly last: number },
  now: number,
): boolean {
  return blocks.some(({ first, last, marks, at }) => {
    const inside = first <= gap.last && last >= gap.first && gap.first <= gap.last;
    return inside && marks.length > 0 && !nights.some((night) => at <= night.at && night.at <= now);
  });
}

/**
 * Nobody waits past an event longer than its sleep; where nothing has gone wrong lately, the doorbell brings it at once. Counted from when
 * the reader did nothing but read.
 */
export function checkWaits(history: History): string[] {
  const wrong: string[] = [];
  const polls = new Map<string, number[]>();
  const given = new Set<string>();
  for (const read of history.reads) {
    const reader = `${read.reader} ${read.channel}`;
    polls.set(reader, [...(polls.get(reader) ?? []), read.startedAt]);
    if (read.lost) continue;
    for (const { vid } of read.answer.events) {
      const key = `${reader} ${vid}`;
      const block = blockOf(history.written, read.channel, vid);
      if (!block || given.has(key)) continue;
      given.add(key);
      const since = Math.max(block.at, read.steadySince);
      const pollsSince = polls.get(reader)?.filter((at) => at >= since).length ?? 0;
      const repeatLimiter = pollsSince * (POLL_MS + (read.waitMs === 0 ? 1000 : 0));
      const limit = limitOf(history, since, read.endedAt) + repeatLimiter;
      const waited = read.endedAt - since;
      if (waited > limit) wrong.push(`${who(read)} waited ${waited} ms for ${vid}; ${limit} is the most`);
    }
  }
  return wrong;
}

function limitOf(history: History, since: number, until: number): number {
  const recent = history.hits.filter((hit) => isRecent(hit, since, until));
  if (recent.length === 0 && !wereApart(history, since, until)) return PROMPT_MS;
  return SLEEP_MS + PROMPT_MS + recent.reduce((sum, { costMs }) => sum + costMs + BACKOFF_MS, 0);
}

/**
 * A publisher whose clock is far ahead of a reader's takes its arm for one that ran out (INVARIANTS.md, known
 * gaps).
 */
function wereApart({ clocksSet }: History, since: number, until: number): boolean {
  return clocksSet.some(({ at, apartMs }, i) => {
    const end = clocksSet[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    return apartMs >= APART_MS && at <= until && end >= since - MEMORY_MS;
  });
}

function isRecent({ at, costMs }: Hit, since: number, until: number): boolean {
  return at <= until && at + costMs >= since - MEMORY_MS;
}

function blockOf(written: readonly Written[], channel: string, vid: number): Written | undefined {
  return written.find(
    (block) => block.channel === channel && block.first <= vid && vid < block.first + block.marks.length,
  );
}

function markOf(blocks: readonly Written[], vid: number): string | undefined {
  const block = blocks.find(({ first, marks }) => first <= vid && vid < first + marks.length);
  return block?.marks[vid - block.first];
}

function who({ reader, channel, startedAt }: Read): string {
  return `reader ${reader} on ${channel}, poll at ${startedAt}`;
}

/** Judges what readers were given, and when. Pure; returns what is wrong, in words. */

import type { History, Hit, Read, Written } from './history.ts';

/** A young mailbox is checked again within a second; calls take milliseconds. */
const PROMPT_MS = 2_000;
/** A sleep, and the second that its last receive may last longer. */
const SLEEP_MS = 21_000;
/** What a poll of what is at hand takes. */
const POLL_MS = 150;
/** An arm, a letter and a hidden letter are all over by then: what went wrong before has no part in it. */
const MEMORY_MS = 70_000;
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
  const from = (events[0]?.vid ?? maxvid + 1) - 1 - missed;
  if (missed < 0) return [`missed is ${missed}`];
  if (sent !== undefined && from !== sent) return [`stood at ${sent}, is taken on from ${from}`];
  if (events.some(({ vid }, i) => vid !== from + missed + 1 + i)) return ['has a gap or a repeat'];
  if (events.length > 0 && events.at(-1)?.vid !== maxvid) return ['is sent elsewhere than its last event'];
  if (events.some(({ vid, data }) => markOf(blocks, vid) !== data))
    return ['is given another event than the log holds'];
  if (answer.epoch !== null && blocks.some(({ epoch }) => epoch !== answer.epoch))
    return ['is told another life'];
  if (missed > 0 && keptAmong(history, blocks, from + 1, from + missed, read.startedAt))
    return ['misses what is kept'];
  if (sent === undefined && resume && from < resume.atLeast)
    return [`had ${resume.atLeast}, resumes from ${from}`];
  if (sent === undefined && resume && from > resume.atMost)
    return [`sent ${resume.atMost}, resumes from ${from}`];
  const early = events.length === 0 && !read.lost && read.endedAt < read.startedAt + read.waitMs;
  if (early && missed === 0 && !answer.superseded) return ['is answered empty before its wait ended'];
  return [];
}

/** True when a number in the range was given out and had not expired: a night deletes what is older than an hour, so all there is. */
function keptAmong(
  { nights }: History,
  blocks: readonly Written[],
  from: number,
  to: number,
  now: number,
): boolean {
  return blocks.some(({ first, marks, at }) => {
    const inRange = first <= to && first + marks.length - 1 >= from;
    return inRange && at < now && !nights.some((night) => at <= night);
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
      const pace = pollsSince * (POLL_MS + (read.waitMs === 0 ? 1000 : 0));
      const limit = limitOf(history.hits, since, read.endedAt) + pace;
      const waited = read.endedAt - since;
      if (waited > limit) wrong.push(`${who(read)} waited ${waited} ms for ${vid}; ${limit} is the most`);
    }
  }
  return wrong;
}

function limitOf(hits: readonly Hit[], since: number, until: number): number {
  const recent = hits.filter(({ at, costMs }) => at <= until && at + costMs >= since - MEMORY_MS);
  if (recent.length === 0) return PROMPT_MS;
  return SLEEP_MS + PROMPT_MS + recent.reduce((sum, { costMs }) => sum + costMs + BACKOFF_MS, 0);
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

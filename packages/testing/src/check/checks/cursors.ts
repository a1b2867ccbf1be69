/**
 * What a client's cursor promises to a poll without `maxvid`: it goes on from the highest `maxvid` that the client has sent, and never from
 * further back. Says nothing about clients that were never placed: they start from now on. Pure.
 */

import { type Polling, type Trace, visits } from './trace.ts';
import { type Violation, violation } from './violation.ts';

/** One poll's word about one cursor. */
interface Word {
  readonly op: number;
  readonly begun: number;
  /** Undefined for a poll that was cut: the server may have heard it or not. */
  readonly answered: number | undefined;
  readonly sent: number | undefined;
  /** Where the answer went on from. */
  readonly after: number | undefined;
}

export function checkCursors({ pollings }: Trace): Violation[] {
  const cursors = new Map<string, Word[]>();
  for (const polling of pollings) {
    for (const [cursor, word] of words(polling)) {
      const known = cursors.get(cursor) ?? [];
      cursors.set(cursor, known);
      known.push(word);
    }
  }
  return [...cursors].flatMap(([cursor, known]) => checkCursor(cursor, known));
}

function words(polling: Polling): ReadonlyArray<readonly [string, Word]> {
  const { poll, end } = polling;
  const { client } = poll;
  if (client === undefined) return [];
  const brought = visits(polling);
  return poll.places.map(({ channel, maxvid }) => {
    const after = brought.find(({ answer }) => answer.channel === channel)?.after;
    const answered = end?.kind === 'answered' ? end.at : undefined;
    return [`${client} on ${channel}`, { op: poll.op, begun: poll.at, answered, sent: maxvid, after }];
  });
}

/** `known` in the order in which the polls began. */
function checkCursor(cursor: string, known: readonly Word[]): Violation[] {
  const blind = known.find(({ sent }) => sent === undefined);
  const placed = known.find(({ sent, answered }) => sent !== undefined && answered !== undefined);
  if (!blind || !placed?.answered || blind.begun < placed.answered) return [];
  return known.flatMap((word) => {
    const { sent, after, begun, answered } = word;
    if (sent !== undefined || after === undefined || answered === undefined) return [];
    const least = furthest(known.filter((other) => (other.answered ?? Number.MAX_VALUE) <= begun));
    const most = furthest(known.filter((other) => other.begun < answered));
    if (after >= least && after <= most) return [];
    const what = `${cursor}: ${least}-${most} had been sent, the answer goes on from ${after}`;
    return violation('cursor', what, word.op);
  });
}

/** The highest place that any of them sent. */
function furthest(words: readonly Word[]): number {
  return words.reduce((most, { sent }) => Math.max(most, sent ?? 0), 0);
}

/**
 * What each answer promises by itself and beside the others: numbers that follow the reader's place, the same event for everybody, one
 * life, nothing missed. Pure.
 */

import type { SeenAnswer } from '../history.ts';
import { type Polling, type Trace, type Visit, visits } from './trace.ts';
import { type Violation, violation } from './violation.ts';

export function checkAnswers(trace: Trace): Violation[] {
  const epochs = new Map<string, string>();
  const byClient = Map.groupBy(trace.pollings, ({ poll }) => poll.client);
  const faults = trace.faults.map(({ what, op }) => violation('fault', what, op));
  const found = trace.pollings.flatMap((polling) => {
    const each = visits(polling).flatMap((visit) => [
      ...checkNumbers(polling, visit),
      ...checkSame(trace, polling, visit),
      ...checkLife(epochs, polling, visit),
    ]);
    return [
      ...each,
      ...checkForm(polling),
      ...checkSuperseded(byClient.get(polling.poll.client) ?? [], polling),
    ];
  });
  return [...faults, ...found];
}

function checkNumbers({ poll }: Polling, { answer, after }: Visit): Violation[] {
  const { channel, events, maxvid, missed } = answer;
  const found: Violation[] = [];
  const off = events.findIndex(({ vid }, i) => vid !== after + i + 1);
  if (off >= 0) {
    const what = `${channel}: ${events[off]?.vid} came where ${after + off + 1} was due, after ${after}`;
    found.push(violation('gap', what, poll.op));
  }
  if (missed !== 0)
    found.push(violation('missed', `${channel}: after ${after}, ${missed} were missed`, poll.op));
  if (maxvid !== (events.at(-1)?.vid ?? after)) {
    found.push(violation('answer', `${channel}: maxvid ${maxvid} does not fit its events`, poll.op));
  }
  if (events.length > poll.limit) {
    found.push(violation('answer', `${channel}: ${events.length} events, limit ${poll.limit}`, poll.op));
  }
  return found;
}

function checkSame({ logs }: Trace, { poll }: Polling, { answer }: Visit): Violation[] {
  return answer.events.flatMap((event) => {
    const first = logs.get(answer.channel)?.get(event.vid);
    if (!first || JSON.stringify(first.seen) === JSON.stringify(event)) return [];
    const what = `${answer.channel}: ${JSON.stringify(first.seen)}, then ${JSON.stringify(event)}`;
    return violation('differs', what, first.op, poll.op);
  });
}

function checkLife(epochs: Map<string, string>, { poll }: Polling, { answer, after }: Visit): Violation[] {
  const { channel, epoch, events } = answer;
  if (epoch === null) {
    // Only before the channel's first event.
    if (events.length === 0 && after === 0) return [];
    return [violation('epoch', `${channel}: none, though there are events`, poll.op)];
  }
  const known = epochs.get(channel);
  epochs.set(channel, known ?? epoch);
  if (known === undefined || known === epoch) return [];
  return [violation('epoch', `${channel}: ${known} at first, then ${epoch}`, poll.op)];
}

/** One answer for one channel; of several, those with news, or all of them without, in the order asked. */
function checkForm({ poll, end }: Polling): Violation[] {
  if (end?.kind !== 'answered') return [];
  const asked = poll.places.map(({ channel }) => channel);
  const got = end.answers.map(({ channel }) => channel);
  const inOrder = got.join() === asked.filter((channel) => got.includes(channel)).join();
  const full = ({ events }: SeenAnswer) => events.length > 0;
  const complete = got.length === asked.length && !end.answers.some(full);
  if (inOrder && (complete || (got.length > 0 && end.answers.every(full)))) return [];
  return [violation('answer', `asked for ${asked.join()}, got ${got.join()}`, poll.op)];
}

/** A request that its sender gave up may arrive this much later, in ms, and is then the newer poll. */
const STRAY_MS = 10_000;

/** `namesakes`: every poll of the same client. */
function checkSuperseded(namesakes: readonly Polling[], { poll, end }: Polling): Violation[] {
  if (end?.kind !== 'answered' || !end.answers.some(({ superseded }) => superseded)) return [];
  const channels = new Set(poll.places.map(({ channel }) => channel));
  const rival = namesakes.find(
    (other) =>
      other.poll.op !== poll.op &&
      other.poll.at < end.at &&
      (other.end?.at ?? Number.MAX_VALUE) > poll.at - STRAY_MS &&
      other.poll.places.some(({ channel }) => channels.has(channel)),
  );
  if (poll.client !== undefined && rival) return [];
  return [violation('superseded', `${[...channels].join()} as ${poll.client ?? 'nobody'}`, poll.op)];
}

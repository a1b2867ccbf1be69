/**
 * Whether those who waited directly heard their bells. One may be lost, and costs its reader the rest of its wait; a way on which most are lost works no
 * better than asking now and then, and nobody would see it from what was delivered. Pure.
 */

import type { Standing } from './publishes.ts';
import { type Polling, type Publishing, type Trace, visits } from './trace.ts';
import { type Violation, violation } from './violation.ts';
import { acknowledgements } from './waits.ts';

/** A bell that is rung so long after the acknowledgement is late, not lost; a slow server may be that late. */
const SLOW_MS = 5_000;
/** Fewer than this may be chance. */
const LEAST_UNHEARD = 5;

export function checkBells(
  { pollings }: Trace,
  placed: ReadonlyMap<Publishing, Standing>,
): readonly Violation[] {
  const acks = acknowledgements(placed);
  const waits = pollings.filter(({ poll }) => poll.direct && poll.waitMs > SLOW_MS);
  const unheard = waits.filter((polling) => isUnheard(polling, acks));
  const heard = waits.filter((polling) => isHeard(polling));
  if (unheard.length < LEAST_UNHEARD || unheard.length <= heard.length) return [];
  const what = `${unheard.length} waits ended without a bell for an event, ${heard.length} with one`;
  return [violation('unheard', what, ...unheard.map(({ poll }) => poll.op))];
}

/** It ended before its time, with an event. */
function isHeard(polling: Polling): boolean {
  const { poll, end } = polling;
  if (end?.kind !== 'answered' || end.at - poll.at > poll.waitMs - SLOW_MS) return false;
  return visits(polling).some(({ answer }) => answer.events.length > 0);
}

/** It lasted to its end, and the event that it waited for had been acknowledged long before. */
function isUnheard({ poll, end }: Polling, acks: ReturnType<typeof acknowledgements>): boolean {
  if (end?.kind !== 'answered' || end.at - poll.at < poll.waitMs) return false;
  return poll.places.some(({ channel, maxvid = Number.NaN }) => {
    const at = acks.get(channel)?.get(maxvid + 1) ?? Number.POSITIVE_INFINITY;
    return at < end.at - SLOW_MS;
  });
}

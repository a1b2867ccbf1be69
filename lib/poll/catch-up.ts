/** From where the readers stand to the head: what they are told there, or where they stand when nothing of it is wanted. */

import { LIMITS, type PollAnswer } from '../protocol/doorbell.ts';
import { atRest, isBehind, isNarrow, news, passedBy, type Reader, withPassed } from './reader.ts';

/** Pages that one poll passes by: 20,000 events, or 20 MiB. Then its client is told where to go on. */
export const MOST_PAGES = 20;

export interface CaughtUp {
  /** Absent where nobody is told anything. */
  readonly answers?: readonly PollAnswer[];
  readonly stand: readonly Reader[];
}

/**
 * Reads on for those who are behind, until one of them is told something. Narrow readers pass by what they do not want; where they stand is told only
 * beside others' news. Who is behind afterwards had to stop: `mayGoOn` said no, or there was too much.
 */
export async function catchUp(
  readers: readonly Reader[],
  limit: number,
  mayGoOn: () => boolean,
): Promise<CaughtUp> {
  let stand = readers;
  for (let page = 1; ; page++) {
    const behind = stand.filter(isBehind);
    if (behind.length === 0) return { stand };
    const answers = await news(behind, limit, LIMITS.answerBytes);
    if (!stand.some(isNarrow)) return { stand, answers };
    const found = new Map(answers.map((answer) => [answer.channel, answer]));
    const before = stand;
    stand = before.map((one) => passedBy(one, found.get(one.channel)));
    const told = stand.map((one, i) => {
      const answer = one === before[i] ? found.get(one.channel) : undefined;
      return answer && withPassed(answer, one);
    });
    if (told.some((answer) => answer !== undefined))
      return { stand, answers: stand.flatMap((one, i) => told[i] ?? whereItStands(one)) };
    if (page === MOST_PAGES || !mayGoOn()) return { stand };
  }
}

/** Of one who has nothing else to be told; none where that is no news either. */
function whereItStands(one: Reader): readonly PollAnswer[] {
  return one.passed ? atRest([one], false) : [];
}

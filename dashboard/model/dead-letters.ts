/** What a page makes of dead letters: checked shapes and words. Pure. */
import type { DeadLetterInfo, DeadLettersAnswer } from '../../lib/protocol/doorbell.ts';
import type { Answer } from '../ask.ts';
import { isRecord } from './cell-text.ts';
import { dateAndClock } from './wording.ts';

/** The list in an answer; undefined where it is none. */
export function deadLettersIn({ status, body }: Answer): DeadLettersAnswer | undefined {
  if (status !== 200 || !isRecord(body) || !Array.isArray(body.messages)) return undefined;
  return { messages: body.messages.filter(isDeadLetter), unseen: Number(body.unseen) || 0 };
}

export function isDeadLetter(value: unknown): value is DeadLetterInfo {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    typeof value.channel === 'string' &&
    typeof value.body === 'string'
  );
}

/** Why there is no list, or what is to be said beside it. */
export function noteFor(answer: Answer, list: DeadLettersAnswer | undefined): string {
  if (list === undefined) return refusalIn(answer);
  const more = list.unseen > 0 ? `About ${list.unseen.toLocaleString('en')} more cannot be reached now.` : '';
  return list.messages.length === 0 ? more || 'There are none.' : more;
}

/** Why something was not done: the server's own words, where there are any. */
export function refusalIn({ status, body }: Answer): string {
  if (isRecord(body) && typeof body.detail === 'string') return body.detail;
  return status === 0 ? 'The server does not answer.' : `The server answered ${status}.`;
}

/** Times are local, as on the rest of the page. */
export function reasonWords({ reason, sentBack, at }: DeadLetterInfo): string {
  const why = reason ?? 'No reason is told: it failed too often, or was mended.';
  const often = sentBack > 0 ? ` It was sent again ${sentBack === 1 ? 'once' : `${sentBack} times`}.` : '';
  const local = at === null ? undefined : dateAndClock(at);
  const since = at === null ? '' : ` Here since ${local ? `${local.date} ${local.clock}` : at}.`;
  return `${why}${often}${since}`;
}

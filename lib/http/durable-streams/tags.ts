/** ETags: what a reader has already, named so that it need not be sent again. */

import type { Stream } from '../../streams/locate.ts';
import type { StreamAnswer } from '../../streams/read.ts';

/** Another life, another end, more to come, or closed meanwhile: another tag. */
export function tagOf({ stream, after, page, isUpToDate, isClosed }: StreamAnswer): string {
  const missed = page.missed > 0 ? `:${page.missed}` : '';
  // Who has a full answer of before would else be told that nothing follows it.
  const more = isUpToDate ? '' : ':m';
  return tag(stream.stamp, after, `${page.next}${missed}${more}`, isClosed);
}

/**
 * The tag that a read from the start has, if one answer can hold the whole stream. Undefined for a channel that was born by an event: what it holds expires,
 * and only a read sees how far.
 */
export function tagOfWhole({ record, stamp, tail, isClosed }: Stream): string | undefined {
  return record && tag(stamp, 0, String(tail), isClosed);
}

function tag(stamp: number, after: number, end: string, isClosed: boolean): string {
  return `"${stamp}:${after}:${end}${isClosed ? ':c' : ''}"`;
}

/** Whether `If-None-Match` names this tag (RFC 9110, 13.1.2: compared weakly, and `*` is every tag). */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  const known = ifNoneMatch?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? [];
  return known.includes(tag) || known.includes('*');
}

/**
 * Offsets: `S_P`, 16 digits each. S is the stamp of the life that a position is in, P the number of the last message, or byte, before it. They sort
 * as text, and one of another life is told from one of this. Pure.
 */

import { hash } from 'node:crypto';
import { PushError } from '../errors.ts';
import type { Segment } from '../log/stream-record.ts';

/** A life's own numbers follow on those that it has from other lives. */
export interface Numbered {
  readonly stamp: number;
  readonly base: number;
  readonly segments: readonly Segment[];
}

const FORM = /^(\d{16})_(\d{16})$/;
const START = '0000000000000000_0000000000000000';
const RULE = 'must be -1, now, or an offset as it was last received';
/** Below every stamp that is a time. */
const EPOCH_STAMPS = 10 ** 12;

/** Where a reader wants to begin: at the oldest message that is kept, at the end, or after this number. */
export type Place = 'start' | 'now' | number;

export function offsetAt({ stamp, segments }: Numbered, position: number): string {
  const segment = segments.find(({ upTo }) => position <= upTo);
  return `${digits(segment?.stamp ?? stamp)}_${digits(position)}`;
}

/** `name` is what the request calls it. Throws `bad-parameter` for what can be no offset, and `gone` for one of another life. */
export function placeOf(text: string | undefined, numbered: Numbered, tail: number, name = 'offset'): Place {
  const field = name.toLowerCase();
  if (text === undefined || text === '-1' || text === START) return 'start';
  if (text === 'now') return 'now';
  const [, stamp, position] = FORM.exec(text) ?? [];
  if (stamp === undefined) throw new PushError('bad-parameter', `${name} ${RULE}.`, { field });
  const at = Number(position);
  // A later life than this one has given no offset yet.
  const isEarlier = Number(stamp) <= numbered.stamp && !stampsAt(numbered, at).includes(Number(stamp));
  if (isEarlier)
    throw new PushError('gone', `${name} is of an earlier life of this stream. Begin with ${name}=-1.`, {
      field,
    });
  if (Number(stamp) > numbered.stamp || at > tail) {
    const message = `${name} is beyond the end of the stream, ${offsetAt(numbered, tail)}.`;
    throw new PushError('bad-parameter', message, { field });
  }
  return at;
}

/** Throws `bad-parameter` unless the text has the form of an offset. */
export function checkOffsetForm(text: string | undefined): void {
  if (text === undefined || text === '-1' || text === 'now' || FORM.test(text)) return;
  throw new PushError('bad-parameter', `offset ${RULE}.`, { field: 'offset' });
}

/** The stamp of a channel that was not made by PUT, from its epoch. Its messages may be inherited, so it is below every stamp that is a time. */
export function stampOfEpoch(epoch: string): number {
  return Number.parseInt(hash('sha256', epoch, 'hex').slice(0, 13), 16) % EPOCH_STAMPS;
}

/** Where one life ends and the next begins, both say the same. */
function stampsAt({ stamp, segments }: Numbered, position: number): readonly number[] {
  const at = segments.findIndex(({ upTo }) => position <= upTo);
  if (at < 0) return [stamp];
  const segment = segments[at];
  if (!segment) return [stamp];
  return position === segment.upTo ? [segment.stamp, segments[at + 1]?.stamp ?? stamp] : [segment.stamp];
}

function digits(number: number): string {
  return String(number).padStart(16, '0');
}

/** What becomes of a cursor in memory, case by case: where it stands after a visit, what the table is told, and when. */

import { describe, expect, test } from 'vitest';
import {
  afterVisit,
  isDirty,
  isHeld,
  newCachedCursor,
  persistedHold,
} from '../../../lib/cursors/cached-cursor.ts';
import type { Cursor, Hold, Position } from '../../../lib/cursors/ports.ts';
import { instantOf } from '../../../lib/runtime/instant.ts';
import { FakeClock } from '../../support/time/clock.ts';

const NOW = 1_000_000;
const MINUTE_MS = 60_000;
const hold = (nonce = 'n1', until = NOW): Hold => ({ mailbox: 'm', nonce, until });

describe('a hold', () => {
  test.each([
    { what: 'that ends now', until: NOW, held: false },
    { what: 'that ends in a moment', until: NOW + 1, held: true },
    { what: 'that lasts as long as any can', until: NOW + 8 * MINUTE_MS, held: true },
    { what: 'that lasts longer than any can', until: NOW + 8 * MINUTE_MS + 1, held: false },
    { what: 'that has ended', until: NOW - 1, held: false },
  ])('$what may still wait: $held', ({ until, held }) => {
    expect(isHeld(hold('n1', until), NOW)).toBe(held);
  });

  test('is told to the table as one that lasts two minutes and the delay, and whose place may be behind', () => {
    expect(persistedHold(hold('n1', NOW + 20_000), NOW, 5_000)).toEqual({
      mailbox: 'm',
      nonce: 'n1',
      until: NOW + 125_000,
      behind: true,
    });
  });

  test('that is none is none for the table', () => {
    expect(persistedHold(undefined, NOW, 5_000)).toBeUndefined();
  });
});

describe('a cursor after a visit', () => {
  const at = (maxvid?: number, epoch?: string): Position => ({
    ...(maxvid === undefined ? {} : { maxvid }),
    ...(epoch === undefined ? {} : { epoch }),
  });

  test.each<{ what: string; before: Position | undefined; seen: Position; after: Position }>([
    { what: 'of a new client', before: undefined, seen: at(5, 'e1'), after: at(5, 'e1') },
    { what: 'of a new client without a place', before: undefined, seen: at(), after: at() },
    { what: 'from further on', before: at(5, 'e1'), seen: at(6, 'e1'), after: at(6, 'e1') },
    { what: 'from the same place', before: at(5, 'e1'), seen: at(5, 'e1'), after: at(5, 'e1') },
    { what: 'from further back', before: at(5, 'e1'), seen: at(4, 'e1'), after: at(5, 'e1') },
    { what: 'from a lower place of a new life', before: at(5, 'e1'), seen: at(4, 'e2'), after: at(4, 'e2') },
    { what: 'that names no life, from further back', before: at(5, 'e1'), seen: at(4), after: at(5, 'e1') },
    { what: 'that names no life, from further on', before: at(5, 'e1'), seen: at(6), after: at(6, 'e1') },
    {
      what: 'that names a life and no place',
      before: at(5, 'e1'),
      seen: at(undefined, 'e2'),
      after: at(5, 'e1'),
    },
    { what: 'that names a life for the first time', before: at(5), seen: at(4, 'e1'), after: at(4, 'e1') },
    { what: 'from 0 of a client without a place', before: at(), seen: at(0), after: at(0) },
  ])('$what, the cursor stands where it should', ({ before, seen, after }) => {
    const row = before && { ...before, seenAt: 1 };

    expect(afterVisit(row, seen, undefined, NOW)).toEqual({ ...after, seenAt: NOW });
  });

  test('the poll is held where the visit says, and no longer where it was', () => {
    const before: Cursor = { maxvid: 5, hold: hold('old'), seenAt: 1 };

    expect(afterVisit(before, {}, hold('new'), NOW)).toMatchObject({ hold: { nonce: 'new' } });
    expect(afterVisit(before, {}, undefined, NOW)).not.toHaveProperty('hold');
  });
});

describe('the table must hear', () => {
  const row: Cursor = { maxvid: 5, epoch: 'e1', seenAt: NOW };

  /** A cursor as it was read, then as it is here. */
  function cached(here: Partial<Cursor>, { known, agoMs = 0 }: { known?: Hold; agoMs?: number } = {}) {
    const clock = new FakeClock();
    const of = { channel: 'doors', client: 'wall' };
    const cursor = newCachedCursor('doors wall', of, row, known, instantOf(clock));
    cursor.row = { ...row, ...here };
    clock.jump(agoMs);
    return isDirty(cursor, clock);
  }

  test.each([
    { what: 'of a place further on', here: { maxvid: 6 }, dirty: true },
    { what: 'of another life', here: { epoch: 'e2' }, dirty: true },
    { what: 'of nothing, where nothing has changed', here: {}, dirty: false },
    { what: 'of nothing, where the client was only seen', here: { seenAt: NOW + 1 }, dirty: false },
    { what: 'of a hold that it does not know', here: { hold: hold() }, dirty: true },
  ])('$what: $dirty', ({ here, dirty }) => {
    expect(cached(here)).toBe(dirty);
  });

  test('of no other hold where it knows of one', () => {
    expect(cached({ hold: hold('n2') }, { known: hold('n1') })).toBe(false);
  });

  test.each([
    { agoMs: 80_000, dirty: false },
    { agoMs: 80_001, dirty: true },
  ])('of an idle client that was saved $agoMs ms ago: $dirty', ({ agoMs, dirty }) => {
    expect(cached({}, { agoMs })).toBe(dirty);
  });
});

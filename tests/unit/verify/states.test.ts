/** The checker on what those were promised who ask for a state: hand-made histories, good and bad. */

import { describe, expect, test } from 'vitest';
import { check } from '../../../packages/testing/src/check/checks/check.ts';
import type { Entry, Seen, SeenState } from '../../../packages/testing/src/check/history.ts';
import { about, end, polled, published, stated, story } from '../../support/memory/story.ts';

const A = about('door', 1, 'a');
const B = about('gate', 2, 'b');
const C = about('door', 3, 'c');
const GONE = about('gate', 4);

const sent = ({ id, key, data }: Seen) => ({ id, data, ...(key === undefined ? {} : { key }) });
/** One after the other, the first from 0 to 10 ms, the next from 20 to 30. */
const publishes = [A, B, C, GONE].map((event, i) =>
  published({ op: i + 1, at: [i * 20, i * 20 + 10], events: [sent(event)] }, event.vid),
);
const log = polled({ op: 99, at: [1_000, 1_010], maxvid: 0 }, [A, B, C, GONE]);

function rules(...told: ReadonlyArray<readonly Entry[]>): readonly string[] {
  const { violations } = check(story(...publishes, log, ...told, end(2_000)), { boundMs: 25_000 });
  return [...new Set(violations.map(({ rule }) => rule))].sort();
}

/** A state that was asked for when event 3 was acknowledged and event 4 was not. */
const between = (...pages: ReadonlyArray<Partial<SeenState>>) =>
  rules(stated({ op: 50, at: [55, 100] }, ...pages));

describe('passes', () => {
  test.each<{ name: string; pages: ReadonlyArray<Partial<SeenState>> }>([
    { name: 'the newest event of each key', pages: [{ maxvid: 3, entries: [C, B] }] },
    { name: 'a key that is deleted after its number', pages: [{ maxvid: 3, entries: [C] }] },
    { name: 'all of them later', pages: [{ maxvid: 4, entries: [C] }] },
    {
      name: 'pages, between which events came',
      pages: [
        { maxvid: 3, entries: [C] },
        { maxvid: 4, entries: [] },
      ],
    },
  ])('$name', ({ pages }) => {
    expect(between(...pages)).toEqual([]);
  });

  test('a part of the keys', () => {
    expect(rules(stated({ op: 50, at: [45, 50], prefix: 'do' }, { maxvid: 3, entries: [C] }))).toEqual([]);
    expect(rules(stated({ op: 50, at: [45, 50], keys: ['gate'] }, { maxvid: 3, entries: [B] }))).toEqual([]);
  });
});

describe('the checker finds', () => {
  test.each<{ name: string; pages: ReadonlyArray<Partial<SeenState>> }>([
    { name: 'a key that is not there', pages: [{ maxvid: 3, entries: [B] }] },
    { name: 'an older event of a key', pages: [{ maxvid: 3, entries: [A, B] }] },
    { name: 'a key that was deleted', pages: [{ maxvid: 4, entries: [C, B] }] },
    { name: 'other data', pages: [{ maxvid: 3, entries: [{ ...C, data: 'x' }, B] }] },
    { name: 'another key', pages: [{ maxvid: 3, entries: [{ ...C, key: 'gate' }] }] },
    {
      name: 'a key twice',
      pages: [
        { maxvid: 3, entries: [C] },
        { maxvid: 3, entries: [C, B] },
      ],
    },
  ])('$name', ({ pages }) => {
    expect(between(...pages)).toEqual(['state']);
  });

  test('a key that nobody asked for', () => {
    expect(rules(stated({ op: 50, at: [45, 50], prefix: 'do' }, { maxvid: 3, entries: [C, B] }))).toEqual([
      'state',
    ]);
  });

  test('a state that does not know what was acknowledged', () => {
    expect(between({ maxvid: 2, entries: [A, B] })).toEqual(['stale']);
  });

  test('a state of two lives', () => {
    expect(between({ maxvid: 3, entries: [C] }, { epoch: 'other', maxvid: 3, entries: [B] })).toEqual([
      'epoch',
    ]);
  });

  test('an event about another key than it was sent about', () => {
    const other = polled({ op: 98, at: [900, 910], maxvid: 0 }, [{ ...A, key: 'gate' }]);

    expect(rules(other)).toContain('changed');
  });
});

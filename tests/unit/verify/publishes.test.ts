/** The checker on what producers were promised: hand-made histories, good and bad. */

import { describe, expect, test } from 'vitest';
import { check } from '../../../packages/testing/src/check/checks/check.ts';
import type { Entry, Seen } from '../../../packages/testing/src/check/history.ts';
import { end, polled, published, seen, story, unpublished } from '../../support/memory/story.ts';

function rules(...told: ReadonlyArray<readonly Entry[]>): readonly string[] {
  const { violations } = check(story(...told, end(2_000)), { boundMs: 25_000 });
  return [...new Set(violations.map(({ rule }) => rule))].sort();
}

/** The log, as one reader got it at the end. */
const log = (...events: readonly Seen[]) => polled({ op: 99, at: [1_000, 1_010], maxvid: 0 }, events);

const A = published({ op: 1, at: [0, 10], events: ['a'] }, 1);
const B = published({ op: 2, at: [20, 30], events: ['b'] }, 2);

describe('passes', () => {
  test('acknowledged events that are there once, in order', () => {
    expect(rules(A, B, log(seen(1, 'a'), seen(2, 'b')))).toEqual([]);
  });

  test.each([
    { name: 'an event that was given up and is not there', there: [] },
    { name: 'an event that was given up and is there', there: [seen(2, 'b')] },
  ])('$name', ({ there }) => {
    expect(
      rules(A, unpublished({ op: 2, at: [20, 30], events: ['b'] }), log(seen(1, 'a'), ...there)),
    ).toEqual([]);
  });

  test('events of two publishes at the same time, in either order', () => {
    const late = published({ op: 3, at: [5, 40], events: ['c'] }, 1);

    expect(
      rules(published({ op: 1, at: [0, 10], events: ['a'] }, 2), late, log(seen(1, 'c'), seen(2, 'a'))),
    ).toEqual([]);
  });

  test('a retry that finds its events there', () => {
    const told = { op: 3, at: [0, 90] as const, events: [{ id: 'x', data: 'a' }] };

    expect(
      rules(published(told, 1, { attempts: 2, count: 0, duplicates: 1 }), log(seen(1, 'a', 'x'))),
    ).toEqual([]);
  });

  test('lines between which others came, and lines that are there in part after a failure', () => {
    const told = { op: 3, at: [0, 90] as const, events: ['c', 'd'], form: 'lines' as const };

    expect(
      rules(
        published({ op: 1, at: [0, 10], events: ['a'] }, 2),
        published(told, 1, { last: 3 }),
        log(seen(1, 'c'), seen(2, 'a'), seen(3, 'd')),
      ),
    ).toEqual([]);
    expect(rules(unpublished(told), log(seen(1, 'c')))).toEqual([]);
  });
});

describe('the checker finds', () => {
  test('a lost event', () => {
    expect(rules(A, B, log(seen(1, 'a')))).toEqual(['lost']);
  });

  test('a lost line among those that a failed publish says are in', () => {
    const told = { op: 3, at: [0, 90] as const, events: ['c', 'd', 'e'], form: 'lines' as const };

    expect(rules(unpublished(told, 2), log(seen(1, 'c')))).toEqual(['lost']);
  });

  test.each([
    { name: 'acknowledged', told: published({ op: 2, at: [20, 30], events: ['b'] }, 2) },
    { name: 'given up', told: unpublished({ op: 2, at: [20, 30], events: ['b'] }) },
  ])('a repeated event that was $name', ({ told }) => {
    expect(rules(A, told, log(seen(1, 'a'), seen(2, 'b'), seen(3, 'b')))).toEqual(['repeated']);
  });

  test('an invented event', () => {
    expect(rules(A, log(seen(1, 'a'), seen(2, 'z')))).toEqual(['invented']);
  });

  test('an event that was read before it was sent', () => {
    expect(rules(published({ op: 1, at: [1_500, 1_600], events: ['a'] }, 1), log(seen(1, 'a')))).toEqual([
      'invented',
    ]);
  });

  test('an event of another channel', () => {
    const other = published({ op: 2, at: [20, 30], events: ['b'], channel: 'logs' }, 1);

    expect(rules(A, other, log(seen(1, 'a'), seen(2, 'b')))).toEqual(['invented', 'lost']);
  });

  test.each([
    { name: 'other data under its id', event: seen(1, 'b', 'x') },
    { name: 'its data under another id', event: seen(1, 'a', 'y') },
  ])('an event with $name', ({ event }) => {
    const sent = unpublished({ op: 1, at: [0, 10], events: [{ id: 'x', data: 'a' }] });

    expect(rules(sent, log(event))).toEqual(['changed']);
  });

  test.each(['array', 'lines'] as const)('%s of which only a later part is there', (form) => {
    const sent = unpublished({ op: 1, at: [0, 10], events: ['a', 'b'], form });

    expect(rules(sent, log(seen(1, 'b')))).toEqual(['torn']);
  });

  test('an array of which only the beginning is there', () => {
    expect(rules(unpublished({ op: 1, at: [0, 10], events: ['a', 'b'] }), log(seen(1, 'a')))).toEqual([
      'torn',
    ]);
  });

  test('two events that changed places', () => {
    expect(
      rules(
        published({ op: 1, at: [0, 10], events: ['a'] }, 2),
        published({ op: 2, at: [20, 30], events: ['b'] }, 1),
        log(seen(1, 'b'), seen(2, 'a')),
      ),
    ).toEqual(['order']);
  });

  test('an event that was given up, before one that was acknowledged before it was sent', () => {
    expect(
      rules(
        published({ op: 1, at: [0, 10], events: ['a'] }, 2),
        unpublished({ op: 2, at: [20, 30], events: ['b'] }),
        log(seen(1, 'b'), seen(2, 'a')),
      ),
    ).toEqual(['order']);
  });

  test('an array in another order, or with something between', () => {
    const told = { op: 1, at: [0, 10] as const, events: ['a', 'b'] };

    expect(rules(published(told, 1), log(seen(1, 'b'), seen(2, 'a')))).toEqual(['order']);
    expect(
      rules(
        published(told, 1, { last: 3 }),
        unpublished({ op: 2, at: [0, 30], events: ['c'] }),
        log(seen(1, 'a'), seen(2, 'c'), seen(3, 'b')),
      ),
    ).toEqual(['order']);
  });

  test.each([
    { name: 'other numbers', answer: { first: 2, last: 2 } },
    { name: 'a wrong count', answer: { count: 2 } },
    { name: 'duplicates at the first try', answer: { count: 0, duplicates: 1 } },
  ])('an acknowledgement with $name', ({ answer }) => {
    expect(rules(published({ op: 1, at: [0, 10], events: ['a'] }, 1, answer), log(seen(1, 'a')))).toEqual([
      'receipt',
    ]);
  });

  test('a publish that is answered in another way when it is sent again', () => {
    const answer = { first: 1, last: 1, count: 1, duplicates: 0 };

    expect(rules(A, [{ kind: 'republished', at: 20, op: 1, answer }], log(seen(1, 'a')))).toEqual([
      'receipt',
    ]);
  });

  test('a gap in the log', () => {
    const late = published({ op: 2, at: [20, 30], events: ['b'] }, 3);

    expect(rules(A, late, log(seen(1, 'a'), seen(3, 'b')))).toContain('gap');
  });
});

/** A checker on a busy machine sees answers late: it notes when it stood still, and takes that off. Nothing that the server did is excused by it. */

import { describe, expect, test } from 'vitest';
import { check } from '../../../packages/testing/src/check/checks/check.ts';
import { surely } from '../../../packages/testing/src/check/checks/standstills.ts';
import { type Entry, newHistory } from '../../../packages/testing/src/check/history.ts';
import { noteStandstills } from '../../../packages/testing/src/check/load/standstill.ts';
import { report } from '../../../packages/testing/src/check/report.ts';
import { end, polled, published, seen, story } from '../../support/memory/story.ts';

const LOG = published({ op: 1, at: [0, 30], events: ['a'] }, 1);
const READ = polled({ op: 9, at: [100, 110], maxvid: 0 }, [seen(1, 'a')]);
const stood = (from: number, to: number): Entry => ({ kind: 'stood', at: to, ms: to - from });
/** A poll with a wait of 20 s, of which the server may take 25 s. */
const poll = (from: number, to: number) => polled({ op: 2, at: [from, to], maxvid: 1, waitMs: 20_000 }, []);

function verdict(...told: readonly Entry[]) {
  return check(story(LOG, READ, told, end(90_000)), { boundMs: 25_000 });
}
const rulesOf = (...told: readonly Entry[]) => verdict(...told).violations.map(({ rule }) => rule);

describe('an answer seen too late', () => {
  test.each([
    { name: 'in a standstill that began in time', by: [stood(24_000, 30_990)] },
    { name: 'just after it', by: [stood(24_000, 30_950)] },
    { name: 'in several, one close after the other', by: [stood(24_000, 27_000), stood(27_060, 30_990)] },
    { name: 'and asked in one', by: [stood(1_010, 7_500)] },
    { name: 'and asked in one, seen in another', by: [stood(900, 4_500), stood(27_900, 30_990)] },
  ])('$name is not overdue', ({ by }) => {
    const { violations, figures } = verdict(...poll(1_000, 31_000), ...by);

    expect(violations).toEqual([]);
    expect(figures.stood).toMatchObject({ count: by.length, forgiven: 1 });
  });

  test.each([
    { name: 'without a standstill', by: [] },
    { name: 'after one in the middle of its wait', by: [stood(5_000, 15_000)] },
    { name: 'half a second after one', by: [stood(20_000, 30_500)] },
    { name: 'in one that began when it was overdue already', by: [stood(26_100, 30_990)] },
    { name: 'in one that is shorter than its delay', by: [stood(30_000, 30_990)] },
    { name: 'after a standstill that was over before it was asked', by: [stood(100, 990)] },
    {
      name: 'at the end of many, though a question and an answer need a few turns only',
      by: Array.from({ length: 40 }, (_, n) => stood(23_000 + n * 200, 23_150 + n * 200)),
    },
  ])('$name is overdue', ({ by }) => {
    expect(rulesOf(...poll(1_000, 31_000), ...by)).toEqual(['overdue']);
  });
});

test('an event that the reader could not see earlier is not late, and any other is', () => {
  const second = published({ op: 3, at: [2_000, 2_030], events: ['b'] }, 2);
  const longPoll = polled({ op: 2, at: [1_000, 27_500], maxvid: 1, waitMs: 25_000 }, [seen(2, 'b')]);

  expect(rulesOf(...second, ...longPoll)).toEqual(['late']);
  expect(rulesOf(...second, ...longPoll, stood(26_000, 27_490))).toEqual([]);
  expect(rulesOf(...second, ...longPoll, stood(10_000, 20_000))).toEqual(['late']);
});

test('one standstill is taken off once, though it touches both ends', () => {
  expect(surely([{ from: 50, to: 500 }], 0, 550)).toEqual({ from: 450, to: 550 });
});

test('the verdict says so', () => {
  const entries = story(LOG, READ, poll(1_000, 31_000), [stood(24_000, 30_990)], end(90_000));

  expect(report(check(entries, { boundMs: 25_000 }), entries, 1, 'again')).toContain(
    'stood still   this checker, 1 times, 6990 ms at most; 1 polls were seen late only for that',
  );
});

describe('the measure', () => {
  test('notes how much later than asked for it is called, and nothing when it is called in time', () => {
    let [at, due] = [1_000, (): void => {}];
    const history = newHistory(() => at);
    const stop = noteStandstills(history, {
      elapsed: () => at,
      after: (_, then) => {
        due = then;
        return () => (due = () => {});
      },
    });
    for (const later of [50, 99, 50 + 700, 50]) {
      at += later;
      due();
    }
    stop();
    at += 5_000;
    due();

    expect(history.entries).toEqual([{ kind: 'stood', at: 899, ms: 700 }]);
  });

  test('sees a process that computes', async () => {
    const history = newHistory(() => performance.now());
    const noted = new Promise<Entry>((resolve) => {
      const add: typeof history.add = (entry) => {
        history.add(entry);
        if (entry.kind === 'stood' && entry.ms >= 200) resolve(history.entries.at(-1) as Entry);
      };
      const stop = noteStandstills({ add });
      const until = performance.now() + 300;
      while (performance.now() < until);
      setTimeout(() => noted.then(stop));
    });

    expect(await noted).toMatchObject({ kind: 'stood' });
  });
});

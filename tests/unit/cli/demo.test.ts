/** `doorbell demo doors`: a day that is the same for the same seed, is plausible, and comes in its own time. */

import { expect, test } from 'vitest';
import { type DoorMoment, doorDay } from '../../../packages/cli/src/door-day.ts';
import { call, cut, json, memoryServer, scripted } from '../../support/cli/terminal.ts';
import { eventsIn } from '../../support/memory/world.ts';

const SIZE = { people: 120, doors: 8 };
const between = (day: readonly DoorMoment[], from: number, to: number) =>
  day.filter(({ second }) => second >= from * 3_600 && second < to * 3_600).length;

test('the demo day is the same day for the same seed, and another for another', () => {
  expect(doorDay({ seed: 1, ...SIZE })).toEqual(doorDay({ seed: 1, ...SIZE }));
  expect(doorDay({ seed: 2, ...SIZE })).not.toEqual(doorDay({ seed: 1, ...SIZE }));
});

test.each([1, 2, 3, 4, 5])(
  'the demo day has the records of the ancestor, in order of time (seed %i)',
  (seed) => {
    const day = doorDay({ seed, ...SIZE });

    expect(day.map(({ second }) => second)).toEqual(day.map(({ second }) => second).sort((a, b) => a - b));
    for (const { record } of day) {
      expect(Object.keys(record)).toEqual(['doorno', 'rfsim', 'optime', 'ynopen']);
      expect(record.doorno).toBeGreaterThanOrEqual(1);
      expect(record.doorno).toBeLessThanOrEqual(8);
      expect(record.rfsim).toMatch(/^\d{4}$/);
      expect(record.optime).toMatch(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/);
      expect(record.ynopen).toMatch(/^[YN]$/);
    }
  },
);

test('the demo day has rush hours, quiet hours, and few who are refused', () => {
  const day = doorDay({ seed: 1, ...SIZE });
  const refused = day.filter(({ record }) => record.ynopen === 'N').length;

  expect(between(day, 7.5, 9)).toBeGreaterThan(3 * between(day, 6, 7.5));
  expect(between(day, 16.5, 18.5)).toBeGreaterThan(3 * between(day, 19, 21));
  expect(between(day, 0, 5)).toBe(0);
  expect(refused / day.length).toBeGreaterThan(0.005);
  expect(refused / day.length).toBeLessThan(0.1);
});

test('the demo day takes an office with one door and one person', () => {
  for (const { record } of doorDay({ seed: 3, people: 1, doors: 1 })) expect(record.doorno).toBe(1);
});

test('the demo day is published record by record, so much faster than the day', async () => {
  const { call, world } = await memoryServer();

  const { exit, out, err, slept } = await call([
    'demo',
    'doors',
    '--channel',
    'demo',
    '--speed',
    '3600',
    '--people',
    '10',
  ]);

  const day = doorDay({ seed: 1, people: 10, doors: 8 });
  expect([exit, out, err]).toEqual([0, '', '']);
  expect(eventsIn(world, 'demo').map(({ data }) => data)).toEqual(day.map(({ record }) => record));
  // Each door is a key: its state is how it stands.
  expect(eventsIn(world, 'demo').map(({ key }) => key)).toEqual(day.map(({ record }) => `${record.doorno}`));
  const hours = ((day.at(-1)?.second ?? 0) - (day[0]?.second ?? 0)) / 3_600;
  expect(slept.reduce((a, b) => a + b, 0) / 1000).toBeCloseTo(hours, 0);
});

test('the demo day goes on where it was after a lost answer: no record comes twice', async () => {
  const { fetch, token, world } = await memoryServer();
  let asked = 0;
  const losing: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    return ++asked === 2 ? cut()() : response;
  };

  await call(['demo', 'doors', '--speed', '1000000', '--channel', 'demo', '--people', '30'], {
    fetch: losing,
    env: { DOORBELL_TOKEN: token },
  });

  expect(eventsIn(world, 'demo')).toHaveLength(doorDay({ seed: 1, people: 30, doors: 8 }).length);
});

test('the demo day is printed without a server, and ends quietly with Ctrl-C', async () => {
  const { fetch, asked } = scripted(json(201, { first: 1, last: 1, count: 1, duplicates: 0 }));
  const interrupt = new AbortController();
  interrupt.abort();

  const printed = await call(['demo', 'doors', '--print', '--people', '5'], { fetch });
  const ended = await call(['demo', 'doors'], { fetch, interrupt });

  expect(
    printed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(doorDay({ seed: 1, people: 5, doors: 8 }).map(({ record }) => record));
  expect([ended.exit, asked.length]).toEqual([0, 0]);
});

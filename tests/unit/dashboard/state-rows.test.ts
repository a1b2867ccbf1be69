/** The rows of a state, and the doors that are made of it. */
import { describe, expect, test } from 'vitest';
import { filterOf } from '../../../dashboard/model/filter.ts';
import { Picture } from '../../../dashboard/model/picture.ts';
import { StateRows } from '../../../dashboard/model/state-rows.ts';
import { stateWords } from '../../../dashboard/model/wording.ts';
import { mulberry32 } from '../../../packages/testing/src/check/random.ts';

const at = (vid: number) => new Date(Date.parse('2026-01-01T12:00:00.000Z') + vid * 1_000).toISOString();
const entry = (key: string, vid: number, data: unknown = vid) => ({
  key,
  vid,
  id: `${vid}`,
  at: at(vid),
  data,
});
const keys = (rows: StateRows) => Array.from({ length: rows.length }, (_, i) => rows.at(i)?.key);

describe('the rows of a state', () => {
  test('are ordered by key, 2 before 10, and by channel where there are several', () => {
    const rows = new StateRows();
    rows.change('north', {
      changed: ['door-10', 'door-2', 'door-02', 'a'].map((key) => entry(key, 1)),
      deleted: [],
    });
    rows.change('east', { changed: [entry('z', 1)], deleted: [] });

    expect(keys(rows)).toEqual(['z', 'a', 'door-02', 'door-2', 'door-10']);
  });

  test('say since when a value is the same, however often it is said again', () => {
    const rows = new StateRows();
    rows.change('c', { changed: [entry('a', 1, { on: true })], deleted: [] });
    rows.change('c', { changed: [entry('a', 5, { on: true })], deleted: [] });
    expect(rows.at(0)).toMatchObject({ vid: 5, at: at(5), since: at(1) });

    rows.change('c', { changed: [entry('a', 7, { on: false })], deleted: [] });

    expect(rows.at(0)).toMatchObject({ vid: 7, at: at(7), since: at(7) });
  });

  test.each([1, 40, 1_000])('are those of the state after changes of %i keys at a time', (size) => {
    const random = mulberry32(size);
    const rows = new StateRows();
    const state = new Map<string, number>();
    const match = filterOf('7');
    rows.filter(match);
    for (let vid = 1; vid < 30; vid++) {
      const changed = new Map<string, number>();
      for (let i = 0; i < size; i++) changed.set(`k${Math.floor(random() * 2_000)}`, vid);
      const deleted = [...state.keys()].filter((key) => !changed.has(key) && random() < 0.2).slice(0, size);
      for (const [key] of changed) state.set(key, vid);
      for (const key of deleted) state.delete(key);
      rows.change('c', { changed: [...changed].map(([key, vid]) => entry(key, vid)), deleted });
    }

    const number = (key = '') => Number(key.slice(1));
    const all = [...state.keys()].sort((a, b) => number(a) - number(b));
    expect(rows.total).toBe(state.size);
    expect(keys(rows)).toEqual(all.filter((key) => `${key} ${state.get(key)}`.includes('7')));
    rows.filter(undefined);
    expect(keys(rows)).toEqual(all);
    expect(rows.placeOf(rows.at(3)?.order ?? '')).toBe(3);
  });

  test('stand still while they are paused, and can be searched then', () => {
    const rows = new StateRows();
    rows.change('c', { changed: [entry('a', 1), entry('b', 2)], deleted: [] });
    rows.pause();
    rows.change('c', { changed: [entry('a', 3), entry('c', 4)], deleted: ['b'] });

    expect([keys(rows), rows.at(0)?.vid, rows.total]).toEqual([['a', 'b'], 1, 2]);
    rows.filter(filterOf('b'));
    expect(keys(rows)).toEqual(['b']);
    rows.filter(undefined);
    rows.resume();
    expect([keys(rows), rows.at(0)?.vid]).toEqual([['a', 'c'], 3]);
  });

  test('are copied as the server gives them', () => {
    const rows = new StateRows();
    rows.change('c', { changed: [entry('a', 1, { "b'": ['"'] })], deleted: [] });

    const { text, count } = rows.toNdjson();

    expect(count).toBe(1);
    expect(JSON.parse(text)).toEqual(entry('a', 1, { "b'": ['"'] }));
  });
});

describe('the doors of a state', () => {
  const NOW = Date.parse(at(100));
  const door = (doorno: number, vid: number, ynopen = 'Y') => entry(`${doorno}`, vid, { doorno, ynopen });
  const shown = (picture: Picture) => picture.doors.list().map(({ name, vid }) => `${name}@${vid}`);

  test('are there at once, and no older event sets one back', () => {
    const picture = new Picture();
    picture.follow({ channels: ['doors'] });
    picture.learn('doors', { changed: [door(1, 9), door(2, 7)], deleted: [] });
    picture.see({ channel: 'doors', ...door(1, 8, 'N') }, NOW);
    picture.see({ channel: 'doors', ...door(2, 10, 'N') }, NOW);

    expect(shown(picture)).toEqual(['1@9', '2@10']);
    expect(picture.state.total).toBe(2);
  });

  test('go with their keys, whichever way it is told first', () => {
    const picture = new Picture();
    picture.follow({ channels: ['doors'] });
    picture.learn('doors', { changed: [door(1, 1), door(2, 2)], deleted: [] });

    picture.see({ channel: 'doors', ...entry('1', 3, null) }, NOW);
    picture.learn('doors', { changed: [], deleted: ['2'] });
    // It was published before the key was deleted.
    picture.see({ channel: 'doors', ...entry('3', 1, null) }, NOW);

    expect(shown(picture)).toEqual([]);
  });

  test.each([
    ['before', true],
    ['after', false],
  ])(
    'are those of the new numbers when its state is there %s the page learns that the channel began anew',
    (_, first) => {
      const picture = new Picture();
      picture.follow({ channels: ['doors'] });
      picture.learn('doors', { changed: [door(1, 50)], deleted: [] });
      const anew = () => picture.learn('doors', { changed: [door(1, 2, 'N'), door(4, 3)], deleted: [] });

      if (first) anew();
      picture.reset('doors');
      if (!first) anew();

      expect(shown(picture)).toEqual(['1@2', '4@3']);
    },
  );
});

test('why there is no state is said in words', () => {
  const error = { code: 'unreachable', message: 'No answer.', retryable: true } as const;

  expect(stateWords({ state: 'connecting', attempt: 1 })).toBe('Reading the state …');
  expect(
    stateWords({
      state: 'waiting',
      error: { ...error, status: undefined, problem: undefined, retryAfterMs: undefined },
      retryAt: 0,
    }),
  ).toBe('The server cannot be reached. Trying again.');
  expect(stateWords({ state: 'live' })).toBe('');
});

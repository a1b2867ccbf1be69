/** `doorbell state`: the newest event of each key, and what changes from there on. */

import { expect, test } from 'vitest';
import { call, json, scripted } from '../../support/cli/terminal.ts';

const AT = '2026-01-01T00:00:00.000Z';
const entry = (key: string, vid: number, data: unknown = vid) => ({ key, vid, id: `e${vid}`, at: AT, data });
const page = (entries: readonly object[], more: object = {}) =>
  json(200, { channel: 'doors', epoch: 'e', maxvid: 5, entries, next: null, ...more });
const poll = (events: readonly object[], more: object = {}) =>
  json(200, { channels: [{ channel: 'doors', epoch: 'e', events, maxvid: 9, missed: 0, ...more }] });
const env = { DOORBELL_TOKEN: 'a.b.c' };

test('the state is printed key by key, page by page', async () => {
  const { fetch, asked } = scripted(
    page([entry('a', 1), entry('b', 4, { open: true })], { next: 'b' }),
    page([entry('c', 7)]),
  );

  const { exit, out } = await call(['state', 'doors'], { fetch, env });

  expect(exit).toBe(0);
  expect(out).toBe(`a  1  ${AT}  1\nb  4  ${AT}  {"open":true}\nc  7  ${AT}  7\n`);
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/channels/doors/state',
    '/v1/channels/doors/state?after=b',
  ]);
});

test('nothing is printed of a life that has ended between two pages', async () => {
  const { fetch, asked } = scripted(
    page([entry('a', 1)], { next: 'a' }),
    page([entry('b', 9)], { epoch: 'e2' }),
    page([entry('b', 2)], { epoch: 'e2', next: 'b' }),
    page([entry('c', 1)], { epoch: 'e2' }),
  );

  const { exit, out } = await call(['state', 'doors'], { fetch, env });

  expect([exit, out]).toEqual([0, `b  2  ${AT}  2\nc  1  ${AT}  1\n`]);
  expect(asked.map(({ path }) => path.replace('/v1/channels/doors/state', ''))).toEqual([
    '',
    '?after=a',
    '',
    '?after=b',
  ]);
});

test('a page without an entry leads on', async () => {
  const { fetch } = scripted(page([], { next: 'm' }), page([entry('n', 1)]));

  expect((await call(['state', 'doors'], { fetch, env })).out).toBe(`n  1  ${AT}  1\n`);
});

test('keys and a prefix are asked for, and entries are lines of JSON', async () => {
  const named = scripted(page([entry('a', 1)]));
  const begun = scripted(page([]));

  const { out } = await call(['state', 'doors', '--key', 'a', '--key', 'é &', '--json'], { ...named, env });
  await call(['state', 'doors', '--prefix', 'floor-2.'], { ...begun, env });

  expect(JSON.parse(out)).toEqual(entry('a', 1));
  expect(named.asked[0]?.path).toBe('/v1/channels/doors/state?key=a&key=%C3%A9+%26');
  expect(begun.asked[0]?.path).toBe('/v1/channels/doors/state?prefix=floor-2.');
});

test('a person is told that there is nothing', async () => {
  const { out, err } = await call(['state', 'doors', '--key', 'x'], {
    ...scripted(page([])),
    env,
    tty: true,
  });

  expect([out, err]).toEqual(['', 'No event of it has such a key.\n']);
});

test.each([
  [['state'], 'channel'],
  [['state', 'a b'], 'A channel is'],
  [['state', 'doors', '--key', ''], '1 to 256'],
  [['state', 'doors', '--key', 'a', '--prefix', 'b'], 'cannot be used with'],
  [['state', 'doors', ...Array.from({ length: 21 }, (_, i) => ['--key', `${i}`]).flat()], '20 times'],
])('%j is refused', async (args, says) => {
  const { exit, err } = await call(args, { ...scripted(), env });

  expect([exit, err.includes(says)]).toEqual([2, true]);
});

test('with --watch it goes on where the state stands, with what is wanted and newer', async () => {
  const interrupt = new AbortController();
  const events = [
    entry('a', 6),
    entry('b', 7, 'of another key'),
    { vid: 8, id: 'e8', at: AT, data: 'of no key' },
    entry('a', 9, null),
  ];
  const { fetch, asked } = scripted(page([entry('a', 6)]), poll(events));
  const heard = (text: string) => {
    if (text.includes('null')) interrupt.abort();
  };

  const { exit, out } = await call(['state', 'doors', '--key', 'a', '--watch'], {
    fetch,
    env,
    interrupt,
    heard,
  });

  expect(exit).toBe(0);
  expect(out).toBe(`a  6  ${AT}  6\na  9  ${AT}  null\n`);
  expect(asked[1]?.path).toContain('cursor=doors:5:e');
  expect(asked[1]?.path).toMatch(/&key=a$/);
});

test('with --watch what others publish passes silently', async () => {
  const interrupt = new AbortController();
  const { fetch, asked } = scripted(
    page([entry('a b', 1)]),
    poll([], { maxvid: 40 }),
    poll([entry('a c', 90)], { maxvid: 95 }),
  );
  const heard = (text: string) => {
    if (text.includes('90')) interrupt.abort();
  };

  const { out, err } = await call(['state', 'doors', '--prefix', 'a ', '--watch'], {
    fetch,
    env,
    interrupt,
    heard,
  });

  expect([out, err]).toEqual([`a b  1  ${AT}  1\na c  90  ${AT}  90\n`, '']);
  expect(asked[2]?.path).toMatch(/cursor=doors:40:e&wait=\d+&prefix=a%20$/);
});

test('with --watch the state is printed anew when changes were missed', async () => {
  const interrupt = new AbortController();
  const { fetch } = scripted(
    page([entry('a', 1)]),
    poll([entry('a', 9, 'late')], { missed: 3 }),
    page([entry('a', 9, 'anew')], { maxvid: 9 }),
  );
  const heard = (text: string) => {
    if (text.includes('anew"')) interrupt.abort();
  };

  const { out, err } = await call(['state', 'doors', '--watch'], { fetch, env, interrupt, heard });

  expect(out).toBe(`a  1  ${AT}  1\na  9  ${AT}  "anew"\n`);
  expect(err).toContain('follows anew');
});

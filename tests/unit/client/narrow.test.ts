/** A `fetch` for narrow polls: what passes silently is told to the client as missed, and known by the reader. */

import { expect, test } from 'vitest';
import { narrowFetch, narrowQuery } from '../../../packages/client/src/narrow.ts';

const URL = 'http://doorbell.test/v1/events?cursor=doors:5:e&wait=20';

/** As a server's library may have put it in place of the runtime's own: its methods cannot be assigned. */
function sealed(body: string): Response {
  const methods = Object.defineProperty({ ok: true }, 'text', { value: async () => body });
  return Object.create(methods) as Response;
}

function answering(body: string, status = 200) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    asked.push(String(input));
    return new Response(body, { status });
  };
  return { fetch, asked };
}

const answerOf = (more: object) =>
  JSON.stringify({ channels: [{ channel: 'doors', epoch: 'e', events: [{ vid: 9 }], missed: 0, ...more }] });
const read = async (response: Response) => JSON.parse(await response.text()).channels[0];

test('what lies between the cursor and the answer, and is no event of it, is told as missed and was passed', async () => {
  const { fetch, asked } = answering(answerOf({ maxvid: 9 }));
  const narrow = narrowFetch(fetch, narrowQuery({ key: ['a', 'é'] }));

  const { missed } = await read(await narrow.fetch(URL));

  expect(asked).toEqual([`${URL}&key=a&key=%C3%A9`]);
  expect(missed).toBe(3);
  expect([narrow.hasPassed(5), narrow.hasPassed(5)]).toEqual([true, false]);
});

test('what the server itself calls missed was not only passed', async () => {
  const { fetch } = answering(answerOf({ maxvid: 9, missed: 2 }));
  const narrow = narrowFetch(fetch, narrowQuery({ prefix: 'a.' }));

  expect((await read(await narrow.fetch(URL))).missed).toBe(3);
  expect(narrow.hasPassed(5)).toBe(false);
});

test('an answer that counts itself what passed comes as it is', async () => {
  const counted = answerOf({ maxvid: 9, passed: 3 });
  const narrow = narrowFetch(answering(counted).fetch, '');

  expect(await read(await narrow.fetch(URL))).toMatchObject({ missed: 0, passed: 3 });
  expect(narrow.hasPassed(5)).toBe(false);
});

test('an answer without a gap, a refusal and what is no answer come as they are', async () => {
  const whole = answerOf({ maxvid: 6 });
  for (const [body, status] of [
    [whole, 200],
    ['{"detail":"no"}', 403],
    ['<html>', 200],
    ['null', 200],
  ] as const) {
    const { fetch } = answering(body, status);
    expect(await (await narrowFetch(fetch, '').fetch(URL)).text()).toBe(body);
  }
});

test('a Response whose methods cannot be assigned is read all the same', async () => {
  const fetch = async () => sealed(answerOf({ maxvid: 9 }));

  expect((await read(await narrowFetch(fetch, '').fetch(URL))).missed).toBe(3);
});

test.each([
  [{ key: [] }, /1 to 20 keys/],
  [{ key: Array.from({ length: 21 }, (_, i) => `${i}`) }, /1 to 20 keys/],
  [{ key: 'a', prefix: 'b' }, /Either key or prefix/],
  [{ key: '' }, /Not a key/],
  [{ prefix: '' }, /Not a key/],
])('%j is refused', (options, says) => {
  expect(() => narrowQuery(options)).toThrow(says);
});

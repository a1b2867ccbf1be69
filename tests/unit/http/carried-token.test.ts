/** How a token is told from what stands around it. */

import { expect, test } from 'vitest';
import { mayHoldToken, plainBearer, withoutToken } from '../../../lib/http/middleware/carried-token.ts';

test.each([
  ['Bearer abc', 'abc'],
  ['bearer   a.b-c_d~e+f/g=', 'a.b-c_d~e+f/g='],
  ['Basic abc', undefined],
  ['x Bearer abc', undefined],
  ['Bearer abc, Bearer def', undefined],
  ['Bearer abc def', undefined],
  ['Bearer ', undefined],
  ['', undefined],
  [undefined, undefined],
])('of the header %j the token is %j', (header, token) => {
  expect(plainBearer(header)).toBe(token);
});

test.each([
  ['access_token=abc', true],
  ['maxvid=1&access_token=abc', true],
  ['%61ccess_token=abc', true],
  ['maxvid=1&wait=20', false],
  ['', false],
])('%j may hold a token: %s', (query, may) => {
  expect(mayHoldToken(query)).toBe(may);
});

test.each([
  { what: 'where queries carry tokens', query: true, left: 'maxvid=1' },
  { what: 'where they carry none', query: false, left: 'maxvid=1&access_token=abc' },
])('routes see the query without its token $what', ({ query, left }) => {
  expect(withoutToken(new URLSearchParams('maxvid=1&access_token=abc'), { query }).toString()).toBe(left);
});

test('a token that stands twice stays, so that it is refused as any other parameter is', () => {
  const twice = 'access_token=a&access_token=b';

  expect(withoutToken(new URLSearchParams(twice), { query: true }).toString()).toBe(twice);
});

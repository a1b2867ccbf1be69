/** Requests that carry tokens in every way and in several at once, and what each is answered, whichever way it takes through a server. */

import { SignJWT } from 'jose';
import { eventsPath } from './http.ts';
import { grant, SECRET } from './token-table.ts';

export const COOKIE = 'doorbell';
/** What a server of these requests is told. */
export const CARRIER_ENV = {
  DOORBELL_SECRET: SECRET,
  DOORBELL_TOKEN_COOKIE: COOKIE,
  DOORBELL_TOKEN_QUERY: 'true',
};
const CHANNEL = 'doors.3';

export interface Carrying {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** In the order sent; a name may stand twice. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body?: string;
}

interface Case {
  readonly what: string;
  readonly method?: 'POST';
  readonly authorization?: readonly string[];
  readonly cookie?: string;
  readonly query?: readonly string[];
  /** 200, or the code of the problem. */
  readonly answer: string;
}

const good = await grant(['*'], ['*']);
const seconds = Math.floor(Date.now() / 1000);
const [head = '', payload = ''] = good.split('.');
const forged = `${head}.${payload}.c2lnbmF0dXJl`;
/** Good, but whoever made it says that it is from tomorrow. */
const dated = await new SignJWT({ read: ['*'], write: ['*'], iat: seconds + 86_400, exp: seconds + 86_460 })
  .setProtectedHeader({ alg: 'HS256' })
  .sign(new TextEncoder().encode(SECRET));

const BEARER = `Bearer ${good}`;
const inQuery = (token: string) => `access_token=${token}`;
const inCookie = (token: string) => `${COOKIE}=${token}`;

export const CASES: readonly Case[] = [
  { what: 'nothing', answer: 'no-token' },
  { what: 'a header', authorization: [BEARER], answer: '200' },
  { what: 'a query', query: [inQuery(good)], answer: '200' },
  { what: 'a cookie', cookie: inCookie(good), answer: '200' },
  { what: 'another scheme', authorization: ['Basic eDp5'], answer: 'no-token' },
  {
    what: 'another scheme and a cookie',
    authorization: ['Basic eDp5'],
    cookie: inCookie(good),
    answer: '200',
  },
  {
    what: 'another scheme and a query',
    authorization: ['Basic eDp5'],
    query: [inQuery(good)],
    answer: '200',
  },
  {
    what: 'a header that is no token, and a cookie',
    authorization: ['Bearer a b'],
    cookie: inCookie(good),
    answer: 'bad-token',
  },
  {
    what: 'a forged header and a cookie',
    authorization: [`Bearer ${forged}`],
    cookie: inCookie(good),
    answer: 'bad-token',
  },
  { what: 'two headers, the first good', authorization: [BEARER, 'Bearer x'], answer: 'bad-token' },
  { what: 'two headers, the second good', authorization: ['Bearer x', BEARER], answer: 'bad-token' },
  {
    what: 'two headers, the first of another scheme',
    authorization: ['Basic eDp5', BEARER],
    answer: 'bad-token',
  },
  {
    what: 'two headers, the second of another scheme',
    authorization: [BEARER, 'Basic eDp5'],
    answer: 'bad-token',
  },
  { what: 'a query twice', query: [inQuery(good), inQuery(good)], answer: 'bad-token' },
  { what: 'a query twice, once empty', query: ['access_token=', inQuery(good)], answer: 'bad-token' },
  { what: 'a cookie twice', cookie: `${inCookie(good)}; ${inCookie(good)}`, answer: 'bad-token' },
  { what: 'a header and a query', authorization: [BEARER], query: [inQuery(good)], answer: '200' },
  {
    what: 'a header and a query with an escaped name',
    authorization: [BEARER],
    query: [`access%5Ftoken=${good}`],
    answer: '200',
  },
  { what: 'a header and a forged query', authorization: [BEARER], query: [inQuery(forged)], answer: '200' },
  {
    what: 'a header and a query twice',
    authorization: [BEARER],
    query: [inQuery(good), inQuery(good)],
    answer: 'bad-parameter',
  },
  {
    what: 'a header and a parameter twice',
    authorization: [BEARER],
    query: ['limit=1', 'limit=1'],
    answer: 'bad-parameter',
  },
  {
    what: 'a header and a cookie twice',
    authorization: [BEARER],
    cookie: `${inCookie('x')}; ${inCookie('y')}`,
    answer: '200',
  },
  { what: 'a query and a cookie', query: [inQuery(good)], cookie: inCookie('x'), answer: '200' },
  { what: 'a header from tomorrow', authorization: [`Bearer ${dated}`], answer: '200' },
  { what: 'a query from tomorrow', query: [inQuery(dated)], answer: 'bad-token' },
  { what: 'a cookie from tomorrow', cookie: inCookie(dated), answer: 'bad-token' },
  { what: 'a publish with a header', method: 'POST', authorization: [BEARER], answer: '200' },
  { what: 'a publish with a query', method: 'POST', query: [inQuery(good)], answer: 'no-token' },
  { what: 'a publish with a cookie', method: 'POST', cookie: inCookie(good), answer: 'no-token' },
  {
    what: 'a publish with a header and a query',
    method: 'POST',
    authorization: [BEARER],
    query: [inQuery(good)],
    answer: '200',
  },
  {
    what: 'a publish with a header and a query twice',
    method: 'POST',
    authorization: [BEARER],
    query: [inQuery(good), inQuery(good)],
    answer: 'bad-parameter',
  },
  {
    what: 'a publish with two headers',
    method: 'POST',
    authorization: [BEARER, BEARER],
    answer: 'bad-token',
  },
];

export function requestOf({ method, authorization = [], cookie, query = [] }: Case): Carrying {
  const headers = [
    ...authorization.map((value) => ['authorization', value] as const),
    ...(cookie === undefined ? [] : [['cookie', cookie] as const]),
  ];
  if (method === 'POST') {
    const path = [eventsPath(CHANNEL), ...(query.length > 0 ? [query.join('&')] : [])].join('?');
    return { method, path, headers: [...headers, ['content-type', 'application/json']], body: '{"data":1}' };
  }
  return {
    method: 'GET',
    path: `${eventsPath(CHANNEL, { maxvid: 0, wait: 0 })}${query.map((part) => `&${part}`).join('')}`,
    headers,
  };
}

/** Who asks a hub, and how: programs, pages, tokens in headers, cookies and queries, and those who have none. */

import { mint } from '../../../lib/auth/mint.ts';
import type { Sent } from './both-ways.ts';

const SECRET = 'the-secret-of-these-hubs-0123456789';
const PAGE = 'https://dashboards.example';
const OTHER_PAGE = 'https://other.example';

/** The settings of a hub that takes all of them. */
export const ASKED_BY_ALL = {
  DOORBELL_SECRET: SECRET,
  DOORBELL_TOKEN_QUERY: 'true',
  DOORBELL_TOKEN_COOKIE: 'door',
  CORS_ORIGINS: `${PAGE} https://second.example`,
  REPEATS_PER_SECOND: '1000',
};

export interface Tokens {
  readonly usual: string;
  /** Longer than a token in a cookie may be. */
  readonly longLived: string;
  /** Of the client `wall`. */
  readonly ofWall: string;
  /** May neither make nor close. */
  readonly ofReader: string;
}

export async function mintTokens(): Promise<Tokens> {
  const all = { read: ['*'], write: ['*'], manage: ['*'] };
  const grant = (ttlS: number, more: Readonly<Record<string, unknown>> = {}) =>
    mint(SECRET, { ...all, ttlS, now: Date.now(), ...more });
  return {
    usual: await grant(600),
    longLived: await grant(7_200),
    ofWall: await grant(600, { client: 'wall' }),
    ofReader: await mint(SECRET, { read: ['*'], write: [], ttlS: 600, now: Date.now() }),
  };
}

export interface Asking {
  readonly headers?: Sent['headers'];
  /** What stands in the address besides. */
  readonly query?: string;
}

export const bearer = (text: string, more: Sent['headers'] = {}) => ({
  authorization: `Bearer ${text}`,
  ...more,
});

/** The same request, as this one sends it. */
export function askedBy(sent: Sent, { headers, query }: Asking): Sent {
  const join = sent.address.includes('?') ? '&' : '?';
  const address = query === undefined ? sent.address : `${sent.address}${join}${query}`;
  return { ...sent, address, headers: { ...sent.headers, ...headers } };
}

export const ASKERS: ReadonlyArray<readonly [asker: string, of: (tokens: Tokens) => Asking]> = [
  ['a program', ({ usual }) => ({ headers: bearer(usual) })],
  ['a page of an origin that may', ({ usual }) => ({ headers: bearer(usual, { origin: PAGE }) })],
  ['a page of an origin that may not', ({ usual }) => ({ headers: bearer(usual, { origin: OTHER_PAGE }) })],
  ['a page without an origin of its own', ({ usual }) => ({ headers: bearer(usual, { origin: 'null' }) })],
  ['a cookie', ({ usual }) => ({ headers: { cookie: `a=b; door=${usual}`, origin: PAGE } })],
  ['a token in the query', ({ usual }) => ({ query: `access_token=${usual}` })],
  ['a token in the query, escaped', ({ usual }) => ({ query: `%61ccess_token=${usual}` })],
  ['both', ({ usual }) => ({ headers: bearer(usual), query: `access_token=${usual}` })],
  ['two tokens in the query', ({ usual }) => ({ query: `access_token=${usual}&access_token=${usual}` })],
  ['a cookie twice', ({ usual }) => ({ headers: { cookie: `door=${usual}; door=${usual}` } })],
  [
    "a page of another site's cookie",
    ({ usual }) => ({ headers: { cookie: `door=${usual}`, 'sec-fetch-site': 'cross-site' } }),
  ],
  ['a long-lived token in a cookie', ({ longLived }) => ({ headers: { cookie: `door=${longLived}` } })],
  ['a long-lived token in the query', ({ longLived }) => ({ query: `access_token=${longLived}` })],
  ["a client's own token", ({ ofWall }) => ({ headers: bearer(ofWall) })],
  ["a reader's token", ({ ofReader }) => ({ headers: bearer(ofReader) })],
  ['nobody', () => ({})],
  ['nobody, from a page', () => ({ headers: { origin: PAGE } })],
  ['a stranger', () => ({ headers: bearer('a.b.c', { origin: PAGE }) })],
  ['another scheme', () => ({ headers: { authorization: 'Basic Og==' } })],
  ['two tokens', ({ usual }) => ({ headers: { authorization: `Bearer ${usual}, Bearer ${usual}` } })],
];

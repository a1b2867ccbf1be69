/**
 * Where the token of a request stands. `Authorization: Bearer` always, and it wins; then, only for GET and only where configured, the query
 * parameter `access_token` (RFC 6750, 2.3), then a cookie. A carrier that stands twice is refused: a proxy in front may have looked at the
 * other one. Another scheme than Bearer is no token: a proxy or a browser may have added it for somebody else.
 */

import { parse as parseCookies } from 'hono/utils/cookie';
import type { Carriers } from '../../auth/settings.ts';
import { PushError } from '../../errors.ts';

const QUERY_TOKEN = 'access_token';

/** What is looked at of a request; the router's has it, and so can any other. */
export interface TokenRequest {
  readonly method: string;
  /** By a name in lower case. */
  header(name: string): string | undefined;
}

export interface Carried {
  readonly token: string;
  /** True where histories, logs or other sites' requests may hold it. */
  readonly exposed: boolean;
}

/** The token of a header that is `Bearer <token>` and nothing else; undefined of any other. */
export function plainBearer(header: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/=-]+)$/i.exec(header ?? '')?.[1];
}

/** True when a query may hold a token, also where a part of its name is escaped. */
export function mayHoldToken(query: string): boolean {
  return query.includes(QUERY_TOKEN) || query.includes('%');
}

/** The token that the request carries, if any. Throws `bad-token` where one stands twice. */
export function carriedToken(
  request: TokenRequest,
  query: URLSearchParams,
  carriers: Carriers,
): Carried | undefined {
  const bearer = bearerToken(request.header('authorization'));
  if (bearer !== undefined) return { token: bearer, exposed: false };
  if (request.method !== 'GET') return undefined;
  const token =
    (carriers.query && queryToken(query)) || (carriers.cookie && cookieToken(request, carriers.cookie));
  return token ? { token, exposed: true } : undefined;
}

/**
 * The token of what stands before a shared poll, in a header of its own (`Doorbell-Front-Token: Bearer <token>`): where CloudFront signs what it asks, the
 * signature takes the place of Authorization.
 */
export function frontToken(request: TokenRequest): Carried | undefined {
  const token = plainBearer(request.header('doorbell-front-token'));
  return token === undefined ? undefined : { token, exposed: false };
}

/** The query as the routes see it, without the token. One that stands twice stays, so that it is refused as other parameters are. */
export function withoutToken(query: URLSearchParams, carriers: Carriers): URLSearchParams {
  if (carriers.query && query.getAll(QUERY_TOKEN).length === 1) query.delete(QUERY_TOKEN);
  return query;
}

/** Throws `bad-token` for what is meant to be one and is not. */
function bearerToken(header: string | undefined): string | undefined {
  const token = plainBearer(header);
  // Of several headers that were joined, one may be meant for us.
  if (token === undefined && /(?:^|,)\s*Bearer(?:\s|,|$)/i.test(header ?? ''))
    throw new PushError('bad-token', 'Authorization must be Bearer <token>, and be given once.');
  return token;
}

function queryToken(query: URLSearchParams): string | undefined {
  const [token, ...others] = query.getAll(QUERY_TOKEN);
  if (others.length > 0) throw twice(QUERY_TOKEN);
  return token;
}

function cookieToken(request: TokenRequest, name: string): string | undefined {
  if (isForeign(request)) return undefined;
  const cookies = request.header('cookie') ?? '';
  const names = cookies.split(';').map((pair) => pair.split('=', 1)[0]?.trim());
  // A neighbouring host may set one for the whole domain, and which of the two comes first depends on the browser.
  if (names.filter((each) => each === name).length > 1) throw twice('The cookie');
  return parseCookies(cookies, name)[name];
}

function twice(carrier: string): PushError {
  return new PushError('bad-token', `${carrier} is given more than once.`);
}

/**
 * True when a browser says that a page of another origin asks. Such a page cannot read the answer, but its request would carry the cookie, and a poll
 * moves its client's cursor. Browsers that do not say it (Fetch Metadata) are kept off by the cookie's own SameSite.
 */
function isForeign(request: TokenRequest): boolean {
  const site = request.header('sec-fetch-site');
  return site === 'cross-site' || site === 'same-site';
}

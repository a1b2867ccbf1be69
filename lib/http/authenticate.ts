/**
 * Who asks: the token of a request, checked before anything else of it is looked at. `Authorization: Bearer` always; a cookie or the query
 * parameter `access_token` (RFC 6750, 2.3) only where configured, only for reading, and only with short-lived tokens: such tokens end up in
 * histories, proxies' logs and other sites' requests.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Caller } from '../auth/caller.ts';
import type { Carriers } from '../auth/settings.ts';
import type { Verifier } from '../auth/tokens.ts';
import { PushError } from '../errors.ts';

/** What the routes find in the request's context. */
export interface Variables {
  readonly caller: Caller;
  /** The query without the token. */
  readonly query: URLSearchParams;
  /** Looks at the token again, for whom one answer lasts longer than a look is good for. Throws as at first. */
  readonly checkAgain: () => Promise<void>;
}

export type Authenticate = MiddlewareHandler<{ Variables: Variables }>;

const QUERY_TOKEN = 'access_token';
/** Longest life, in seconds, of a token in a cookie or a query. */
export const SHORT_LIVED_S = 3_600;

export function authenticate(verifier: Pick<Verifier, 'verify'>, carriers: Carriers): Authenticate {
  return async (c, next) => {
    const query = new URL(c.req.url).searchParams;
    const carried = tokenOf(c, query, carriers);
    if (!carried) throw new PushError('no-token', 'Send a token: Authorization: Bearer <token>.');
    const { caller, lifetimeS } = await verifier.verify(carried.token);
    if (carried.exposed && lifetimeS > SHORT_LIVED_S) {
      const message = `A token in a cookie or a query must be made for at most ${SHORT_LIVED_S} s, with iat and exp.`;
      throw new PushError('bad-token', message);
    }
    if (carriers.query) query.delete(QUERY_TOKEN);
    c.set('caller', caller);
    c.set('query', query);
    c.set('checkAgain', async () => void (await verifier.verify(carried.token)));
    await next();
  };
}

/** The token of an `Authorization` header. Throws `bad-token`. */
export function bearerToken(header: string): string {
  const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(header) ?? [];
  if (token === undefined) throw new PushError('bad-token', 'Authorization must be Bearer <token>.');
  return token;
}

function tokenOf(
  c: Context,
  query: URLSearchParams,
  carriers: Carriers,
): { readonly token: string; readonly exposed: boolean } | undefined {
  const header = c.req.header('authorization');
  if (header !== undefined) return { token: bearerToken(header), exposed: false };
  if (c.req.method !== 'GET') return undefined;
  const token =
    (carriers.query && query.get(QUERY_TOKEN)) ||
    (carriers.cookie && !isForeign(c) && getCookie(c, carriers.cookie));
  return token ? { token, exposed: true } : undefined;
}

/**
 * True when a browser says that a page of another origin asks. Such a page cannot read the answer, but its request would carry the cookie, and a poll
 * moves its client's cursor. Browsers that do not say it (Fetch Metadata) are kept off by the cookie's own SameSite.
 */
function isForeign(c: Context): boolean {
  const site = c.req.header('sec-fetch-site');
  return site === 'cross-site' || site === 'same-site';
}

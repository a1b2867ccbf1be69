/**
 * Who asks: the token of a request (carried-token.ts), checked before anything else of it is looked at. In a cookie or the query only with
 * short-lived tokens: such tokens end up in histories, proxies' logs and other sites' requests.
 */

import type { MiddlewareHandler } from 'hono';
import type { Caller } from '../../auth/caller.ts';
import type { Carriers } from '../../auth/settings.ts';
import type { Verified, Verifier } from '../../auth/verifier.ts';
import { PushError } from '../../errors.ts';
import { ROUTES } from '../routes.ts';
import { type Carried, carriedToken, frontToken, type TokenRequest, withoutToken } from './carried-token.ts';
import { isShared, publicReader } from './public-reader.ts';

/** What the routes find in the request's context. */
export interface Variables {
  readonly caller: Caller;
  /** The query without the token. */
  readonly query: URLSearchParams;
  /** Looks at the token again, for whom one answer lasts longer than a look is good for. Throws as at first. */
  readonly checkAgain: () => Promise<void>;
}

export type Authenticate = MiddlewareHandler<{ Variables: Variables }>;

/** Who waits with a ticket: that says what it is for, and no token is looked at. */
const BY_TICKET: Caller = { read: [], write: [] };

/** Longest life, in seconds, of a token in a cookie or a query. */
export const SHORT_LIVED_S = 3_600;

/** A request's token. Throws `no-token` where it carries none. */
export function requireToken(carried: Carried | undefined): Carried {
  if (!carried) throw new PushError('no-token', 'Send a token: Authorization: Bearer <token>.');
  return carried;
}

/** Who asks: at once where the token was found good a moment ago. Rejects as `Verifier.verify`, and throws or rejects where such a token may not be exposed. */
export function identify(
  verifier: Pick<Verifier, 'verify'>,
  { token, exposed }: Carried,
): Caller | Promise<Caller> {
  const verified = verifier.verify(token);
  if (verified instanceof Promise) return verified.then((one) => admitted(one, exposed));
  return admitted(verified, exposed);
}

/** `publicChannels`: names, `prefix.*` or `*`, whose shared polls need no token. */
export function authenticate(
  verifier: Pick<Verifier, 'verify'>,
  carriers: Carriers,
  publicChannels: readonly string[] = [],
): Authenticate {
  return async (c, next) => {
    const query = new URL(c.req.url).searchParams;
    const anybody = c.req.path === ROUTES.wait.path ? BY_TICKET : publicReader(c.req.path, publicChannels);
    if (anybody) {
      c.set('caller', anybody);
      c.set('query', query);
      c.set('checkAgain', async () => undefined);
      return next();
    }
    const carried = requireToken(carriedToken(c.req, query, carriers) ?? tokenInFront(c.req));
    c.set('caller', await identify(verifier, carried));
    c.set('query', withoutToken(query, carriers));
    c.set('checkAgain', async () => void (await verifier.verify(carried.token)));
    await next();
  };
}

/** Of a shared poll only: nobody else is asked for with a token that is not the reader's. */
function tokenInFront(request: TokenRequest & { readonly path: string }): Carried | undefined {
  return isShared(request.path) ? frontToken(request) : undefined;
}

function admitted({ caller, lifetimeS }: Verified, exposed: boolean): Caller {
  if (!exposed || lifetimeS <= SHORT_LIVED_S) return caller;
  const message = `A token in a cookie or a query must be made for at most ${SHORT_LIVED_S} s, with iat and exp.`;
  throw new PushError('bad-token', message);
}

/** What the fast path looks at of a request: its address, who it says that it is of, and its body. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../lib/auth/caller.ts';
import type { Carriers } from '../lib/auth/settings.ts';
import type { Verifier } from '../lib/auth/verifier.ts';
import { identify, requireToken } from '../lib/http/middleware/authenticate.ts';
import {
  type Carried,
  carriedToken,
  mayHoldToken,
  plainBearer,
  withoutToken,
} from '../lib/http/middleware/carried-token.ts';
import { LIMITS } from '../lib/protocol/doorbell.ts';
import { brokenOff, joined, WholeRequest } from './whole-request.ts';

/** The events of one channel, or of several that the query names. */
export interface Target {
  readonly path: string;
  readonly channel: string | undefined;
  readonly query: string;
}

/**
 * A name of dots is none to whoever parses addresses: it is taken out of the path. Of a query that begins with a question mark of its own the parser of
 * parameters would drop that.
 */
const EVENTS = /^(\/v1\/(?:channels\/((?!\.{1,2}\/)[\w.-]{1,128})\/)?events)(?:\?(?!\?)([^#]*))?$/;

/** Undefined of an address that is another one, is longer than may be, has escapes in its path, or an odd query. */
export function targetOf(url: string): Target | undefined {
  if (url.length > LIMITS.addressChars) return undefined;
  const [, path, channel, query = ''] = EVENTS.exec(url) ?? [];
  return path === undefined ? undefined : { path, channel, query };
}

/** The token that a request carries, and its query without it. Throws as the router does. */
function carriedBy(
  { method = 'GET', headers }: IncomingMessage,
  query: string,
  carriers: Carriers,
): { readonly carried: Carried; readonly query: string } {
  const isInQuery = carriers.query && mayHoldToken(query);
  const token = plainBearer(headers.authorization);
  if (token !== undefined && !isInQuery) return { carried: { token, exposed: false }, query };
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const params = new URLSearchParams(query);
  const carried = requireToken(carriedToken({ method, header }, params, carriers));
  return { carried, query: isInQuery ? String(withoutToken(params, carriers)) : query };
}

export interface IdentifyPorts {
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly carriers: Carriers;
}

/** Who asks, and the query without the token. */
export interface Identified {
  readonly caller: Caller;
  readonly query: string;
  readonly token: string;
}

/** At once where the token was found good a moment ago. Throws, or rejects, as the router does. */
export function identified(
  request: IncomingMessage,
  asked: string,
  { verifier, carriers }: IdentifyPorts,
): Identified | Promise<Identified> {
  const { carried, query } = carriedBy(request, asked, carriers);
  const { token } = carried;
  const caller = identify(verifier, carried);
  if (caller instanceof Promise) return caller.then((one) => ({ caller: one, query, token }));
  return { caller, query, token };
}

/** Without a promise for each piece. */
export function wholeBody(request: IncomingMessage): Promise<Uint8Array> {
  if (request instanceof WholeRequest && request.isUnread) return request.whole();
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => resolve(joined(pieces)));
    request.on('error', () => reject(brokenOff()));
  });
}

/** What nobody wants of a body is not kept: it is dropped as it comes. False where that cannot be done. */
export function skipBody(request: IncomingMessage): boolean {
  if (!(request instanceof WholeRequest && request.isUnread)) return false;
  request.skip();
  return true;
}

/**
 * Before a refusal: what was not read of the body would be taken for the next request. A client that is cut off while it writes may not see its answer, so the
 * rest is dropped, for as long as any request may take; the connection is closed with the answer only where that cannot be done.
 */
export function skipRest(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete && !skipBody(request)) response.shouldKeepAlive = false;
}

/** What holds for every answer, whatever the route: no caching, headers that keep browsers careful, whose pages may ask, how long an address may be. */

import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import { PushError } from '../../errors.ts';
import { LIMITS } from '../../protocol/doorbell.ts';
import { STREAM_REQUEST_HEADERS, STREAM_RESPONSE_HEADERS } from '../durable-streams/headers.ts';

/** Answers change all the time, and some are for one reader only. */
export const uncached = createMiddleware(async (c, next) => {
  c.header('Cache-Control', 'no-store');
  await next();
});

/** Of every answer. */
const ALWAYS = { xFrameOptions: 'DENY', strictTransportSecurity: 'max-age=31536000' } as const;

/**
 * Data is never a page of its own, nor part of another's. What OWASP's REST Security Cheat Sheet asks of every answer, and what keeps other sites from
 * embedding it; no more, since the head of an answer to a poll often weighs more than its events.
 */
export const securityHeaders = secureHeaders({
  ...ALWAYS,
  overwrite: false,
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/** What a browser heeds of a page besides. The page's route sets its own policy. */
export const pageSecurityHeaders = secureHeaders({ ...ALWAYS, referrerPolicy: 'no-referrer' });

/** Before anything parses the address. */
export const limitUrlLength = createMiddleware(async (c, next) => {
  const { length } = c.req.url;
  if (length > LIMITS.addressChars) {
    const message = `The address must be at most ${LIMITS.addressChars} characters long, got ${length}.`;
    throw new PushError('uri-too-long', message, { field: 'query' });
  }
  await next();
});

/**
 * Pages of these origins may call the API from a browser; `*` allows all. Tokens travel in a header, so no cookies are let through. Of other
 * headers they may send those that are named.
 */
export function crossOrigin(origins: readonly string[], headers: readonly string[] = []) {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Doorbell-Key', ...STREAM_REQUEST_HEADERS, ...headers],
    exposeHeaders: ['Retry-After', 'WWW-Authenticate', ...STREAM_RESPONSE_HEADERS],
    maxAge: 600,
  });
}

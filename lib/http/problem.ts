/** Errors as RFC 9457 problem documents. What nobody foresaw is a fault of ours: logged by name, and told as a 500 without a reason. */

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, faultOf, internalError, PushError } from '../errors.ts';
import type { Chance, Logger } from '../ports.ts';
import { CONTENT_TYPES, type Problem } from '../protocol.ts';

const TITLES: Record<ErrorCode, string> = {
  'bad-parameter': 'A parameter is not valid',
  'bad-body': 'The body is not valid',
  'no-token': 'A token is needed',
  'bad-token': 'The token is not valid',
  'expired-token': 'The token has expired',
  forbidden: 'Not allowed by the token',
  'not-found': 'Not found',
  'method-not-allowed': 'Method not allowed',
  reset: 'The channel was renumbered',
  'too-large': 'Too large',
  'uri-too-long': 'The address is too long',
  'unsupported-media-type': 'Content type not supported',
  internal: 'Internal error',
  'too-many-requests': 'Too many requests',
  unavailable: 'Try again later',
};

/** Seconds: a client that is told to come again does so within this time, at random, so that not all come at once. */
const RETRY_AFTER = { least: 1, most: 5 };

export function problemResponse(c: Context, error: unknown, logger: Logger, chance: Chance): Response {
  if (error instanceof PushError && error.code !== 'internal') return pushProblem(c, error, chance);
  if (error instanceof HTTPException && error.status < 500) {
    const problem = {
      type: 'about:blank',
      title: 'Bad request',
      status: error.status,
      detail: error.message,
    };
    return respond(c, problem);
  }
  const fault = faultOf(error);
  logger.error('a request failed', {
    path: c.req.path,
    reason: reasonOf(fault),
  });
  return pushProblem(c, error instanceof PushError ? error : internalError(error), chance);
}

function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return 'unknown';
  // `JSON.parse` quotes what it cannot read: part of an event.
  return fault instanceof SyntaxError ? fault.name : `${fault.name}: ${fault.message}`;
}

function pushProblem(c: Context, error: PushError, chance: Chance): Response {
  const { allow, retryAfter, ...details } = error.details;
  if (allow) c.header('Allow', allow.join(', '));
  // RFC 6750, section 3.
  if (error.status === 401)
    c.header('WWW-Authenticate', error.code === 'no-token' ? 'Bearer' : 'Bearer error="invalid_token"');
  if (error.retryable) {
    const { least, most } = RETRY_AFTER;
    const seconds = (retryAfter ?? least) + Math.floor(chance.random() * (most - least + 1));
    c.header('Retry-After', String(seconds));
  }
  const { code, status, message: detail } = error;
  return respond(c, {
    type: `urn:doorbell:problem:${code}`,
    title: TITLES[code],
    status,
    detail,
    ...details,
  });
}

function respond(c: Context, problem: Problem): Response {
  // The statuses are the closed set of `PushError`; the router's type only excludes those that have no body.
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'Content-Type': CONTENT_TYPES.problem,
  });
}

/** Errors as RFC 9457 problem documents. What nobody foresaw is a fault of ours: logged by name, and told as a 500 without a reason. */

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { faultOf, internalError, PushError } from '../errors.ts';
import { CONTENT_TYPES, type Problem } from '../protocol/doorbell.ts';
import { PROBLEMS } from '../protocol/problems.ts';
import type { Random } from '../runtime/ports.ts';
import type { Logger, Meter } from '../telemetry/ports.ts';

/** Seconds: a client that is told to come again does so within this time, at random, so that not all come at once. */
const RETRY_AFTER = { least: 1, most: 5 };

/** A problem document as an answer, for whatever sends it. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProblemPorts {
  readonly logger: Logger;
  readonly random: Random;
  /** Told of each refusal, where somebody counts them. */
  readonly meter?: Pick<Meter, 'refused'>;
}

export function problemResponse(c: Context, error: unknown, ports: ProblemPorts): Response {
  const { status, headers, body } = problemAnswer(error, c.req.path, ports);
  // The statuses are the closed set of `PushError`; the router's type only excludes those that have no body.
  return c.body(body, status as ContentfulStatusCode, headers);
}

/** Tells what went wrong at `path`. Logs it when it is a fault of ours. */
export function problemAnswer(
  error: unknown,
  path: string,
  { logger, random, meter }: ProblemPorts,
): ProblemAnswer {
  const refusal = error instanceof PushError ? error : internalError(error);
  if (refusal.code === 'internal')
    logger.error('a request failed', { path, reason: reasonOf(faultOf(error)) });
  meter?.refused(refusal.code);
  return pushProblem(refusal, random);
}

function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return 'unknown';
  // `JSON.parse` quotes what it cannot read: part of an event.
  return fault instanceof SyntaxError ? fault.name : `${fault.name}: ${fault.message}`;
}

function pushProblem(error: PushError, random: Random): ProblemAnswer {
  const { allow, retryAfter, ...details } = error.details;
  const headers: Record<string, string> = {};
  if (allow) headers.Allow = allow.join(', ');
  // RFC 6750, section 3.
  if (error.status === 401)
    headers['WWW-Authenticate'] = error.code === 'no-token' ? 'Bearer' : 'Bearer error="invalid_token"';
  if (error.retryable) {
    const { least, most } = RETRY_AFTER;
    const seconds = (retryAfter ?? least) + Math.floor(random.fraction() * (most - least + 1));
    headers['Retry-After'] = String(seconds);
  }
  const { code, status, message: detail } = error;
  const type = `urn:doorbell:problem:${code}`;
  return answer({ type, title: PROBLEMS[code].title, status, detail, ...details }, headers);
}

function answer(problem: Problem, headers: Readonly<Record<string, string>>): ProblemAnswer {
  return {
    status: problem.status,
    headers: { ...headers, 'Content-Type': CONTENT_TYPES.problem },
    body: JSON.stringify(problem),
  };
}

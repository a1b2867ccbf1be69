/**
 * The one error of the client. Callers branch on `code`, which is a closed union and stays the same across
 * releases; `message` is for people. `retryable` says whether the same request may be made again later: it
 * is what divides errors that `subscribe` waits out from those that end it. Pure.
 */
import type { Problem } from '../lib/protocol.ts';

export type ErrorCode =
  /** No answer came: no network, name not resolved, connection refused or cut. */
  | 'unreachable'
  /** No answer came within the poll's wait and the grace after it. */
  | 'too-slow'
  /** Something answered, but not in this protocol: a proxy's error page, a sign-in page. */
  | 'bad-answer'
  | 'bad-request'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  /** 409: the channel was renumbered, or is behind the reader. */
  | 'reset'
  | 'too-large'
  /** 429 */
  | 'too-many'
  /** 5xx */
  | 'server-error'
  /** Any other status between 400 and 499. */
  | 'refused';

export interface ErrorDetails {
  /** The HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** What the server said, when it said it in this protocol. */
  readonly problem?: Problem;
  /** Milliseconds that the server asked to be left alone (`Retry-After`). */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class DoorbellError extends Error {
  override readonly name = 'DoorbellError';
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.problem = details.problem;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** Whether the same request may succeed later without a change by the caller. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'unreachable',
  'too-slow',
  // A proxy that is being restarted answers HTML with status 200 often enough to wait it out.
  'bad-answer',
  'too-many',
  'server-error',
]);

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [408, 'too-slow'],
  [409, 'reset'],
  [413, 'too-large'],
  [425, 'too-many'],
  [429, 'too-many'],
]);

/** The code for a status that is not a success of this protocol. A 3xx or an odd 2xx is a `bad-answer`. */
export function codeForStatus(status: number): ErrorCode {
  const known = CODES.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return 'server-error';
  return status >= 400 ? 'refused' : 'bad-answer';
}

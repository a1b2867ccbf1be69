/**
 * The one error that Doorbell throws on purpose. Callers branch on `code`, which is stable and of a closed set (protocol/problems.ts);
 * `status` and `retryable` follow from it. Messages are shown to users: they name the field, the range
 * and the fix, and never hold a payload, a token or a stack.
 */

import { PROBLEMS, type ProblemCode } from './protocol/problems.ts';

/** What a problem document may carry beyond the fields of RFC 9457; PROTOCOL.md lists them. */
export interface ProblemDetails {
  readonly field?: string;
  /** JSON pointer into an event's data, where they do not fit the channel's schema. */
  readonly pointer?: string;
  readonly channel?: string;
  readonly earliest?: number | null;
  readonly head?: number;
  readonly epoch?: string | null;
  readonly appended?: number;
  /** Whole seconds for the Retry-After header; without it a retryable error gets a random one. */
  readonly retryAfter?: number;
  /** Methods for the Allow header of a 405. */
  readonly allow?: readonly string[];
}

export class PushError extends Error {
  override readonly name = 'PushError';
  readonly code: ProblemCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, message: string, details: ProblemDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** True when the same request may succeed later, unchanged. */
  get retryable(): boolean {
    return this.code === 'unavailable' || this.code === 'too-many-requests';
  }

  /** True when the same request may succeed within moments: it is retryable, and nothing says when to come again. */
  get transient(): boolean {
    return this.retryable && this.details.retryAfter === undefined;
  }
}

/**
 * A fault that nobody foresaw, after part of the work was done: `details` tell the user how far it came, `cause` is for the log only.
 */
export function internalError(cause: unknown, details: ProblemDetails = {}): PushError {
  const message = 'The request could not be carried out. The fault is on this side and has been logged.';
  return new PushError('internal', message, details, cause);
}

/** What to log: the fault itself where it was wrapped as `internal`. */
export function faultOf(error: unknown): unknown {
  return error instanceof PushError && error.code === 'internal' ? error.cause : error;
}

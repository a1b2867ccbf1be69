/**
 * The one error that Doorbell throws on purpose. Callers branch on `code`, which is stable;
 * `status` and `retryable` follow from it. Messages are shown to users: they name the field, the range
 * and the fix, and never hold a payload, a token or a stack.
 */

/** The HTTP status of each code. */
export const STATUS = {
  'bad-parameter': 400,
  'bad-body': 400,
  'no-token': 401,
  'bad-token': 401,
  'expired-token': 401,
  forbidden: 403,
  fenced: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  reset: 409,
  conflict: 409,
  closed: 409,
  gone: 410,
  'too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
} as const;

/** Closed set: a `switch` over it is checked by the compiler. */
export type ErrorCode = keyof typeof STATUS;

/** What a problem document may carry beyond the fields of RFC 9457; PROTOCOL.md lists them. */
export interface ProblemDetails {
  readonly field?: string;
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
  readonly code: ErrorCode;
  readonly details: ProblemDetails;

  constructor(code: ErrorCode, message: string, details: ProblemDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return STATUS[this.code];
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

/**
 * The one error of the client. Callers branch on `code`, which stays the same across releases; `message` is for people. `retryable` says
 * whether the same request may be made again later: it is what divides errors that a subscription waits out from those that end it. Pure.
 */
import type { Problem } from '../../../lib/protocol/doorbell.ts';
import type { ProblemCode } from '../../../lib/protocol/problems.ts';

export type ErrorCode =
  /** No answer came: no network, name not resolved, connection refused or cut, no token to be had; `cause` says which. */
  | 'unreachable'
  /** The server was silent for longer than the poll's wait and the grace after it. */
  | 'too-slow'
  /** An argument or an option cannot be; nothing was sent. */
  | 'bad-request'
  /** A handler of the user, or the store, threw; `cause` is what it threw. */
  | 'handler'
  /** Something answered, but not in this protocol: a proxy's error page, a gateway. The number is the HTTP status. */
  | `http-${number}`
  /** The rest are the server's own: what the problem's `type` ends in (PROTOCOL.md, section 5). */
  | ProblemCode;

export interface ErrorDetails {
  /** What was thrown underneath. */
  readonly cause?: unknown;
  /** The HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** What the server said, when it said it in this protocol. */
  readonly problem?: Problem | undefined;
  /** Milliseconds that the server asked to be left alone (`Retry-After`). */
  readonly retryAfterMs?: number;
  /** Of `publishAll`: how many of its events, from the first on, are in the log for certain. */
  readonly appended?: number;
}

export class DoorbellError extends Error {
  // Declared, not initialised: the constructor assigns them all at once, and each initialiser is bytes in every browser.
  declare readonly code: ErrorCode;
  /** Whether the same request may succeed later without a change by the caller. */
  declare readonly retryable: boolean;
  declare readonly status: number | undefined;
  declare readonly problem: Problem | undefined;
  declare readonly retryAfterMs: number | undefined;
  declare readonly appended: number | undefined;

  constructor(code: ErrorCode, message: string, retryable = false, details?: ErrorDetails) {
    super(message, details);
    Object.assign(this, { name: 'DoorbellError', code, retryable }, details);
  }
}

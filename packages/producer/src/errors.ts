/** Why events did not get where they should. The message holds no token and nothing of the events. */
export class SinkError extends Error {
  /** Whether the same may be tried again. */
  readonly retryable: boolean;
  /** When the server asks to come again, in ms from now. */
  readonly retryAfterMs: number | undefined;
  /** Of the call that failed: how many events, from the first on, were published. */
  published = 0;

  constructor(
    message: string,
    retryable: boolean,
    { retryAfterMs, cause }: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'SinkError';
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

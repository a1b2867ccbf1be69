/** What Doorbell needs of time and chance. Everything takes them as arguments; `system.ts` has the real ones. */

/** Two clocks: the wall's, which operators and NTP may set, and one that only goes forward. */
export interface Clock {
  /** Wall time, for what is stored and shown. It may jump, back too: never measure an interval with it. */
  now(): number;
  /** Milliseconds since a moment that this process chose; never goes back. For intervals within this process, and for nothing that leaves it. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `then` once, `ms` from now; the returned function takes it back. What thousands of held polls wait with. */
  after(ms: number, then: () => void): () => void;
}

/** The turns of a server's event loop; in tests virtual, as time is. */
export interface EventLoop {
  /** Calls `then` when every promise has gone on that could. */
  soon(then: () => void): void;
  /** Resolves when it has come round: what has arrived is handled by then, and what was ready is written. */
  nextTick(): Promise<void>;
}

/** Where chance comes from; tests seed it. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** A new id that nobody else makes: `[A-Za-z0-9-]`, 36 characters or fewer. */
  id(): string;
}

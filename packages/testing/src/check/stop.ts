/** Ctrl-C, heard twice: the first asks a run to come to its end, the second does not wait for that. */

/** A terminal's Ctrl-C reaches a script both directly and through npm, so a signal this soon is the same one, in ms. */
const SAME_SIGNAL_MS = 300;

export interface Interrupts {
  readonly first: AbortSignal;
  /** Resolves at the second. */
  readonly second: Promise<void>;
}

export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** From now on neither signal ends `process` by itself. */
export function interruptsOf(process: Signals, now: () => number = () => performance.now()): Interrupts {
  const first = new AbortController();
  let resolve = () => {};
  const second = new Promise<void>((done) => {
    resolve = done;
  });
  let since = 0;
  const onSignal = () => {
    if (!first.signal.aborted) {
      since = now();
      first.abort();
    } else if (now() - since > SAME_SIGNAL_MS) resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { first: first.signal, second };
}

/** For a run that nobody interrupts. */
export function uninterrupted(): Interrupts {
  return { first: new AbortController().signal, second: new Promise(() => undefined) };
}

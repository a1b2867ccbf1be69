/** Small matters of the process that `serverless offline` runs in: its parent, its second signal, and its route list. */

/** A terminal's Ctrl-C reaches this process both directly and through npm, so a signal this soon is the same one. */
const SAME_SIGNAL_MS = 300;
const PARENT_LOOK_MS = 250;

/**
 * npm runs a script through a shell, and a shell that is killed does not tell its child: `kill` on npm would leave the server behind. Calls
 * `end` once when the process that started this one is gone.
 */
export function endWithParent(end: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end();
  }, PARENT_LOOK_MS);
  watch.unref();
}

/** From now on another SIGINT or SIGTERM ends the process at once. */
export function exitOnSecondSignal(): void {
  const since = performance.now();
  const onSignal = () => {
    if (performance.now() - since > SAME_SIGNAL_MS) process.exit(130);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
}

/**
 * serverless-offline prints its routes past the log level. Keeps only that one text from `console.log`; the function
 * returned puts everything back.
 */
export function hideRoutes(console: Console): () => void {
  const { log } = console;
  console.log = (...values: unknown[]) => {
    if (!String(values[0]).includes('/2015-03-31/functions/')) log.apply(console, values);
  };
  return () => {
    console.log = log;
  };
}

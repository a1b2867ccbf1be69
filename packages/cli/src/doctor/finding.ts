/** What a check found, and what to do about it. */

export type Level = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly level: Level;
  readonly what: string;
  /** What to do; with every `warn` and `fail`. */
  readonly advice?: string;
}

export const ok = (what: string): Finding => ({ level: 'ok', what });
export const warn = (what: string, advice: string): Finding => ({ level: 'warn', what, advice });
export const fail = (what: string, advice: string): Finding => ({ level: 'fail', what, advice });

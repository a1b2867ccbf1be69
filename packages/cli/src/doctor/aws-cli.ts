/** Questions to AWS by its own command line, with the credentials that it finds. Nothing here changes anything, and no secret is asked for. */

import { EXIT, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

export interface Aws {
  /** The answer; undefined when AWS refused or knows no such thing. Why, the AWS CLI itself has said on standard error. */
  ask<T>(...args: readonly string[]): Promise<T | undefined>;
}

/** `profile` and `region` as the AWS CLI takes them; absent: as it is configured. */
export function awsCli(
  { program, interrupted }: Pick<Terminal, 'program' | 'interrupted'>,
  region: string | undefined,
): Aws {
  const where = region === undefined ? [] : ['--region', region];
  return {
    async ask<T>(...args: readonly string[]) {
      const { exit, out } = await program('aws', [...args, '--output', 'json', ...where], 'read');
      if (interrupted.aborted) throw new Failure(EXIT.interrupted, 'Interrupted.');
      if (exit !== 0) return undefined;
      // It prints nothing where there is nothing, as for a list of no queues.
      return (out.trim() === '' ? {} : JSON.parse(out)) as T;
    },
  };
}

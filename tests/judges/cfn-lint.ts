/** cfn-lint on templates. It ends with 0 when it has looked and has nothing to say; anything else is findings, or that it could not look. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Judge } from './judge.ts';

export interface Verdict {
  readonly code: number;
  /** Its findings. */
  readonly stdout: string;
  readonly stderr: string;
}

/** What it says when all is well. */
export const NOTHING: Verdict = { code: 0, stdout: '', stderr: '' };

export async function lint(judge: Judge, args: readonly string[]): Promise<Verdict> {
  const {
    code = 0,
    stdout,
    stderr,
  }: Partial<Verdict> = await promisify(execFile)(judge.program('cfn-lint'), [...args]).catch(
    (error: Verdict) => error,
  );
  return { code, stdout: String(stdout), stderr: String(stderr) };
}

/** Other programs, whose input and errors are those of this one. */

import { spawn } from 'node:child_process';
import { EXIT, Failure } from './failure.ts';

/**
 * Resolves when the program has ended: with its exit code (128 when a signal ended it), and with what it wrote to standard output if that is `read`,
 * where `shown` leaves it to the terminal. Throws a `Failure` when there is no such program.
 */
export type RunProgram = (
  name: string,
  args: readonly string[],
  output: 'shown' | 'read',
) => Promise<{ readonly exit: number; readonly out: string }>;

export const runProgram: RunProgram = (name, args, output) => {
  const child = spawn(name, args, { stdio: ['inherit', output === 'read' ? 'pipe' : 'inherit', 'inherit'] });
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'is not installed' : `cannot be run: ${error.code}`;
      reject(new Failure(EXIT.failed, `${name} ${reason}.`, error));
    });
    child.once('close', (code) => resolve({ exit: code ?? 128, out }));
  });
};

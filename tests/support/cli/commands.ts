/** Programs that tests run as a user would. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { WAIT_MS } from '../time/limits.ts';

const run = promisify(execFile);

/** Runs to the end; throws with what it printed unless it ends with 0. Returns its standard output. */
export async function output(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  return (await run(file, args, options)).stdout;
}

export interface Running {
  /** Whole lines that it has printed so far. */
  lines(): readonly string[];
  /** What it has said on standard error. */
  errors(): string;
  /** Awaits that so many lines have come. */
  printed(count: number): Promise<void>;
  /** The exit code once it has ended by itself. */
  ended(): Promise<number | null>;
  /** Sends the signal; resolves with the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ended = async () => (await closed)[0];
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const lines = () => out.split('\n').slice(0, -1);
  return {
    lines,
    errors: () => err,
    printed: (count) =>
      vi.waitUntil(() => lines().length >= count, { timeout: WAIT_MS, interval: 20 }).then(() => undefined),
    ended,
    end(signal) {
      child.kill(signal);
      return ended();
    },
  };
}

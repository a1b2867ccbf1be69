/**
 * What the commands need of the world around them: a terminal with its three streams, an environment, time, chance and the network. Tests
 * give their own.
 */

import { fstatSync } from 'node:fs';
import type { Environment } from '../../../lib/config.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { systemClock } from '../../../lib/runtime/system.ts';
import type { Platform } from '../../client/src/index.ts';
import { type DevServer, loadDevServer } from './dev-server.ts';
import { EXIT, Failure } from './failure.ts';
import { type RunProgram, runProgram } from './run-program.ts';

export interface Output {
  /** Whether a person reads it now; otherwise it goes into a file or another program. */
  readonly isTTY: boolean;
  /** Resolves when there is room for more. Rejects with a `Failure` when results cannot be written: a full disk. */
  write(text: string): Promise<void>;
}

export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTTY: boolean;
  /** How much there is, where that can be known: a file. */
  readonly bytes?: number;
}

export interface Terminal {
  readonly env: Environment;
  readonly input: Input;
  readonly out: Output;
  readonly err: Output;
  readonly clock: Pick<Clock, 'now' | 'elapsed' | 'sleep'>;
  /** Milliseconds with fractions, from some moment on: for measuring. */
  readonly stopwatch: () => number;
  readonly random: () => number;
  /** What the client library gets of the platform: `fetch`, and in tests time. */
  readonly platform: Partial<Platform> & Pick<Platform, 'fetch'>;
  readonly devServer: () => Promise<DevServer>;
  /** Where it was called: the folder whose installed packages it may use. */
  readonly folder: string;
  readonly program: RunProgram;
  /** Aborts when the user has had enough: Ctrl-C, or nobody reads the output any more. */
  readonly interrupted: AbortSignal;
}

/** The one that this process was started in. A second Ctrl-C ends the process at once. */
export function systemTerminal({ env, stdin, stdout, stderr }: NodeJS.Process): Terminal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  return {
    env,
    input: inputOf(stdin, ending.signal),
    out: outputOf(stdout, ending, (reason) => {
      throw new Failure(EXIT.failed, `Standard output cannot be written: ${reason}.`);
    }),
    // Where could one say that errors cannot be written?
    err: outputOf(stderr, ending, () => undefined),
    clock: systemClock,
    stopwatch: () => performance.now(),
    random: Math.random,
    platform: { fetch: globalThis.fetch },
    devServer: loadDevServer,
    folder: process.cwd(),
    program: runProgram,
    interrupted: ending.signal,
  };
}

function inputOf(stdin: NodeJS.ReadStream, ending: AbortSignal): Input {
  const bytes = stdin.isTTY ? undefined : fileSize();
  return {
    isTTY: stdin.isTTY === true,
    ...(bytes === undefined ? {} : { bytes }),
    [Symbol.asyncIterator]: () => untilAborted(stdin, ending),
  };
}

/** Ends when the user has had enough, although the producer before the pipe goes on. */
async function* untilAborted(stdin: NodeJS.ReadStream, ending: AbortSignal): AsyncGenerator<Buffer> {
  ending.addEventListener('abort', () => stdin.destroy(), { once: true });
  try {
    yield* stdin;
  } catch (error) {
    if (!ending.aborted) throw error;
  }
}

/** Of standard input, when it is a file. */
function fileSize(): number | undefined {
  try {
    const stat = fstatSync(0);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

/** `fail` is told why something could not be written, and may throw. */
function outputOf(
  stream: NodeJS.WriteStream,
  ending: AbortController,
  fail: (reason: string) => void,
): Output {
  // `doorbell tail doors | head`: the reader has seen enough. There is nothing left to do, and nothing to complain of.
  stream.on('error', (error) => {
    if (isClosedPipe(error)) ending.abort();
  });
  return {
    isTTY: stream.isTTY === true,
    async write(text) {
      const error = await new Promise<Error | null | undefined>(
        (resolve) => void stream.write(text, resolve),
      );
      if (error && !isClosedPipe(error)) fail(error.message);
    },
  };
}

function isClosedPipe(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}

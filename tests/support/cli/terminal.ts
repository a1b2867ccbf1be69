/** A terminal in memory, and calls of the command line in it. Time passes at once when somebody waits for it. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Environment } from '../../../lib/config.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { run } from '../../../packages/cli/src/program.ts';
import type { Output, Terminal } from '../../../packages/cli/src/terminal.ts';
import { memoryApp } from '../memory/memory-app.ts';

export const CLI_URL = 'http://doorbell.test';

export interface CallOptions {
  readonly env?: Environment;
  /** What is piped in, chunk by chunk; absent: a keyboard. */
  readonly input?: readonly (string | Uint8Array)[];
  readonly inputBytes?: number;
  /** Whether a person looks at the output. */
  readonly tty?: boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly now?: number;
  readonly interrupt?: AbortController;
  /** Absent: one on which nobody waits. */
  readonly clock?: Terminal['clock'];
  readonly devServer?: Terminal['devServer'];
  readonly folder?: string;
  /** Absent: no other program is there. */
  readonly program?: Terminal['program'];
  /** Hears what is printed, as it is. */
  readonly heard?: (text: string) => void;
}

export interface Called {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** How long it waited, each time, in ms. */
  readonly slept: readonly number[];
}

/** Runs `doorbell …args`. */
export async function call(args: readonly string[], options: CallOptions): Promise<Called> {
  const { env = {}, input, inputBytes, tty = false, fetch, interrupt = new AbortController() } = options;
  const written = { out: '', err: '' };
  const output = (name: 'out' | 'err'): Output => ({
    isTTY: tty,
    write: async (text) => {
      written[name] += text;
      options.heard?.(text);
    },
  });
  const clock = new HastyClock(options.now ?? Date.now());
  const terminal: Terminal = {
    env: { DOORBELL_URL: CLI_URL, DATA_DIR: '/nowhere', ...env },
    input: {
      isTTY: input === undefined,
      ...(inputBytes === undefined ? {} : { bytes: inputBytes }),
      ...chunks(input ?? []),
    },
    out: output('out'),
    err: output('err'),
    clock: options.clock ?? clock,
    stopwatch: () => performance.now() + clock.passed,
    random: () => 0.5,
    platform: { fetch },
    devServer: options.devServer ?? (() => Promise.reject(new Error('There is no server here.'))),
    folder: options.folder ?? '/nowhere',
    program: options.program ?? (() => Promise.reject(new Error('There is no such program here.'))),
    interrupted: interrupt.signal,
  };
  const exit = await run(args, terminal);
  return { exit, ...written, slept: clock.slept };
}

function chunks(texts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const text of texts) yield typeof text === 'string' ? new TextEncoder().encode(text) : text;
    },
  };
}

/** Whoever sleeps wakes at once, that much later. */
export class HastyClock implements Pick<Clock, 'now' | 'elapsed' | 'sleep'> {
  readonly slept: number[] = [];
  passed = 0;
  readonly #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.passed;
  }

  elapsed(): number {
    return this.passed;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await nextTurn();
    if (signal?.aborted || ms <= 0) return;
    this.slept.push(ms);
    this.passed += ms;
  }
}

/** A Doorbell in memory (channel `doors` has three events), asked over `fetch`. */
export async function memoryServer(options: Parameters<typeof memoryApp>[0] = {}) {
  const app = await memoryApp(options);
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input));
    const aborted = new Promise<never>((_, reject) => {
      const { signal } = init ?? {};
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
    return Promise.race([app.answer(app.app.request(pathname + search, init)), aborted]);
  };
  const usual = { fetch, env: { DOORBELL_TOKEN: app.token } };
  return {
    ...app,
    fetch,
    call: (args: readonly string[], more: Partial<CallOptions> = {}) => call(args, { ...usual, ...more }),
  };
}

/** A `fetch` that answers one request after the other as it is told, the last way for good; and what it was asked. */
export function scripted(...answers: ReadonlyArray<() => Response>) {
  const asked: Array<{ readonly path: string; readonly body: string; readonly headers: Headers }> = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input));
    asked.push({
      path: pathname + search,
      body: String(init?.body ?? ''),
      headers: new Headers(init?.headers),
    });
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    if (!answer) throw new Error('nothing is to be asked');
    return answer();
  };
  return { fetch, asked };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers });

export const refused = (
  code: string,
  status: number,
  more: object = {},
  headers: Record<string, string> = {},
) =>
  json(
    status,
    { type: `urn:doorbell:problem:${code}`, title: 'No', status, detail: `It is ${code}.`, ...more },
    headers,
  );

/** As undici does when the connection fails. */
export const cut =
  (code = 'ECONNREFUSED') =>
  () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code }) });
  };

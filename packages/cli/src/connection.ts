/**
 * Which server a command speaks to, and as whom. Next to `npm start` nothing need be said: it writes its address where DATA_DIR is, and for a
 * server on this machine a token is made with the development key. A token is never printed, and that key is used for no other machine.
 */

import { type Command, Option } from 'commander';
import { mint } from '../../../lib/auth/mint.ts';
import { CONTENT_TYPES } from '../../../lib/protocol/doorbell.ts';
import { isLoopback } from '../../../lib/protocol/loopback.ts';
import { type Connection, request } from '../../client/src/request.ts';
import { EXIT, Failure } from './failure.ts';
import { runningServer } from './running-server.ts';
import { secretAtHand } from './secret.ts';
import type { Terminal } from './terminal.ts';

export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';
/** Made anew for each run, and again when it is refused. */
const TTL_S = 3_600;
/** For an answer that is not held. */
const REQUEST_TIMEOUT_MS = 35_000;

/** Gives the command the options that `connectionOf` reads. */
export function connecting(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--url <url>',
        `the server; also DOORBELL_URL (default: the one that runs on DATA_DIR, or ${DEFAULT_URL})`,
      ),
    )
    .addOption(
      new Option(
        '--token <token>',
        'the token; better DOORBELL_TOKEN, which no list of processes shows (default: on this machine, one made with the development key)',
      ),
    );
}

/** Throws `Failure` for an address or a token that cannot be, without repeating the token. */
export async function connectionOf(
  options: ConnectionOptions,
  terminal: Terminal,
): Promise<Connection & { readonly base: string }> {
  const { env, platform } = terminal;
  const url = parseUrl(options.url || env.DOORBELL_URL || (await runningServer(env)) || DEFAULT_URL);
  const base = url.href.replace(/\/+$/, '');
  const given = options.token || env.DOORBELL_TOKEN;
  if (given) return { base, platform, token: () => checked(given.trim()) };
  if (!isLoopback(url.hostname)) return { base, platform };
  const secret = await secretAtHand(env);
  if (secret === undefined) return { base, platform };
  const token = () =>
    mint(secret, { read: ['*'], write: ['*'], dead: ['*'], ttlS: TTL_S, now: terminal.clock.now() });
  return { base, platform, token };
}

/** A GET whose answer is read as it is. Throws DoorbellError. */
export async function ask<T>(connection: Connection, path: string, signal: AbortSignal): Promise<T> {
  // A schema may be `false`, which is an answer too.
  const read = (value: unknown) => (value === undefined ? undefined : { value: value as T });
  const { value } = await untilAborted(signal, (controller) =>
    request(connection, path, read, REQUEST_TIMEOUT_MS, controller),
  );
  return value;
}

/** A request that changes something; `json` is its body. Resolves with the answer's JSON, undefined where it has none. Never repeated but for a token. Throws DoorbellError. */
export async function change<T>(
  connection: Connection,
  method: 'PUT' | 'POST' | 'DELETE',
  path: string,
  signal: AbortSignal,
  json?: string,
): Promise<T> {
  const { platform } = connection;
  const sent = json === undefined ? {} : { body: json };
  const fetch: typeof globalThis.fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    if (json !== undefined) headers.set('content-type', CONTENT_TYPES.json);
    return (platform?.fetch ?? globalThis.fetch)(input, { ...init, ...sent, headers, method });
  };
  const { value } = await untilAborted(signal, (controller) =>
    request(
      { ...connection, platform: { ...platform, fetch } },
      path,
      (value) => ({ value: value as T }),
      REQUEST_TIMEOUT_MS,
      controller,
    ),
  );
  return value;
}

/**
 * The connection, and what time it is on its server, as the last answer says: moments that a server wrote are told apart by its clock, not by this
 * machine's. Before an answer that says so, by this machine's.
 */
export function heardTime<C extends Connection>(
  connection: C,
  clock: Pick<Terminal['clock'], 'now'>,
): { readonly connection: C; now(): number } {
  let heard = Number.NaN;
  const { platform } = connection;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await (platform?.fetch ?? globalThis.fetch)(input, init);
    heard = Date.parse(response.headers.get('date') ?? '');
    return response;
  };
  const now = () => (Number.isNaN(heard) ? clock.now() : heard);
  return { connection: { ...connection, platform: { ...platform, fetch } }, now };
}

/**
 * Gives `request` the controller of its own that it wants, which ends with the signal. Nothing is left on the signal afterwards: it lives as
 * long as the program, and a stream of events is any number of requests.
 */
export async function untilAborted<T>(
  signal: AbortSignal,
  run: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const end = () => controller.abort(new Failure(EXIT.interrupted, 'Interrupted.'));
  if (signal.aborted) end();
  signal.addEventListener('abort', end);
  try {
    return await run(controller);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.search || url.hash) {
    const shown = url?.username || url?.search || url?.hash ? 'one with more' : text;
    throw new Failure(EXIT.usage, `--url must be like https://doorbell.example, got ${shown}`);
  }
  return url;
}

/** What no header can hold would be told by the network, in words that repeat it. */
function checked(token: string): string {
  if (/^[\w.~+/=-]+$/.test(token)) return token;
  throw new Failure(EXIT.refused, 'The token is not one: it has characters that no token has.');
}

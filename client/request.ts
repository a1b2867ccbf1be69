/**
 * One HTTP exchange: a request with a deadline, its answer read whole, every way it can fail made a
 * DoorbellError. An abort by the caller is not a failure: the signal's reason is thrown as it is.
 */
import { readProblem } from './answer.ts';
import { retryAfterMs } from './backoff.ts';
import { codeForStatus, DoorbellError } from './errors.ts';

/** Where the server is and how to speak to it; the same for every operation of the client. */
export interface Connection {
  /** Everything before `/v1`. Default '': the page's own origin. Node needs a full URL. */
  readonly base?: string;
  /** Sent with every request, for instance `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** Default: Math.random. */
  readonly random?: () => number;
  /** Milliseconds since the Unix epoch. Default: Date.now. */
  readonly now?: () => number;
}

export interface Request {
  readonly method: 'GET' | 'POST';
  /** From `/v1` on. */
  readonly path: string;
  readonly body?: string;
  /** The status that means success. */
  readonly expect: number;
  /** Milliseconds until the exchange is given up, answer and all. */
  readonly deadlineMs: number;
}

/** The parsed JSON of an answer with the expected status. Throws DoorbellError, or the abort's reason. */
export async function exchange(connection: Connection, request: Request): Promise<unknown> {
  const { signal } = connection;
  signal?.throwIfAborted();
  const given = new AbortController();
  const abort = () => given.abort(signal?.reason);
  // A listener that is taken off again, and not AbortSignal.any: the caller's signal may outlive thousands of polls.
  signal?.addEventListener('abort', abort, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    given.abort();
  }, request.deadlineMs);
  try {
    return await send(connection, request, given.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DoorbellError) throw error;
    if (late) throw new DoorbellError('too-slow', 'The server did not answer in time.', { cause: error });
    throw new DoorbellError('unreachable', 'The server cannot be reached.', { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

async function send(connection: Connection, request: Request, signal: AbortSignal): Promise<unknown> {
  const { base = '', headers = {}, fetch = globalThis.fetch, now = Date.now } = connection;
  const response = await fetch(base.replace(/\/+$/, '') + request.path, {
    method: request.method,
    // The server says no-store as well; this keeps an old copy from being used, not only from being made.
    cache: 'no-store',
    headers: request.body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    signal,
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  const value = parse(await response.text());
  if (response.status === request.expect && value !== undefined) return value;

  const { status } = response;
  const problem = readProblem(value, status);
  const floor = retryAfterMs(response.headers.get('retry-after'), now());
  const fallback = status === request.expect ? 'The answer is not JSON.' : `The server answered ${status}.`;
  throw new DoorbellError(codeForStatus(status), problem?.detail ?? fallback, {
    status,
    ...(problem === undefined ? {} : { problem }),
    ...(floor === undefined ? {} : { retryAfterMs: floor }),
  });
}

/** JSON has no undefined, so it can stand for "not JSON". */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

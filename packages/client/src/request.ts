/** One HTTP request: it has a watchdog, its answer read whole, every way it can fail made a DoorbellError. */
import type { Problem } from '../../../lib/protocol/doorbell.ts';
import { retryAfterMs } from './backoff.ts';
import { badRequest } from './bad-request.ts';
import { DoorbellError, type ErrorCode } from './errors.ts';
import { platformOf, type Surroundings, type Timer } from './platform.ts';

/**
 * A bearer token for the next request, asked for every time; empty for none. `refresh`: the server has just refused the last one,
 * get another. What it throws is waited out like a lost connection.
 */
export type Token = (options: { readonly refresh: boolean }) => string | Promise<string>;

/** Where the server is and how to speak to it; the same for every operation of the client. */
export interface Connection extends Surroundings {
  /** Everything before `/v1`. Default '': the page's own origin. Node needs a full URL. */
  readonly base?: string | undefined;
  readonly token?: Token | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How often the watchdog looks, in milliseconds: so long after a laptop has woken it knows that a poll has died. */
const LOOK_MS = 5_000;
/** An answer that has begun is given so much longer: 1 MiB at 9 kB/s. */
const BODY_MS = 120_000;

/**
 * Throws `bad-request` when there is no address to send to, however often it is tried: outside of a page a `base` that is no full URL. A
 * `fetch` that was given may take any.
 */
export function checkBase(connection: Connection): void {
  const { base } = connection;
  if (!globalThis.location && platformOf(connection).fetch === fetch && !URL.canParse(base as string))
    throw badRequest(`Not a base: ${base}`);
}

/**
 * What `read` makes of a successful answer's JSON to the request at `path`, from `/v1` on; with a `body`, it is a POST of that JSON. It is
 * given up when no answer has begun after `timeoutMs`. A token that is refused is replaced once. `controller` aborts it.
 * Throws DoorbellError.
 */
export async function request<T>(
  connection: Connection,
  path: string,
  read: (value: unknown) => T | false | undefined,
  timeoutMs: number,
  controller: AbortController,
  body?: string,
): Promise<T> {
  const { base = '', token, headers } = connection;
  const { fetch, now, setTimeout, clearTimeout } = platformOf(connection);
  const { signal } = controller;
  // By the clock, because timers stand still while a laptop sleeps. One that is set back by more than this has
  // moved too: what is given up early is asked again, and an answer that never comes is not waited for.
  const began = now();
  let timer: Timer;
  const look = () => {
    if (Math.abs(began - now()) >= timeoutMs)
      controller.abort(new DoorbellError('too-slow', 'No answer.', true));
    timer = setTimeout(look, LOOK_MS);
  };

  checkBase(connection);
  async function send(refresh: boolean): Promise<T> {
    const bearer = await token?.({ refresh });
    let sent: Headers;
    try {
      sent = new Headers({
        ...(body && { 'content-type': 'application/json' }),
        ...(bearer && { authorization: `Bearer ${bearer}` }),
        ...headers,
      });
    } catch {
      // What the platform throws repeats the token, and the same one never gets better.
      throw badRequest('Not a header');
    }
    const response = await fetch(base.replace(/\/+$/, '') + path, {
      // The server says no-store as well; this keeps an old copy from being used, not only from being made.
      cache: 'no-store',
      headers: sent,
      ...(body && { method: 'POST', body }),
      signal,
    });
    const { status, ok } = response;
    if (status === 401 && token && !refresh) return send(true);

    timeoutMs += BODY_MS;
    const value = parse(await response.text());
    const answer = ok && read(value);
    if (answer) return answer;

    // Only `detail` must be there.
    const problem = (value as Problem | undefined)?.detail ? (value as Problem) : undefined;
    // What the server calls the problem, if it is one of this protocol: `urn:doorbell:problem:reset`.
    const code = (`${problem?.type}`.split(':')[3] ?? `http-${status}`) as ErrorCode;
    // A proxy that is being restarted answers HTML with status 200 often enough to wait that out too.
    throw new DoorbellError(code, problem?.detail ?? code, !/^4(?!08|29)/.test(status as never), {
      status,
      problem,
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now()),
    });
  }

  try {
    return await new Promise((resolve, reject) => {
      // Not left to `fetch`: a `token` function knows of no signal.
      signal.onabort = () => reject(signal.reason);
      look();
      send(false).then(resolve, reject);
    });
  } catch (cause) {
    throw cause instanceof DoorbellError
      ? cause
      : new DoorbellError('unreachable', 'No answer.', true, { cause });
  } finally {
    clearTimeout(timer as never);
  }
}

/** Calls the function when the signal aborts, or now if it has, unless `life` ends before. */
export function whenAborted(
  signal: AbortSignal | undefined,
  then: () => void,
  life: Pick<AbortController, 'signal'>,
): void {
  signal?.addEventListener('abort', then, life);
  if (signal?.aborted) then();
}

/** JSON has no undefined, so it can stand for "not JSON". */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

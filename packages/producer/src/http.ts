/** Publishing by HTTP: to a hub, or to a stack from outside of its account. */

import { SinkError } from './errors.ts';
import type { Sink } from './producer.ts';

export interface HttpOptions {
  /** Of the server, as https://doorbell.example.com */
  readonly url: string;
  /** One that may publish to the channel; a function is asked before each request. */
  readonly token: string | (() => string | Promise<string>);
  /** How long a request may take, in ms. Default 30,000. */
  readonly timeoutMs?: number;
  /** Default: that of the platform. */
  readonly fetch?: typeof globalThis.fetch;
}

const TIMEOUT_MS = 30_000;
/** A server that asks to come again later than this is not waited for. */
const LONGEST_PAUSE_MS = 30_000;

/** Each batch is one block of the log: all of it or nothing. */
export function httpSink({
  url,
  token,
  timeoutMs = TIMEOUT_MS,
  fetch = globalThis.fetch,
}: HttpOptions): Sink {
  const base = url.replace(/\/+$/, '');
  return {
    async send(channel, events) {
      const authorization = `Bearer ${typeof token === 'function' ? await token() : token}`;
      const response = await fetch(`${base}/v1/channels/${encodeURIComponent(channel)}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: `[${events.map(({ json }) => json).join(',')}]`,
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((cause: unknown) => {
        throw new SinkError('No answer came from the server.', true, { cause });
      });
      if (!response.ok) throw await refusal(response);
      await response.body?.cancel();
    },
  };
}

async function refusal(response: Response): Promise<SinkError> {
  const { status } = response;
  const text = await response.text().catch(() => '');
  const isRetryable = status >= 500 || status === 408 || status === 429;
  const afterMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1_000;
  const message = `The server answered ${status}: ${detailOf(text) ?? 'it did not say why'}`;
  return afterMs > 0 && afterMs <= LONGEST_PAUSE_MS
    ? new SinkError(message, isRetryable, { retryAfterMs: afterMs })
    : new SinkError(message, isRetryable);
}

/** Of a problem document (RFC 9457). */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A fetch that answers from a script, one step per request, and remembers what was asked. When the script is at
 * its end the request hangs, as a held poll does, until it is aborted. No network, no timers.
 */
import type { Event, PollAnswer } from '../../lib/protocol.ts';

/** What one request comes to: an answer, or a failure of the network. */
export type ScriptStep = Response | Error | ((url: URL) => Response | Error);

export interface FakeFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Every request so far, in order. */
  readonly requests: readonly { readonly method: string; readonly url: URL; readonly body: string | null }[];
  /** Resolves when the script is at its end and a request hangs. */
  readonly drained: Promise<void>;
}

export function fakeFetch(...script: readonly ScriptStep[]): FakeFetch {
  const requests: { method: string; url: URL; body: string | null }[] = [];
  const steps = [...script];
  const drained = Promise.withResolvers<void>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input), 'http://doorbell.test');
    requests.push({ method: init?.method ?? 'GET', url, body: (init?.body as string | undefined) ?? null });
    init?.signal?.throwIfAborted();
    const step = steps.shift();
    if (step === undefined) {
      drained.resolve();
      return hang(init?.signal ?? undefined);
    }
    const result = typeof step === 'function' ? step(url) : step;
    if (result instanceof Error) throw result;
    return result;
  };
  return { fetch, requests, drained: drained.promise };
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** A poll's answer with the given vids; everything else can be told. */
export function answer(vids: readonly number[], more: Partial<PollAnswer> = {}): Response {
  const events = vids.map(event);
  const body: PollAnswer = {
    channel: 'doors',
    epoch: 'e1',
    events,
    maxvid: vids.at(-1) ?? 0,
    missed: 0,
    ...more,
  };
  return Response.json(body);
}

export function event(vid: number): Event {
  return { vid, id: `id-${vid}`, at: '2026-01-01T00:00:00.000Z', data: { doorno: vid } };
}

/** Problem details with the given status; `more` adds members and headers. */
export function problem(
  status: number,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify({ type: 'about:blank', title: 'Problem', status, detail, ...more }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

/** `doorbell tail -n N` with a server of an earlier version, which refuses to be told so: it is asked where each channel ends, and then for what comes after N before that. */

import type { MultiPollAnswer } from '../../../lib/protocol/doorbell.ts';

type Fetch = typeof globalThis.fetch;

/** A `fetch` under `beginFetch({ last })`. A server that knows `last` is asked as ever. */
export function withoutLast(fetch: Fetch): Fetch {
  let isKnown = true;
  return async (input, init) => {
    const url = URL.parse(String(input));
    const last = url?.searchParams.get('last');
    if (!url || !last) return fetch(input, init);
    if (isKnown) {
      const response = await fetch(input, init);
      if (response.status !== 400 || (await fieldOf(response.clone())) !== 'last') return response;
      isKnown = false;
    }
    url.searchParams.delete('last');
    return placed(fetch, url, Number(last), init);
  };
}

/** The same poll, from `count` before where each channel ends. Where that cannot be told, the answer that says why. */
async function placed(
  fetch: Fetch,
  url: URL,
  count: number,
  init: RequestInit | undefined,
): Promise<Response> {
  const glance = new URL(url);
  glance.searchParams.set('wait', '0');
  // Not from the place that the server keeps for the client.
  glance.searchParams.delete('client');
  const heads = await fetch(glance.href, init);
  if (!heads.ok) return heads;
  const { channels } = (await heads.json()) as MultiPollAnswer;
  url.searchParams.delete('cursor');
  for (const { channel, maxvid } of channels)
    url.searchParams.append('cursor', `${channel}:${Math.max(0, maxvid - count)}`);
  return fetch(url.href, init);
}

/** What a problem document is about. */
async function fieldOf(response: Response): Promise<unknown> {
  const problem: unknown = await response.json().catch(() => undefined);
  return typeof problem === 'object' && problem !== null && 'field' in problem ? problem.field : undefined;
}

/**
 * Shared polls for the client (PROTOCOL.md, section 3.5): a `fetch` that sends a poll of one channel to its shared address, where a cache or CDN holds one
 * for all readers. Given as `platform.fetch`; the client itself knows nothing of it.
 *
 *     subscribe('weather', { platform: { fetch: sharedFetch() } });
 *
 * Where that way does not work the poll goes its usual way, and the shared one is tried again later. Polls of several channels, of a reader with a
 * name on the server, and those that are held for less than 10 s always go the usual way.
 */
import type { SharedAnswer } from '../../../lib/protocol/doorbell.ts';
import { REFUSED_MS, UsualWay } from './usual-way.ts';

export interface SharedOptions {
  /** Where shared polls are asked for, as of a CDN: everything before `/v1`. Default: where the poll would go. */
  readonly base?: string | undefined;
  /** Default: the platform's own. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds since the Unix epoch. Default: the clock. */
  readonly now?: (() => number) | undefined;
}

/** As poller.ts writes it: one channel, and no name. */
const POLL = /^([^?]*)\/v1\/events\?cursor=([\w.-]+)(?::(\d+)(?::([A-Za-z0-9-]+))?)?&wait=(\d+)$/;
/** The client gives a poll up 10 s after its wait, and a slot lasts for 20 s. */
const LEAST_WAIT_S = 10;
/** In a row, until a channel is polled the usual way. */
const MOST_FAILURES = 2;
/** The channel goes on elsewhere, or the reader is to come later: no reason to go another way. */
const SAME_EITHER_WAY: readonly number[] = [409, 429];

interface Way {
  slot: number | undefined;
  readonly usual: UsualWay;
}

/** A `fetch` for `platform.fetch`. One for each page: it remembers which slot each channel is in. */
export function sharedFetch({
  base,
  fetch = globalThis.fetch,
  now = Date.now,
}: SharedOptions = {}): typeof globalThis.fetch {
  const ways = new Map<string, Way>();
  const wayOf = (channel: string): Way => {
    const way = ways.get(channel) ?? { slot: undefined, usual: new UsualWay(now, MOST_FAILURES) };
    ways.set(channel, way);
    return way;
  };

  return async (input, init) => {
    const asked = POLL.exec(String(input));
    const [, server = '', channel = '', maxvid, epoch, wait] = asked ?? [];
    const waitS = Number(wait);
    const isLong = waitS === 0 || waitS >= LEAST_WAIT_S;
    const way = asked && isLong ? wayOf(channel) : undefined;
    if (!way || way.usual.isTaken) return fetch(input, init);

    const slot = waitS > 0 ? way.slot : undefined;
    const address = addressOf(channel, maxvid, epoch, slot);
    let response: Response;
    try {
      response = await fetch(`${base?.replace(/\/+$/, '') ?? server}${address}`, init);
    } catch (error) {
      if (!init?.signal?.aborted) way.usual.failed();
      throw error;
    }
    if (response.ok) return poured(response, way);
    if (response.status >= 500) way.usual.failed();
    if (response.status >= 500 || SAME_EITHER_WAY.includes(response.status)) return response;
    way.usual.take(REFUSED_MS);
    return fetch(input, init);
  };
}

/** In its one form. */
function addressOf(channel: string, maxvid?: string, epoch?: string, slot?: number): string {
  const path = `/v1/shared/${channel}/events`;
  if (maxvid === undefined) return path;
  return `${path}?maxvid=${maxvid}${epoch ? `&epoch=${epoch}` : ''}${slot === undefined ? '' : `&slot=${slot}`}`;
}

/** The answer as one of a poll of several channels, which the client asks for. What is none is left as it came. */
async function poured(response: Response, way: Way): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  let answer: Partial<SharedAnswer> | undefined;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    // Told below: a page of a proxy, say.
  }
  if (typeof answer?.slot !== 'number') {
    way.usual.failed();
    return new Response(text, { status, headers });
  }
  way.usual.worked();
  way.slot = answer.slot;
  return new Response(`{"channels":[${text}]}`, { status, headers: { 'content-type': 'application/json' } });
}

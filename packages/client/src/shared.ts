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
  /**
   * Told for how many seconds the next polls may be held, where the server offers longer ones. Whoever gives it must let them: the client gives a poll up 30 s
   * after it was sent. Default: none is held for longer than 20 s.
   */
  readonly onHold?: ((seconds: number) => void) | undefined;
}

/** As poller.ts writes it: one channel, and no name. */
const POLL = /^([^?]*)\/v1\/events\?cursor=([\w.-]+)(?::(\d+)(?::([A-Za-z0-9-]+))?)?&wait=(\d+)$/;
/** The client gives a poll up 10 s after its wait, and a slot lasts for 20 s. */
const LEAST_WAIT_S = 10;
/** In a row, until a channel is polled the usual way. */
const MOST_FAILURES = 2;
/** A slot where nothing else is said, and the longest that is believed, in seconds. */
const LONGEST_WAIT_S = 20;
const MOST_HOLD_S = 110;
/** How long no hold is asked for after one that was cut or refused, in milliseconds. */
const SHORT_MS = 300_000;
/** The channel goes on elsewhere, or the reader is to come later: no reason to go another way. */
const SAME_EITHER_WAY: readonly number[] = [409, 429];

interface Way {
  /** As last received, and of which hold it is. */
  slot: number | undefined;
  hold: number | undefined;
  /** What the server offers. */
  offered: number | undefined;
  /** Until then no longer hold is asked for. */
  shortUntil: number;
  readonly usual: UsualWay;
}

/** A `fetch` for `platform.fetch`. One for each page: it remembers which slot each channel is in. */
export function sharedFetch({
  base,
  fetch = globalThis.fetch,
  now = Date.now,
  onHold,
}: SharedOptions = {}): typeof globalThis.fetch {
  const ways = new Map<string, Way>();
  const wayOf = (channel: string): Way => {
    const way = ways.get(channel) ?? {
      slot: undefined,
      hold: undefined,
      offered: undefined,
      shortUntil: 0,
      usual: new UsualWay(now, MOST_FAILURES),
    };
    ways.set(channel, way);
    return way;
  };

  const shared: typeof globalThis.fetch = async (input, init) => {
    const asked = POLL.exec(String(input));
    const [, server = '', channel = '', maxvid, epoch, wait] = asked ?? [];
    const waitS = Number(wait);
    const isLong = waitS === 0 || waitS >= LEAST_WAIT_S;
    const way = asked && isLong ? wayOf(channel) : undefined;
    if (!way || way.usual.isTaken) return fetch(input, init);

    const isLonger = onHold !== undefined && waitS > 0 && now() >= way.shortUntil;
    const hold = isLonger && maxvid !== undefined ? way.offered : undefined;
    // Slots of another hold are counted otherwise.
    const slot = waitS > 0 && hold === way.hold ? way.slot : undefined;
    const address = addressOf(channel, maxvid, epoch, slot, hold);
    /** Something in between may cut what is held for long: then it is held for less, and that is no failure of the way. */
    const failed = () => {
      if (hold === undefined) way.usual.failed();
      else way.shortUntil = now() + SHORT_MS;
      onHold?.(LONGEST_WAIT_S);
    };
    let response: Response;
    try {
      response = await fetch(`${base?.replace(/\/+$/, '') ?? server}${address}`, init);
    } catch (error) {
      const { aborted, reason } = init?.signal ?? {};
      // The client gives up what it hears nothing of for too long; else the reader has left.
      if (!aborted || (hold !== undefined && reason?.code === 'too-slow')) failed();
      throw error;
    }
    if (response.ok) return poured(response, way, hold, onHold);
    if (response.status >= 500 || (response.status === 400 && hold !== undefined)) failed();
    if (response.status === 400 && hold !== undefined) return shared(input, init);
    if (response.status >= 500 || SAME_EITHER_WAY.includes(response.status)) return response;
    way.usual.take(REFUSED_MS);
    return fetch(input, init);
  };
  return shared;
}

/** In its one form. */
function addressOf(channel: string, maxvid?: string, epoch?: string, slot?: number, hold?: number): string {
  const path = `/v1/shared/${channel}/events`;
  if (maxvid === undefined) return path;
  const turn = `${slot === undefined ? '' : `&slot=${slot}`}${hold === undefined ? '' : `&hold=${hold}`}`;
  return `${path}?maxvid=${maxvid}${epoch ? `&epoch=${epoch}` : ''}${turn}`;
}

/** The answer as one of a poll of several channels, which the client asks for. What is none is left as it came. */
async function poured(
  response: Response,
  way: Way,
  hold: number | undefined,
  onHold: SharedOptions['onHold'],
): Promise<Response> {
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
  way.hold = hold;
  const { hold: offered } = answer;
  way.offered =
    typeof offered === 'number' && offered > LONGEST_WAIT_S && offered <= MOST_HOLD_S ? offered : undefined;
  onHold?.(way.offered ?? LONGEST_WAIT_S);
  return new Response(`{"channels":[${text}]}`, { status, headers: { 'content-type': 'application/json' } });
}

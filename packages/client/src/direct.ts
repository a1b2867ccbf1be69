/**
 * Direct waits for the client (PROTOCOL.md, section 3.7): a `fetch` that waits on a mailbox of the reader's own, so that no server holds its polls. Given as
 * `platform.fetch`; the client itself knows nothing of it.
 *
 *     subscribe('doors', { platform: { fetch: directFetch() } });
 *
 * Where that way does not work the poll goes its usual way, and the direct one is tried again later. Polls that are held for less than 15 s always go the
 * usual way, but those that do not wait.
 */
import { BELL_WORD, type MultiWaitsAnswer, type Problem } from '../../../lib/protocol/doorbell.ts';
import { BROKEN_MS, REFUSED_MS, UsualWay } from './usual-way.ts';

export interface DirectOptions {
  /** Default: the platform's own. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds since the Unix epoch. Default: the clock. */
  readonly now?: (() => number) | undefined;
}

/** As poller.ts and narrow.ts write it. */
const POLL =
  /^([^?]*)\/v1\/events\?((?:cursor=[^&]+&)+)wait=(\d+)((?:&client=[\w.-]+)?(?:&(?:key|prefix)=[^&]*)*)$/;
const CURSOR = /cursor=([\w.-]+)(?::(\d+))?(?::([A-Za-z0-9-]+))?&/g;
/** The client gives a poll up 10 s after its wait, and a direct wait lasts for 20 s. */
const LEAST_WAIT_S = 15;
/** In a row, until a reader polls the usual way. */
const MOST_FAILURES = 3;

/** A mailbox of a reader. Two polls at once have two, or one would hear the other's bells. */
interface Way {
  /** What it waits with; absent where its last wait was broken off. */
  ticket?: string | undefined;
  /** Until when waits may be begun with it. */
  until: number;
  /** The cursors of a reader who has heard all that the ticket's asker was told. Another one has to ask. */
  at?: string | undefined;
  busy: boolean;
}

/** What all readers of the same channels and keys have in common. */
interface Readers {
  readonly ways: Way[];
  readonly usual: UsualWay;
}

/** A `fetch` for `platform.fetch`. One for each page: it remembers the tickets of its readers. */
export function directFetch({
  fetch = globalThis.fetch,
  now = Date.now,
}: DirectOptions = {}): typeof globalThis.fetch {
  const all = new Map<string, Readers>();
  const readersOf = (name: string): Readers => {
    const readers = all.get(name) ?? { ways: [], usual: new UsualWay(now, MOST_FAILURES) };
    all.set(name, readers);
    return readers;
  };

  return async (input, init) => {
    const [, server = '', cursors = '', wait = '', reader = ''] = POLL.exec(String(input)) ?? [];
    const waitS = Number(wait);
    const isDirect = cursors !== '' && (waitS === 0 || waitS >= LEAST_WAIT_S);
    if (!isDirect) return fetch(input, init);
    const { ways, usual } = readersOf(cursors.replace(/:[^&]*/g, '') + reader);
    if (usual.isTaken) return fetch(input, init);
    const way = freeOf(ways, cursors);

    /** True where there may be news. What receives for a wait that is broken off may take the mailbox's next bell, so that is left. */
    const waited = async (): Promise<boolean> => {
      const { ticket } = way;
      way.ticket = undefined;
      const { signal } = init ?? {};
      try {
        const response = await fetch(`${server}/v1/wait?ticket=${ticket}`, signal ? { signal } : {});
        const text = await response.text();
        way.ticket = ticket;
        if (response.ok) {
          usual.worked();
          return text.includes(BELL_WORD);
        }
      } catch (error) {
        if (signal?.aborted) throw error;
      }
      usual.failed();
      return true;
    };
    const asked = async (): Promise<Response> => {
      const { ticket } = way;
      const address = `${server}/v1/waits?${cursors.slice(0, -1)}${reader}`;
      const response = await fetch(ticket ? `${address}&ticket=${ticket}` : address, {
        ...init,
        method: 'POST',
      });
      if (response.ok) return told(response, way, cursors, now());
      const { field } = await problemIn(response);
      if (ticket && response.status === 403 && field === 'ticket') {
        way.ticket = undefined;
        return asked();
      }
      if (response.status >= 500) usual.failed();
      const isBusy = response.status === 429 && field !== 'ticket';
      // The channel goes on elsewhere, or the reader is to come later: no reason to go another way.
      if (response.status >= 500 || response.status === 409 || isBusy) return response;
      usual.take(response.status === 429 ? BROKEN_MS : REFUSED_MS);
      return fetch(input, init);
    };
    const mayWait = () => waitS > 0 && way.at === cursors && way.ticket !== undefined && now() < way.until;

    way.busy = true;
    try {
      if (!mayWait()) {
        const response = await asked();
        if (!response.ok || !mayWait()) return response;
      }
      return (await waited()) ? await asked() : quietAnswer(cursors);
    } finally {
      way.busy = false;
    }
  };
}

function freeOf(ways: Way[], cursors: string): Way {
  const free = ways.filter(({ busy }) => !busy);
  const known = free.find(({ at }) => at === cursors) ?? free[0];
  if (known) return known;
  const way: Way = { until: 0, busy: false };
  ways.push(way);
  return way;
}

/** What the reader is told, as the answer of a poll; with what it waits from then on, and where it has to stand for that. */
async function told(response: Response, way: Way, cursors: string, now: number): Promise<Response> {
  const { channels, wait } = (await response.json()) as MultiWaitsAnswer;
  const places = new Map(channels.map((one) => [one.channel, one]));
  let isPlaced = wait !== undefined;
  const next = cursors.replace(CURSOR, (same, channel: string, maxvid?: string) => {
    const place = places.get(channel);
    if (place) return `cursor=${channel}:${place.maxvid}${place.epoch ? `:${place.epoch}` : ''}&`;
    isPlaced &&= maxvid !== undefined;
    return same;
  });
  way.ticket = wait?.ticket;
  way.until = now + (wait?.life ?? 0) * 1_000;
  way.at = isPlaced ? next : undefined;
  return answerOf(channels);
}

/** Nothing has come. */
function quietAnswer(cursors: string): Response {
  return answerOf(
    [...cursors.matchAll(CURSOR)].map(([, channel, maxvid, epoch = null]) => {
      return { channel, epoch, events: [], maxvid: Number(maxvid), missed: 0 };
    }),
  );
}

function answerOf(channels: readonly object[]): Response {
  return new Response(JSON.stringify({ channels }), { headers: { 'content-type': 'application/json' } });
}

/** Of a copy: whoever is given the response reads it too. */
async function problemIn(response: Response): Promise<Partial<Problem>> {
  try {
    return (await response.clone().json()) as Partial<Problem>;
  } catch {
    // A page of a proxy, or API Gateway's own words.
    return {};
  }
}

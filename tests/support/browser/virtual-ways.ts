/**
 * Other ways to wait, before a virtual server: shared polls and direct waits as PROTOCOL.md says, and every way in which they can fail. What they ask for is
 * asked of the server itself, so that all ways tell of one log.
 */
import {
  BELL_WORD,
  type MultiPollAnswer,
  type PollAnswer,
  type Way,
} from '../../../lib/protocol/doorbell.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import { aborted } from './virtual-messages.ts';
import type { VirtualServer } from './virtual-server.ts';

/** What happens to a request of another way. `bell lost`: a wait that ends without the bell that rang. */
export type WayFault = 'refused' | 'busy' | 'broken' | 'cut' | 'silence' | 'page' | 'bell lost';

const SLOT_MS = 20_000;

export class VirtualWays {
  /** What the server says that it offers. */
  offered: readonly Way[] = [];
  /** Asked before each request of another way. Undefined: it goes well. */
  fault: () => WayFault | undefined = () => undefined;
  /** For how many seconds shared polls may be held, where that is longer than 20. */
  hold: number | undefined;
  /** What stands between cuts what is held for longer, in ms. */
  cutMs = Number.POSITIVE_INFINITY;
  /** What was asked for, by way. */
  readonly counts = { usual: 0, shared: 0, asks: 0, waits: 0 };
  readonly #server: VirtualServer;
  readonly #time: VirtualTime;
  /** Where the reader of each ticket stands, as cursors. */
  readonly #tickets: string[] = [];

  constructor(server: VirtualServer, time: VirtualTime) {
    this.#server = server;
    this.#time = time;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input), 'http://doorbell.test');
    const signal = init?.signal ?? new AbortController().signal;
    signal.throwIfAborted();
    if (url.pathname === '/v1/events') return this.#usual(url, signal);
    const fault = this.fault();
    if (fault === 'silence') return aborted(signal);
    if (fault === 'cut') throw new TypeError('Failed to fetch');
    if (fault === 'page') return new Response('<h1>Please sign in</h1>');
    if (fault && fault !== 'bell lost') return refusal(fault);
    if (url.pathname === '/v1/wait') return this.#wait(url, signal, fault === 'bell lost');
    return url.pathname === '/v1/waits' ? this.#ask(url, signal) : this.#shared(url, signal);
  };

  async #usual(url: URL, signal: AbortSignal): Promise<Response> {
    this.counts.usual++;
    const response = await this.#poll(url.search, signal);
    if (!response.ok || url.searchParams.get('wait') !== '0' || this.offered.length === 0) return response;
    const text = await response.text();
    if (!text.startsWith('{')) return { ...response, text: async () => text };
    const told = JSON.stringify({ ...JSON.parse(text), ways: this.offered });
    return { ...response, text: async () => told };
  }

  async #shared(url: URL, signal: AbortSignal): Promise<Response> {
    this.counts.shared++;
    const [, , , channel = ''] = url.pathname.split('/');
    const query = url.searchParams;
    const hold = query.get('hold');
    if (hold !== null && hold !== String(this.hold)) return refusal('hold');
    const slotMs = hold === null ? SLOT_MS : Number(hold) * 1_000;
    const slot = Number(query.get('slot') ?? 0);
    const now = Math.floor(this.#time.now() / slotMs);
    const left = Math.max(0, (slot + 1) * slotMs - this.#time.now());
    const place = [channel, query.get('maxvid'), query.get('epoch')].filter((part) => part !== null);
    const wait = query.has('slot') ? Math.min(slotMs, left) / 1_000 : 0;
    const began = this.#time.now();
    const response = await this.#poll(`?cursor=${place.join(':')}&wait=${wait}`, signal);
    if (this.#time.now() - began > this.cutMs) throw new TypeError('Failed to fetch');
    if (!response.ok) return copied(response);
    const [answer] = await answersIn(response);
    const offered = this.hold === undefined ? {} : { hold: this.hold };
    return Response.json({ ...answer, slot: Math.max(slot + 1, now), ...offered });
  }

  async #ask(url: URL, signal: AbortSignal): Promise<Response> {
    this.counts.asks++;
    const cursors = url.searchParams.getAll('cursor');
    const response = await this.#poll(`?cursor=${cursors.join('&cursor=')}&wait=0`, signal);
    if (!response.ok) return copied(response);
    const channels = await answersIn(response);
    const told = new Map(channels.map((one) => [one.channel, `${one.channel}:${one.maxvid}`]));
    const places = cursors.map((cursor) => told.get(cursor.split(':')[0] ?? '') ?? cursor);
    const ticket = `t${this.#tickets.push(places.join('&cursor=')) - 1}`;
    return Response.json({ channels, wait: { ticket, seconds: 20, life: 60 } });
  }

  async #wait(url: URL, signal: AbortSignal, losesBell: boolean): Promise<Response> {
    this.counts.waits++;
    const places = this.#tickets[Number(url.searchParams.get('ticket')?.slice(1))];
    const response = await this.#poll(`?cursor=${places}&wait=20`, signal);
    const answers = response.ok ? await answersIn(response) : [];
    const isRung = answers.some(({ events, missed }) => events.length + missed > 0) || !response.ok;
    return new Response(isRung && !losesBell ? BELL_WORD : 'nothing');
  }

  #poll(search: string, signal: AbortSignal): Promise<Response> {
    return this.#server.fetch(`http://doorbell.test/v1/events${search}`, { signal });
  }
}

function refusal(fault: WayFault | 'hold'): Response {
  const status = { refused: 403, busy: 429, hold: 400 }[fault as string] ?? 503;
  return Response.json(
    { type: 'urn:doorbell:problem:forbidden', title: 'No', status, detail: 'No.', field: 'ticket' },
    { status },
  );
}

/** The virtual server's answers have no more than the client reads of them. */
async function copied({
  status,
  headers,
  ...answer
}: Response & { text(): Promise<string> }): Promise<Response> {
  return new Response(await answer.text(), { status, headers });
}

async function answersIn(response: Response): Promise<readonly PollAnswer[]> {
  const text = await response.text();
  // A sign-in page: then nobody knows anything.
  return text.startsWith('{') ? (JSON.parse(text) as MultiPollAnswer).channels : [];
}

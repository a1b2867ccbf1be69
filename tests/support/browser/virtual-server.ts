/**
 * A Doorbell server in a few lines, on virtual time: GET /v1/events as PROTOCOL.md says, and every way in which a request can fail.
 * It counts what it is asked.
 */
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import { aborted, type Channel, type Cursor, type Fault, readCursor, response } from './virtual-messages.ts';
import { isWanted, VirtualKeys } from './virtual-state.ts';

export class VirtualServer {
  /** Asked before each request. Undefined: it goes well. */
  fault: (url: URL) => Fault | undefined = () => undefined;
  /** A problem that everything is answered with. */
  refusal: { readonly status: number; readonly code: string; readonly [more: string]: unknown } | undefined;
  /** With `refusal`, its Retry-After. */
  retryAfter: string | undefined;
  /** Channels that are answered with 403. */
  readonly forbidden = new Set<string>();
  /** Whether polls are held; false is a proxy that ends them at once. */
  holds = true;
  /** Whether states can be asked for. */
  keepsStates = true;
  /** Events per answer and channel, of those that are wanted. */
  limit = 500;
  /** Every request so far: path and query. */
  readonly asked: string[] = [];
  /** Requests that are on their way or held now. */
  readonly open = new Set<URL>();
  readonly #time: VirtualTime;
  readonly #channels = new Map<string, Channel>();
  #records = 0;
  #superseded = false;
  #wake = new Set<() => void>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  publish(name: string, count = 1): void {
    const channel = this.#channel(name);
    channel.head += count;
    for (const wake of [...this.#wake]) wake();
  }

  /** One event of a key; `null` deletes it. */
  set(name: string, key: string, data: unknown): void {
    const { head, keys } = this.#channel(name);
    keys.write(head + 1, { key, data });
    this.publish(name);
  }

  keys(name: string): VirtualKeys {
    return this.#channel(name).keys;
  }

  /** As key → vid and data. */
  state(name: string): Readonly<Record<string, string>> {
    const { keys, head, epoch } = this.#channel(name);
    return Object.fromEntries(keys.fold(head, epoch).map(({ key, id, data }) => [key, `${id} ${data}`]));
  }

  /** The events up to this vid are no longer kept. */
  expire(name: string, upTo: number): void {
    const channel = this.#channel(name);
    channel.earliest = Math.max(channel.earliest, Math.min(upTo, channel.head) + 1);
  }

  /** Every held poll ends: newer ones of the same clients have come. */
  supersede(): void {
    this.#superseded = true;
    for (const wake of [...this.#wake]) wake();
    this.#superseded = false;
  }

  /** The log is lost and made anew. */
  beginAnew(name: string): void {
    this.#channels.delete(name);
    this.#channel(name);
  }

  head(name: string): number {
    return this.#channel(name).head;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input), 'http://doorbell.test');
    const signal = init?.signal ?? new AbortController().signal;
    signal.throwIfAborted();
    this.asked.push(url.pathname + url.search);
    this.open.add(url);
    try {
      return await this.#serve(url, signal);
    } finally {
      this.open.delete(url);
    }
  };

  async #serve(url: URL, signal: AbortSignal): Promise<Response> {
    const fault = this.fault(url);
    if (fault === 'silence') return aborted(signal);
    await this.#pass(5, signal);
    if (fault === 'cut') throw new TypeError('Failed to fetch');
    const secret = url.searchParams
      .getAll('cursor')
      .some((text) => this.forbidden.has(readCursor(text).channel));
    const refusal = secret ? { status: 403, code: 'forbidden' } : this.refusal;
    if (refusal) {
      const { status, code, ...more } = refusal;
      const type = `urn:doorbell:problem:${code}`;
      return response(status, { type, title: 'No', detail: 'No.', status, ...more }, this.retryAfter);
    }
    if (fault === 'busy') return response(503, { type: 'about:blank', title: 'Busy', detail: 'Busy.' }, '2');
    if (fault === 'sign-in page') return response(200, '<h1>Please sign in</h1>');
    const answer = url.pathname.endsWith('/state') ? this.#state(url) : await this.#poll(url, signal);
    if (fault === 'answer lost') throw new TypeError('Failed to fetch');
    await this.#pass(5, signal);
    return answer;
  }

  async #poll(url: URL, signal: AbortSignal): Promise<Response> {
    const cursors = url.searchParams.getAll('cursor').map(readCursor);
    // Where a reader without a vid begins is settled when it arrives.
    const last = Number(url.searchParams.get('last') ?? 0);
    const after = cursors.map(({ channel, maxvid }) => maxvid ?? this.#begin(channel, last));
    const end = this.#time.now() + Number(url.searchParams.get('wait') ?? 20) * 1_000;
    for (;;) {
      const lost = cursors.find((cursor) => this.#isLost(cursor));
      if (lost) return this.#reset(lost.channel);
      const answers = cursors.map(({ channel }, i) => this.#answer(channel, after[i] ?? 0, url.searchParams));
      const isNarrow = /[?&](key|prefix)=/.test(url.search);
      const news = answers.filter(({ maxvid, events, missed }, i) =>
        isNarrow ? events.length + missed > 0 : maxvid > (after[i] ?? 0),
      );
      if (news.length > 0) return response(200, { channels: news });
      if (this.#time.now() >= end || !this.holds) return response(200, { channels: answers });
      const superseded = await this.#sleep(end, signal);
      if (superseded) {
        return response(200, { channels: answers.map((answer) => ({ ...answer, superseded })) });
      }
    }
  }

  #answer(name: string, after: number, query: URLSearchParams): PollAnswer {
    const { epoch, head, earliest, keys } = this.#channel(name);
    const begin = Math.max(after + 1, earliest);
    const kept = Array.from({ length: Math.max(0, head - begin + 1) }, (_, i) =>
      keys.event(begin + i, epoch),
    );
    // The limit counts what is wanted: what passes silently makes no answer, however much of it there is.
    const wanted = kept.filter(({ key }) => isWanted(key, query));
    const events = wanted.slice(0, this.limit);
    const maxvid = (wanted.length > events.length && events.at(-1)?.vid) || Math.max(head, after);
    const missed = Math.max(0, begin - 1 - after);
    return { channel: name, epoch: head > 0 ? epoch : null, events, maxvid, missed };
  }

  #begin(name: string, last: number): number {
    const { head, earliest } = this.#channel(name);
    return Math.max(head - last, earliest - 1);
  }

  #state(url: URL): Response {
    const name = url.pathname.split('/')[3] ?? '';
    const { epoch, head, keys } = this.#channel(name);
    const type = 'urn:doorbell:problem:not-found';
    if (head === 0 || !this.keepsStates)
      return response(404, { type, title: 'None', status: 404, detail: 'None.' });
    return response(200, keys.page(name, epoch, head, url.searchParams));
  }

  #isLost({ channel, maxvid = 0, epoch }: Cursor): boolean {
    const now = this.#channel(channel);
    return maxvid > now.head || (epoch !== undefined && epoch !== now.epoch);
  }

  #reset(name: string): Response {
    const { epoch, head, earliest } = this.#channel(name);
    const type = 'urn:doorbell:problem:reset';
    return response(409, { type, title: 'Reset', detail: 'Reset.', channel: name, epoch, head, earliest });
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known) return known;
    this.#records++;
    const made = { epoch: `life-${this.#records}`, head: 0, earliest: 1, keys: new VirtualKeys() };
    this.#channels.set(name, made);
    return made;
  }

  /** Until something is published, or the wait ends; true when it is superseded. */
  #sleep(end: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#time.clearTimeout(timer);
        this.#wake.delete(done);
        if (signal.aborted) reject(signal.reason);
        else resolve(this.#superseded);
      };
      const timer = this.#time.setTimeout(done, end - this.#time.now());
      this.#wake.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #pass(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#time.setTimeout(() => (signal.aborted ? reject(signal.reason) : resolve()), ms);
    });
  }
}

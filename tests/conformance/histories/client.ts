/** A client that asks one server for what a history says, and keeps what it must know for that: offsets and tags. */

import type { Batch, Command, Name, Offset, Post, Put, Read } from './commands.ts';

/** What a client can tell of an answer without knowing which server gave it. */
export type Seen = Readonly<Record<string, unknown>>;

const START = '0000000000000000_0000000000000000';
/** Headers that say the same on every server, or say it by being there. */
const SAME = [
  'content-type',
  'stream-closed',
  'stream-up-to-date',
  'stream-ttl',
  'producer-epoch',
  'producer-seq',
  'producer-expected-seq',
  'producer-received-seq',
];
const THERE = ['etag', 'stream-cursor', 'location'];

interface Request {
  readonly method: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class Client {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  /** Of each stream, as they came. */
  readonly #offsets = new Map<Name, string[]>();
  /** Of the last read of each stream, with what was asked for. */
  readonly #tags = new Map<string, string>();
  /** The last number that was taken, by stream, producer and epoch. */
  readonly #seqs = new Map<string, number>();

  /** `base` is the address of all its streams. */
  constructor(base: string, headers: Readonly<Record<string, string>>) {
    this.#base = base;
    this.#headers = headers;
  }

  async ask(command: Command): Promise<Seen> {
    const { method, query, headers, body } = this.#request(command);
    const url = `${this.#base}${command.name}${query}`;
    const init = { method, headers: { ...this.#headers, ...headers }, ...(body ? { body } : {}) };
    const response = await fetch(url, init);
    const text = await response.text();
    return this.#seen(command, response, text);
  }

  #request(command: Command): Request {
    if (command.kind === 'get') return this.#read(command);
    if (command.kind === 'put') return this.#put(command);
    if (command.kind === 'post') return this.#post(command);
    return { method: command.kind.toUpperCase(), query: '', headers: {}, body: '' };
  }

  #read({ name, offset, live, known }: Read): Request {
    const text = offset === undefined ? (live ? '-1' : undefined) : this.#offset(name, offset);
    const query = `?${new URLSearchParams({ ...(text ? { offset: text } : {}), ...(live ? { live } : {}) })}`;
    const tag = known && !live ? this.#tags.get(`${name} ${JSON.stringify(offset)}`) : undefined;
    return { method: 'GET', query, headers: given({ 'if-none-match': tag }), body: '' };
  }

  #put({ type, body, closes, ttlS, fork }: Put): Request {
    const from = fork && `${new URL(this.#base).pathname}${fork.from}`;
    const headers = given({
      'content-type': type,
      'stream-closed': closes ? 'true' : undefined,
      'stream-ttl': ttlS,
      'stream-forked-from': from,
      'stream-fork-offset': fork?.offset === undefined ? undefined : this.#offset(fork.from, fork.offset),
      'stream-fork-sub-offset': fork?.sub,
    });
    return { method: 'PUT', query: '', headers, body };
  }

  #post({ name, type, body, closes, batch, seq }: Post): Request {
    const headers = given({
      'content-type': type,
      'stream-closed': closes ? 'true' : undefined,
      'producer-id': batch?.id,
      'producer-epoch': batch?.epoch,
      'producer-seq': batch && this.#seq(name, batch),
      'stream-seq': seq,
    });
    return { method: 'POST', query: '', headers, body };
  }

  #seq(name: Name, { id, epoch, seq }: Batch): number {
    const last = this.#seqs.get(`${name} ${id} ${epoch}`) ?? -1;
    if (seq === 'next') return last + 1;
    if (seq === 'again') return Math.max(0, last);
    return seq === 'skips' ? last + 2 : seq;
  }

  #offset(name: Name, offset: Offset): string {
    if (offset === 'start') return START;
    if (offset === 'form') return 'x_y';
    if (typeof offset === 'string') return offset;
    const known = this.#offsets.get(name) ?? [];
    return known.at(-1 - (offset.back % Math.max(1, known.length))) ?? '-1';
  }

  #seen(command: Command, response: Response, text: string): Seen {
    const { kind, name } = command;
    const { status, headers } = response;
    // Offsets of an earlier life are nobody's.
    if (kind === 'put' && status === 201) {
      this.#offsets.delete(name);
      for (const key of this.#seqs.keys()) if (key.startsWith(`${name} `)) this.#seqs.delete(key);
    }
    const taken = headers.get('producer-seq');
    if (kind === 'post' && command.batch && taken !== null && status < 300)
      this.#seqs.set(`${name} ${command.batch.id} ${command.batch.epoch}`, Number(taken));
    const tag = headers.get('etag');
    // An offset that was received may be written as another one on the other server.
    // Nor is a tag of a live answer: where one server waits for nothing, the other may answer.
    if (tag && command.kind === 'get' && !command.live && typeof command.offset !== 'object')
      this.#tags.set(`${name} ${JSON.stringify(command.offset)}`, tag);
    const seen: Record<string, unknown> = { status };
    // It may say what the whole answer would.
    if (status === 304) return seen;
    for (const header of SAME) seen[header] = headers.get(header)?.toLowerCase() ?? null;
    if (status >= 400) return { ...seen, 'content-type': null };
    for (const header of THERE) seen[header] = headers.get(header) !== null;
    // Whether a batch that was there already is told the end is left open.
    const isDuplicate = kind === 'post' && status === 204 && headers.has('producer-seq');
    if (!isDuplicate) seen.next = this.#order(name, headers.get('stream-next-offset'));
    const isEvents = headers.get('content-type')?.startsWith('text/event-stream');
    seen.body = isEvents ? this.#events(name, text) : text;
    return kind === 'head' ? { ...seen, body: '' } : seen;
  }

  /** How an offset compares with those that were received before, and then one of them. */
  #order(name: Name, offset: string | null): unknown {
    if (offset === null) return null;
    const known = this.#offsets.get(name) ?? [];
    this.#offsets.set(name, known);
    const order = known.map((one) => (one < offset ? '<' : one === offset ? '=' : '>')).join('');
    known.push(offset);
    return order;
  }

  /** What events hold, in whatever pieces it comes, and what the last of them says. */
  #events(name: Name, text: string): unknown {
    const events = text.split('\n\n').map((one) => one.split('\n').filter((line) => !line.startsWith(':')));
    const dataOf = (lines: readonly string[]) =>
      lines
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).replace(/^ /, ''))
        .join('\n');
    const data = events.filter(([first]) => first?.endsWith('data')).map(dataOf);
    const controls = events.filter(([first]) => first?.endsWith('control')).map(dataOf);
    const last = JSON.parse(controls.at(-1) ?? '{}') as Record<string, unknown>;
    const { streamNextOffset, streamCursor, upToDate: _, ...said } = last;
    return {
      data: data.join('').replaceAll('][', ','),
      ...said,
      hasCursor: streamCursor !== undefined,
      next: this.#order(name, String(streamNextOffset)),
    };
  }
}

/** The headers that have a value. */
function given(headers: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  const there = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there.map(([name, value]) => [name, String(value)]));
}

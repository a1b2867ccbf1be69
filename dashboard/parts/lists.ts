/** The channels there are, and the readers of this one that keep a place: asked for now and then, while somebody looks. */
import type { Connection } from '../../client/index.ts';
import { readChannels, readClients } from '../model/lists.ts';
import { hearing, type ServerTime } from '../model/server-time.ts';
import { ago } from '../model/wording.ts';
import { element, make } from './elements.ts';
import { write } from './frames.ts';

/** Each look costs the server some reads, and what it shows seldom changes. */
const CLIENTS_MS = 10_000;
const CHANNELS_MS = 30_000;
/** More are not picked from a list. */
const MOST_CHANNELS = 200;
const NO_CHANNEL = 'No channel yet.';
const LATE = 'Not known: the server does not answer.';

export class Lists {
  readonly #connection: Connection;
  readonly #time: ServerTime;
  readonly #fetch: typeof fetch;
  readonly #chosen: (channel: string) => void;
  readonly #channels = element('channels', HTMLUListElement);
  readonly #clients = element('clients', HTMLElement);
  #channel = '';
  #asked = new AbortController();

  /** `chosen` is called with a channel that somebody picked. */
  constructor(connection: Connection, time: ServerTime, chosen: (channel: string) => void) {
    this.#connection = connection;
    this.#time = time;
    this.#fetch = hearing(fetch, time);
    this.#chosen = chosen;
    setInterval(() => void this.#showClients(), CLIENTS_MS);
    setInterval(() => void this.#showChannels(), CHANNELS_MS);
    document.addEventListener('visibilitychange', () => this.refresh());
  }

  aim(channel: string): void {
    this.#channel = channel;
    this.#asked.abort();
    this.#asked = new AbortController();
    element('clients-channel', HTMLSpanElement).textContent = channel;
    this.#mark();
    this.#fillClients([]);
    this.refresh();
  }

  refresh(): void {
    void this.#showChannels();
    void this.#showClients();
  }

  async #showChannels(): Promise<void> {
    const answer = await this.#ask(`v1/channels?limit=${MOST_CHANNELS}`);
    if (answer === undefined) return;
    const channels = readChannels(answer.body);
    const note = element('channels-note', HTMLParagraphElement);
    if (channels === undefined) {
      write(note, wordsFor(answer, NO_CHANNEL));
      return;
    }
    const { names, more } = channels;
    write(note, more ? 'There are more: type the name above.' : names.length === 0 ? NO_CHANNEL : '');
    const old = [...this.#channels.children].map(({ textContent }) => textContent);
    // The list is left alone while it is as it was: somebody may stand on one of its links.
    if (old.join('/') === names.join('/')) return;
    this.#channels.replaceChildren(...names.map((name) => this.#channelItem(name)));
    this.#mark();
  }

  #channelItem(name: string): HTMLLIElement {
    const item = make('li', '');
    const link = item.appendChild(make('a', '', name));
    link.href = `?channel=${name}`;
    link.addEventListener('click', (click) => {
      if (click.ctrlKey || click.metaKey || click.shiftKey) return;
      click.preventDefault();
      this.#chosen(name);
    });
    return item;
  }

  #mark(): void {
    for (const link of this.#channels.querySelectorAll('a')) {
      if (link.textContent === this.#channel) link.ariaCurrent = 'page';
      else link.removeAttribute('aria-current');
    }
  }

  async #showClients(): Promise<void> {
    const answer = await this.#ask(`v1/channels/${this.#channel}/clients`);
    if (answer === undefined) return;
    const clients = readClients(answer.body);
    write(
      element('clients-note', HTMLParagraphElement),
      clients?.length ? '' : wordsFor(answer, 'No client keeps a place here.'),
    );
    const now = this.#time.now();
    this.#fillClients(
      (clients ?? []).map(({ client, maxvid, lag, seenAt }) => {
        const row = make('tr', lag > 0 ? 'behind' : '');
        const texts = [client, String(maxvid), lag.toLocaleString('en'), ago(now - Date.parse(seenAt))];
        row.append(...texts.map((text) => make('td', '', text)));
        row.cells[0]?.setAttribute('title', client);
        return row;
      }),
    );
  }

  #fillClients(rows: readonly HTMLTableRowElement[]): void {
    const table = this.#clients.querySelector('table');
    table?.tBodies[0]?.replaceChildren(...rows);
    if (table !== null) table.hidden = rows.length === 0;
  }

  /** Undefined: nobody looks, or another channel is followed by now. */
  async #ask(path: string): Promise<Answer | undefined> {
    if (document.hidden) return undefined;
    const { signal } = this.#asked;
    const { base, token } = this.#connection;
    try {
      const bearer = await token?.({ refresh: false });
      const headers: Record<string, string> = bearer ? { authorization: `Bearer ${bearer}` } : {};
      const response = await this.#fetch(`${base}${path}`, { headers, cache: 'no-store', signal });
      const body: unknown = await response.json().catch(() => undefined);
      return signal.aborted ? undefined : { status: response.status, body };
    } catch {
      return signal.aborted ? undefined : { status: 0, body: undefined };
    }
  }
}

interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly body: unknown;
}

function wordsFor({ status }: Answer, none: string): string {
  if (status === 200 || status === 404) return none;
  if (status === 401 || status === 403) return 'The token does not allow to see them.';
  return LATE;
}

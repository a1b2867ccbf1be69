/**
 * The readers of the followed channels that keep a place on the server: asked for now and then, while
 * somebody looks.
 */

import type { ClientInfo } from '../../lib/protocol/doorbell.ts';
import type { Connection } from '../../packages/client/src/index.ts';
import { type Answer, ask, wordsFor } from '../ask.ts';
import { readClients } from '../model/lists.ts';
import type { ServerTime } from '../model/server-time.ts';
import { ago } from '../model/wording.ts';
import { element, make } from './elements.ts';
import { write } from './frames.ts';

type Listed = ClientInfo & { readonly channel: string };

/** More are not read. Those furthest behind come first. */
const MOST_LISTED = 200;

export class ClientList {
  readonly #connection: Connection;
  readonly #time: ServerTime;
  readonly #table: HTMLTableElement;
  readonly #note = element('clients-note', HTMLElement);
  #channels: readonly string[] = [];
  #asked = new AbortController();

  constructor(connection: Connection, time: ServerTime) {
    this.#connection = connection;
    this.#time = time;
    const table = element('clients', HTMLElement).querySelector('table');
    if (table === null) throw new Error('index.html has no table in #clients.');
    this.#table = table;
  }

  follow(channels: readonly string[]): void {
    this.#channels = channels;
    element('clients-channel', HTMLElement).textContent = channels.join(', ');
    this.#fill([]);
    write(this.#note, '');
    void this.refresh();
  }

  async refresh(): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    const channels = this.#channels;
    const answers = await Promise.all(
      channels.map((channel) => ask(this.#connection, `v1/channels/${channel}/clients`, signal)),
    );
    if (signal.aborted) return;
    const clients = answers.flatMap((answer, i) =>
      (readClients(answer?.body) ?? []).map((client): Listed => ({ ...client, channel: channels[i] ?? '' })),
    );
    clients.sort((a, b) => b.lag - a.lag);
    this.#fill(clients.slice(0, MOST_LISTED));
    const failed = answers.find((answer): answer is Answer => answer !== undefined && answer.status !== 200);
    const why = wordsFor(failed ?? { status: 200, body: undefined }, 'No client keeps a place here.');
    write(this.#note, clients.length > 0 ? '' : why);
  }

  #fill(clients: readonly Listed[]): void {
    const now = this.#time.now();
    const several = this.#channels.length > 1;
    const rows = clients.map(({ channel, client, maxvid, lag, seenAt }) => {
      const row = make('tr', lag > 0 ? 'behind' : '');
      const name = several ? `${channel}: ${client}` : client;
      const texts = [name, String(maxvid), lag.toLocaleString('en'), ago(now - Date.parse(seenAt))];
      row.append(...texts.map((text) => make('td', '', text)));
      row.cells[0]?.setAttribute('title', name);
      return row;
    });
    this.#table.tBodies[0]?.replaceChildren(...rows);
    this.#table.hidden = rows.length === 0;
  }
}

/** The names of the channels that there are, asked for now and then while somebody looks. */
import type { Connection } from '../packages/client/src/index.ts';
import { type Answer, ask } from './ask.ts';
import { readChannels } from './model/lists.ts';

/** What it knows: names, or why there are none. */
export type Names =
  | { readonly names: readonly string[]; readonly isWhole: boolean; readonly failed?: undefined }
  | { readonly failed: Answer };

/** One page of the list: the most that the server gives (PROTOCOL.md, section 4). */
const PAGE = 1_000;
/** Names that are kept. Of more, those at the end of the alphabet can be typed but are not found. */
const MOST = 10_000;

export class ChannelNames {
  readonly #connection: Connection;
  #asked = new AbortController();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Undefined: a later call has overtaken this one. `all`: the pages behind the first too, for a search. */
  async load(all: boolean): Promise<Names | undefined> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    const names: string[] = [];
    let after = '';
    do {
      const answer = await ask(this.#connection, `v1/channels?limit=${PAGE}${after}`, signal);
      if (answer === undefined) return undefined;
      const page = readChannels(answer.body);
      if (page === undefined) return { failed: answer };
      names.push(...page.names);
      if (page.next === undefined) return { names, isWhole: true };
      after = `&after=${page.next}`;
    } while (all && names.length < MOST);
    return { names, isWhole: false };
  }
}

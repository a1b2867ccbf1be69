/** The channels there are: to be searched, to be followed, and to be put beside those that are followed. */
import { wordsFor } from '../ask.ts';
import type { ChannelNames, Names } from '../channel-names.ts';
import { searchChannels } from '../model/search.ts';
import { MOST_CHANNELS } from '../model/settings.ts';
import type { Overdue } from '../overdue.ts';
import { element, make, makeButton } from './elements.ts';
import { write } from './frames.ts';

/** More are not picked from a list. */
const MOST_LISTED = 100;
const NO_CHANNEL = 'No channel yet.';

export interface ChannelActions {
  /** Somebody wants to see these channels. */
  chosen(channels: readonly string[]): void;
  /** There are other names than before. */
  known(names: readonly string[]): void;
}

export class ChannelList {
  readonly #source: ChannelNames;
  readonly #overdue: Overdue;
  readonly #actions: ChannelActions;
  readonly #search = element('channel-search', HTMLInputElement);
  readonly #list = element('channels', HTMLUListElement);
  readonly #note = element('channels-note', HTMLElement);
  #followed: readonly string[] = [];
  #names: readonly string[] = [];
  /** Channels whose promised events have not come, and how many. */
  #late: ReadonlyMap<string, number> = new Map();
  #isWhole = true;
  /** Whether the pages behind the first were asked for. */
  #isAll = false;
  /** What stands in the list. */
  #drawn = '';

  constructor(source: ChannelNames, overdue: Overdue, actions: ChannelActions) {
    this.#source = source;
    this.#overdue = overdue;
    this.#actions = actions;
    this.#search.addEventListener('input', () => {
      // The first page of names is at hand. The others are asked for when somebody searches.
      if (this.#isWhole || this.#isAll) this.#draw();
      else void this.refresh();
    });
    this.#search.addEventListener('keydown', (key) => {
      const [first] = this.#found().names;
      if (key.key === 'Enter' && first !== undefined) actions.chosen([first]);
    });
  }

  follow(channels: readonly string[]): void {
    this.#followed = channels;
    this.#draw();
  }

  async refresh(): Promise<void> {
    const isAll = this.#search.value.trim() !== '';
    const names = await this.#source.load(isAll);
    if (names === undefined) return;
    this.#isAll = isAll;
    this.#take(names);
    const late = names.failed ? undefined : await this.#overdue.load(names.names);
    if (late === undefined) return;
    this.#late = late;
    this.#draw();
  }

  #take(names: Names): void {
    if (names.failed !== undefined) {
      write(this.#note, wordsFor(names.failed, NO_CHANNEL));
      return;
    }
    this.#names = names.names;
    this.#isWhole = names.isWhole;
    this.#draw();
    this.#actions.known(this.#names);
  }

  #found() {
    return searchChannels(this.#names, this.#search.value, MOST_LISTED);
  }

  #draw(): void {
    const { names, total } = this.#found();
    write(this.#note, this.#words(names.length, total));
    const late = [...this.#late].flat().join('/');
    const state = `${names.join('/')} ${this.#followed.join('/')} ${late}`;
    // The list is left alone while it is as it was: somebody may stand on one of its links.
    if (state === this.#drawn) return;
    this.#drawn = state;
    const focused = document.activeElement?.getAttribute('data-channel');
    this.#list.replaceChildren(...names.map((name) => this.#item(name)));
    if (focused) this.#list.querySelector<HTMLElement>(`[data-channel="${focused}"]`)?.focus();
  }

  #words(listed: number, total: number): string {
    const all = this.#names.length;
    const number = (count: number) => count.toLocaleString('en');
    if (all === 0) return NO_CHANNEL;
    if (total === 0)
      return this.#isWhole ? 'No channel has such a name.' : 'None of the first. Type its name above.';
    const of = this.#isWhole ? number(all) : `more than ${number(all)}`;
    if (total < all) return listed < total ? `${listed} of ${number(total)} that fit` : `${total} of ${of}`;
    return listed < all || !this.#isWhole ? `The first ${listed} of ${of}: search for others.` : '';
  }

  #item(name: string): HTMLLIElement {
    const item = make('li', '');
    const link = item.appendChild(make('a', '', name));
    link.href = `?channel=${name}`;
    link.dataset.channel = name;
    link.addEventListener('click', (click) => {
      if (click.ctrlKey || click.metaKey || click.shiftKey) return;
      click.preventDefault();
      this.#actions.chosen([name]);
    });
    const late = this.#late.get(name);
    if (late !== undefined) {
      const mark = item.appendChild(make('strong', 'overdue', late === 1 ? 'overdue' : `${late} overdue`));
      mark.title = `What was promised here has not come: see alarms.${name}`;
    }
    const isFollowed = this.#followed.includes(name);
    if (isFollowed) link.ariaCurrent = 'page';
    if (isFollowed || this.#followed.length >= MOST_CHANNELS) return item;
    const beside = makeButton('beside small', '+', () => this.#actions.chosen([...this.#followed, name]));
    beside.ariaLabel = `Show ${name} beside`;
    beside.title = beside.ariaLabel;
    item.append(beside);
    return item;
  }
}

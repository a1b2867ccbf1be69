/**
 * One channel's events on the page: its name where there are several, its table, and the line below that says
 * what is kept.
 */
import { MOST_COLUMNS } from '../model/columns.ts';
import type { Pane } from '../model/pane.ts';
import type { Preferences } from '../model/preferences.ts';
import type { Row } from '../model/rows.ts';
import type { Chooser } from './chooser.ts';
import { element, within } from './elements.ts';
import { EventTable } from './event-table.ts';
import { write } from './frames.ts';

/** What a pane asks of the page. */
export interface PaneActions {
  readonly chooser: Chooser;
  readonly preferences: Preferences;
  /** The pane must be drawn anew. */
  moved(): void;
  /** Somebody wants to see an event whole. */
  opened(row: Row): void;
  /** Somebody wants to follow this channel no more. */
  closed(channel: string): void;
}

export class PaneView {
  readonly root: HTMLElement;
  readonly #pane: Pane;
  readonly #actions: PaneActions;
  readonly #table: EventTable;
  readonly #newest: HTMLElement;
  readonly #kept: HTMLElement;
  readonly #raw: HTMLButtonElement;

  constructor(pane: Pane, isAlone: boolean, actions: PaneActions) {
    const copy = element('pane', HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
    this.root = within(copy, 'pane', HTMLElement);
    this.#pane = pane;
    this.#actions = actions;
    this.#newest = within(this.root, 'pane-newest', HTMLElement);
    this.#kept = within(this.root, 'kept', HTMLElement);
    this.#raw = within(this.root, 'raw', HTMLButtonElement);
    const { channel } = pane;
    within(this.root, 'pane-head', HTMLElement).hidden = isAlone;
    write(within(this.root, 'pane-title', HTMLElement), channel);
    within(this.root, 'scroller', HTMLElement).ariaLabel = `Events of ${channel}`;
    const close = within(this.root, 'pane-close', HTMLButtonElement);
    close.ariaLabel = `Close ${channel}`;
    close.addEventListener('click', () => actions.closed(channel));
    this.#raw.ariaLabel = isAlone ? 'Raw' : `Raw data of ${channel}`;
    this.#raw.addEventListener('click', () => this.#turnRaw());
    const choose = within(this.root, 'choose-columns', HTMLButtonElement);
    choose.ariaLabel = isAlone ? 'Columns…' : `Columns… of ${channel}`;
    choose.addEventListener('click', () => this.#chooseColumns());
    const { columns, raw } = actions.preferences.of(channel);
    pane.columns.choose(columns);
    pane.raw = raw === true;
    this.#table = new EventTable(this.root, pane, actions.moved, actions.opened);
  }

  restart(): void {
    this.#table.restart();
  }

  draw(): void {
    const { rows, raw, newest } = this.#pane;
    this.#table.draw();
    this.#raw.ariaPressed = String(raw);
    write(this.#newest, newest === null ? '' : `vid ${newest.toLocaleString('en')}`);
    const number = (count: number) => count.toLocaleString('en');
    const shown = rows.length === rows.kept ? 'All' : `${number(rows.length)} of`;
    const kept = `${shown} ${number(rows.kept)} kept here, at most the last ${number(rows.most)}`;
    write(this.#kept, rows.kept === 0 ? '' : rows.paused ? `Paused. ${kept}` : kept);
  }

  #turnRaw(): void {
    this.#pane.raw = !this.#pane.raw;
    this.#actions.preferences.change(this.#pane.channel, { raw: this.#pane.raw });
    this.#actions.moved();
  }

  #chooseColumns(): void {
    const { columns, channel } = this.#pane;
    const { chooser, preferences, moved } = this.#actions;
    const shown = () => ({ keys: columns.list.map(({ key }) => key), by: undefined });
    chooser.open({
      title: `Columns of ${channel}`,
      offered: columns.keys,
      choice: shown(),
      lines: undefined,
      most: MOST_COLUMNS,
      chosen: (choice) => {
        // Nothing chosen is what there was before anybody chose.
        const keys = choice?.keys.length ? choice.keys : undefined;
        columns.choose(keys);
        preferences.change(channel, { columns: keys });
        moved();
        return shown();
      },
    });
  }
}

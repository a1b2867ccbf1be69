/** One event whole: its data as indented JSON, with characters that are not seen written out. */
import { visible } from '../model/cell-text.ts';
import type { Row } from '../model/rows.ts';
import { element } from './elements.ts';
import { focusEvents } from './panes.ts';

/** An event has up to 256 KiB; so much of it is laid out in an instant, and read by nobody. */
const MOST_CHARACTERS = 200_000;

export class Inspector {
  readonly #box = element('inspector', HTMLElement);
  readonly #text = element('inspector-text', HTMLPreElement);
  readonly #scroller = element('inspector-scroller', HTMLElement);
  #back: HTMLElement | undefined;

  constructor() {
    const close = () => this.#close();
    element('inspector-close', HTMLButtonElement).addEventListener('click', close);
    this.#box.addEventListener('keydown', ({ key }) => key === 'Escape' && close());
  }

  show(row: Row): void {
    if (row.kind === 'notice') return;
    const { key } = row;
    const focused = document.activeElement;
    this.#back = focused instanceof HTMLElement ? focused : undefined;
    element('inspector-title', HTMLElement).textContent =
      `Event ${row.vid}${key === undefined ? '' : ` · key ${visible(key)}`} · ${row.at} · ${visible(row.id)}`;
    const lines = JSON.stringify(JSON.parse(row.json), null, 2).split('\n').map(visible).join('\n');
    const more = lines.length - MOST_CHARACTERS;
    this.#text.textContent = lines.slice(0, MOST_CHARACTERS);
    if (more > 0) this.#text.append(`\n… ${more.toLocaleString('en')} characters more`);
    this.#scroller.scrollTop = 0;
    this.#box.hidden = false;
    this.#scroller.focus();
  }

  hide(): void {
    this.#box.hidden = true;
    this.#text.textContent = '';
  }

  #close(): void {
    this.hide();
    // The row may have gone by now.
    if (this.#back?.isConnected) this.#back.focus({ preventScroll: true });
    else focusEvents();
  }
}

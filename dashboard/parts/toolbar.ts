/** Filter, pause, copy; and the line below the table that says what is shown of what is kept. */
import { filterOf } from '../model/filter.ts';
import type { Picture } from '../model/picture.ts';
import { BOUNDS } from '../model/rows.ts';
import { copyText } from './clipboard.ts';
import { element } from './elements.ts';
import { write } from './frames.ts';

export class Toolbar {
  readonly #pause = element('pause', HTMLButtonElement);
  readonly #kept = element('kept', HTMLSpanElement);
  readonly #copied = element('copied', HTMLSpanElement);

  /** `changed` is called when other rows are to be shown. */
  constructor({ rows }: Picture, changed: () => void) {
    const filter = element('filter', HTMLInputElement);
    filter.addEventListener('input', () => {
      rows.filter(filterOf(filter.value));
      changed();
    });
    this.#pause.addEventListener('click', () => {
      if (rows.paused) rows.resume();
      else rows.pause();
      changed();
    });
    element('copy', HTMLButtonElement).addEventListener('click', async () => {
      const { text, count } = rows.toNdjson();
      const events = count === 1 ? '1 event' : `${count.toLocaleString('en')} events`;
      const done = await copyText(text);
      this.#copied.textContent = done ? `Copied ${events}.` : 'This browser does not allow it to copy.';
    });
  }

  clear(): void {
    this.#copied.textContent = '';
  }

  draw({ rows }: Picture): void {
    const waiting = rows.waiting > 0 ? ` (${rows.waiting.toLocaleString('en')} new)` : '';
    write(this.#pause, rows.paused ? `Resume${waiting}` : 'Pause');
    this.#pause.toggleAttribute('data-paused', rows.paused);
    const number = (count: number) => count.toLocaleString('en');
    const shown = rows.length === rows.kept ? 'All' : `${number(rows.length)} of`;
    const kept = `${shown} ${number(rows.kept)} kept here, at most the last ${number(BOUNDS.rows)}`;
    write(this.#kept, rows.kept === 0 ? '' : rows.paused ? `Paused. ${kept}` : kept);
  }
}

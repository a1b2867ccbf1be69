/** Filter, pause, copy: for all channels that stand side by side. */
import { filterOf } from '../model/filter.ts';
import type { Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { copyText } from './clipboard.ts';
import { element } from './elements.ts';
import { write } from './frames.ts';

/** How long it says that it has copied. */
const SAID_MS = 5_000;

export class Toolbar {
  readonly #filter = element('filter', HTMLInputElement);
  readonly #pause = element('pause', HTMLButtonElement);
  #showsState = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #copied = element('copied', HTMLElement);

  /** `changed` is called when other rows are to be shown. */
  constructor(picture: Picture, changed: () => void) {
    this.#filter.addEventListener('input', () => {
      this.#sift(picture);
      changed();
    });
    this.#pause.addEventListener('click', () => {
      const isPaused = isAnyPaused(picture);
      for (const rows of [...picture.panes.map((pane) => pane.rows), picture.state]) {
        if (isPaused) rows.resume();
        else rows.pause();
      }
      changed();
    });
    element('copy', HTMLButtonElement).addEventListener('click', async () => {
      const shown = this.#showsState ? [picture.state] : picture.panes.map(({ rows }) => rows);
      const all = shown.map((rows) => rows.toNdjson());
      const count = all.reduce((sum, one) => sum + one.count, 0);
      const what = this.#showsState ? 'key' : 'event';
      const events = `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
      const done = await copyText(all.map(({ text }) => text).join(''));
      this.#say(done ? `Copied ${events}.` : 'This browser does not allow it to copy.');
    });
  }

  /** Other channels: what was filtered stays filtered. */
  follow(picture: Picture): void {
    this.#copied.textContent = '';
    this.#sift(picture);
  }

  draw(picture: Picture, { view }: Moment): void {
    this.#showsState = view === 'state';
    const waiting = picture.panes.reduce((sum, { rows }) => sum + rows.waiting, 0);
    const isPaused = isAnyPaused(picture);
    const words = waiting > 0 ? ` (${waiting.toLocaleString('en')} new)` : '';
    write(this.#pause, isPaused ? `Resume${words}` : 'Pause');
    this.#pause.toggleAttribute('data-paused', isPaused);
  }

  #say(text: string): void {
    this.#copied.textContent = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#copied.textContent = '';
    }, SAID_MS);
  }

  #sift({ panes, state }: Picture): void {
    const match = filterOf(this.#filter.value);
    state.filter(match);
    for (const { rows } of panes) rows.filter(match);
  }
}

function isAnyPaused({ panes }: Picture): boolean {
  return panes.some(({ rows }) => rows.paused);
}

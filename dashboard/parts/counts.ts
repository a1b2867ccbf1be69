/**
 * How many events came, the newest vid, and what went wrong on the way; losses stand out as soon as there are
 * some.
 */
import type { Picture } from '../model/picture.ts';
import { element } from './elements.ts';
import { write } from './frames.ts';

export class Counts {
  readonly #cells = ['received', 'newest', 'missed', 'resets'].map((name) =>
    element(`count-${name}`, HTMLElement),
  );

  draw({ panes, received, missed, resets }: Picture): void {
    const [first, second] = panes;
    // Each of several channels has its own numbers, which stand above its events.
    const newest = second === undefined ? first?.newest : undefined;
    const values = [received, newest ?? '–', missed, resets];
    for (const [i, cell] of this.#cells.entries()) {
      write(cell, (values[i] ?? '').toLocaleString('en'));
      cell.toggleAttribute('data-some', i > 1 && values[i] !== 0);
    }
  }
}

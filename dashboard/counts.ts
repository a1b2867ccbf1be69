/** How many events came, the newest vid, and what went wrong on the way; losses stand out as soon as there are some. */
import { element } from './elements.ts';

export class Counts {
  #received = 0;
  #missed = 0;
  #resets = 0;
  #newest: number | null = null;

  clear(): void {
    this.#received = 0;
    this.#missed = 0;
    this.#resets = 0;
    this.#newest = null;
    this.#draw();
  }

  received(vid: number): void {
    this.#received += 1;
    this.#newest = vid;
    this.#draw();
  }

  missed(count: number): void {
    this.#missed += count;
    this.#draw();
  }

  reset(): void {
    this.#resets += 1;
    this.#newest = null;
    this.#draw();
  }

  #draw(): void {
    write('count-received', this.#received);
    write('count-newest', this.#newest ?? '–');
    write('count-missed', this.#missed, this.#missed > 0);
    write('count-resets', this.#resets, this.#resets > 0);
  }
}

function write(id: string, value: number | string, stands = false): void {
  const cell = element(id, HTMLElement);
  cell.textContent = value.toLocaleString('en');
  cell.toggleAttribute('data-some', stands);
}

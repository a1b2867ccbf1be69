/**
 * What happened to the stream, so that nobody overlooks it: events were missed, or the channel began anew. It
 * stays until it is dismissed.
 */
import { element } from './elements.ts';
import { focusEvents } from './panes.ts';

export class Happening {
  readonly #box = element('happening', HTMLDivElement);
  readonly #text = element('happening-text', HTMLParagraphElement);

  constructor() {
    element('dismiss', HTMLButtonElement).addEventListener('click', () => {
      this.clear();
      focusEvents();
    });
  }

  say(kind: 'missed' | 'reset', text: string): void {
    this.#box.dataset.kind = kind;
    this.#box.hidden = false;
    this.#text.textContent = text;
  }

  clear(): void {
    this.#box.hidden = true;
    this.#text.textContent = '';
  }
}

/**
 * A dialog in which somebody chooses among keys and puts them in order. Each change counts at once; Escape
 * and Done close it.
 */
import { visible } from '../model/cell-text.ts';
import { element, make, makeButton } from './elements.ts';
import { write } from './frames.ts';

export interface Choice {
  readonly keys: readonly string[];
  /** By what lines are told apart, where that can be chosen. */
  readonly by: string | undefined;
}

export interface ChooserOptions {
  readonly title: string;
  /** All that can be chosen. Keys that were chosen once and are not among them stay in the list. */
  readonly offered: readonly string[];
  /** What is chosen, or what is shown where nothing is. */
  readonly choice: Choice;
  /** Members that tell lines apart; undefined: there is nothing of the kind. */
  readonly lines: readonly string[] | undefined;
  readonly most: number;
  /** Called with every change; with undefined, the data decides again. Gives what is shown then. */
  readonly chosen: (choice: Choice | undefined) => Choice;
}

export class Chooser {
  readonly #dialog = element('chooser', HTMLDialogElement);
  readonly #title = element('chooser-title', HTMLElement);
  readonly #list = element('chooser-list', HTMLUListElement);
  readonly #note = element('chooser-note', HTMLElement);
  readonly #by = element('chooser-by', HTMLElement);
  readonly #lines = element('chooser-lines', HTMLSelectElement);
  #options: ChooserOptions | undefined;
  #choice: Choice = { keys: [], by: undefined };

  constructor() {
    element('chooser-close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    element('chooser-automatic', HTMLButtonElement).addEventListener('click', () => this.#change(undefined));
    this.#lines.addEventListener('change', () => {
      const { value } = this.#lines;
      this.#change({ ...this.#choice, by: value === '' ? undefined : value.slice(1) });
    });
  }

  open(options: ChooserOptions): void {
    this.#options = options;
    this.#choice = options.choice;
    write(this.#title, options.title);
    this.#by.hidden = options.lines === undefined;
    this.#draw();
    this.#dialog.showModal();
  }

  #change(choice: Choice | undefined): void {
    if (this.#options === undefined) return;
    const focused = document.activeElement?.id;
    this.#choice = this.#options.chosen(choice);
    this.#draw();
    // The list was made anew: who moves a key on goes on from where it is now.
    if (focused) document.getElementById(focused)?.focus();
  }

  #draw(): void {
    const { offered, most, lines = [] } = this.#options ?? { offered: [], most: 0 };
    const { keys, by } = this.#choice;
    const others = offered.filter((key) => !keys.includes(key));
    this.#list.replaceChildren(...[...keys, ...others].map((key, place) => this.#item(key, place)));
    const none = offered.length === 0 ? 'No event has such a member so far.' : '';
    write(this.#note, keys.length >= most ? `These are ${most}, and no more fit.` : none);
    const option = (value: string, text: string) => {
      const made = make('option', '', text);
      made.value = value;
      made.selected = value === (by === undefined ? '' : `=${by}`);
      return made;
    };
    this.#lines.replaceChildren(
      option('', 'channel'),
      ...lines.map((key) => option(`=${key}`, visible(key.slice(0, 64)))),
    );
  }

  #item(key: string, place: number): HTMLLIElement {
    const { keys } = this.#choice;
    const name = visible(key.slice(0, 64));
    const item = make('li', '');
    const label = item.appendChild(make('label', ''));
    const box = label.appendChild(make('input', ''));
    box.type = 'checkbox';
    box.id = `chooser-key-${name}`;
    box.checked = keys.includes(key);
    box.disabled = !box.checked && keys.length >= (this.#options?.most ?? 0);
    box.addEventListener('change', () =>
      this.#change({
        ...this.#choice,
        keys: box.checked ? [...keys, key] : keys.filter((one) => one !== key),
      }),
    );
    label.append(make('span', '', name));
    if (!box.checked) return item;
    item.append(this.#mover(key, name, place, -1), this.#mover(key, name, place, 1));
    return item;
  }

  #mover(key: string, name: string, place: number, step: -1 | 1): HTMLButtonElement {
    const { keys } = this.#choice;
    const button = makeButton('small', step < 0 ? '↑' : '↓', () => {
      const moved = keys.filter((one) => one !== key);
      moved.splice(place + step, 0, key);
      this.#change({ ...this.#choice, keys: moved });
    });
    button.id = `chooser-${step < 0 ? 'up' : 'down'}-${name}`;
    button.ariaLabel = `Move ${name} ${step < 0 ? 'up' : 'down'}`;
    button.disabled = place + step < 0 || place + step >= keys.length;
    return button;
  }
}

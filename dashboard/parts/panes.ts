/** The channels that are followed, side by side. */
import type { Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { element } from './elements.ts';
import { type PaneActions, PaneView } from './pane-view.ts';

export class Panes {
  readonly #box = element('panes', HTMLElement);
  readonly #actions: PaneActions;
  #views: readonly PaneView[] = [];

  constructor(actions: PaneActions) {
    this.#actions = actions;
  }

  /** Empty tables for these channels. */
  follow({ panes }: Picture): void {
    this.#views = panes.map((pane) => new PaneView(pane, panes.length === 1, this.#actions));
    this.#box.replaceChildren(...this.#views.map(({ root }) => root));
  }

  /** To the newest, where something else is shown from now on. */
  restart(): void {
    for (const view of this.#views) view.restart();
  }

  draw(_: Picture, __: Moment): void {
    if (this.#box.hidden) return;
    for (const view of this.#views) view.draw();
  }
}

/** Where somebody goes on whose place on the page has gone. */
export function focusEvents(): void {
  document.querySelector<HTMLElement>('#panes .scroller')?.focus({ preventScroll: true });
}

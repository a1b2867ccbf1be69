/**
 * Events alone, or under a board of doors or under charts. Until somebody chooses, what fits the channel's
 * data.
 */
import type { Picture } from '../model/picture.ts';
import { type Settings, VIEWS, type View, viewOf } from '../model/settings.ts';
import { element } from './elements.ts';

export class ViewSwitch {
  readonly #buttons = VIEWS.map((view) => {
    const found = document.querySelector<HTMLButtonElement>(`[data-view="${view}"]`);
    if (found === null) throw new Error(`index.html has no button for the view ${view}.`);
    return [view, found] as const;
  });
  readonly #lenses = ['doors', 'charts'].map((id) => element(id, HTMLElement));
  #chosen: Settings['view'] = 'auto';

  constructor(chosen: (view: View) => void) {
    for (const [view, button] of this.#buttons) button.addEventListener('click', () => chosen(view));
  }

  choose(view: Settings['view']): void {
    this.#chosen = view;
  }

  draw({ doors, charts, panes }: Picture): void {
    const view = viewOf(this.#chosen, {
      doors: doors.size > 0,
      hosts: charts.hosts,
      several: panes.length > 1,
    });
    for (const [name, button] of this.#buttons) button.ariaPressed = String(name === view);
    for (const lens of this.#lenses) lens.hidden = lens.id !== view;
  }
}

/**
 * Events alone, or under a board of doors or under charts; or the state in their place. Until somebody chooses, what fits the channel's
 * data.
 */
import type { Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { type Settings, VIEWS, type View, viewOf } from '../model/settings.ts';
import { element } from './elements.ts';

export class ViewSwitch {
  readonly #buttons = VIEWS.map((view) => {
    const found = document.querySelector<HTMLButtonElement>(`[data-view="${view}"]`);
    if (found === null) throw new Error(`index.html has no button for the view ${view}.`);
    return [view, found] as const;
  });
  readonly #sections = Object.entries({ keys: 'state', doors: 'doors', charts: 'charts' }).map(
    ([id, view]) => [view, element(id, HTMLElement)] as const,
  );
  #chosen: Settings['view'] = 'auto';

  constructor(chosen: (view: View) => void) {
    for (const [view, button] of this.#buttons) button.addEventListener('click', () => chosen(view));
  }

  choose(view: Settings['view']): void {
    this.#chosen = view;
  }

  /** What is shown of it. */
  viewOf({ doors, charts, panes, received, state }: Picture): View {
    return viewOf(this.#chosen, {
      doors: doors.size > 0,
      hosts: charts.hosts,
      several: panes.length > 1,
      stateAlone: received === 0 && state.total > 0,
    });
  }

  draw(_: Picture, { view }: Moment): void {
    for (const [name, button] of this.#buttons) button.ariaPressed = String(name === view);
    for (const [name, section] of this.#sections) section.hidden = name !== view;
  }
}

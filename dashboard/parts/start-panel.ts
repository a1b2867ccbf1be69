/**
 * What stands in the place of the events while a channel has none: how something comes here, and which
 * channels have something.
 */
import type { Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { startCommands } from '../model/start.ts';
import { copyText } from './clipboard.ts';
import { element, make } from './elements.ts';
import { write } from './frames.ts';

const MOST_LISTED = 12;

export class StartPanel {
  readonly #panel = element('start', HTMLElement);
  readonly #panes = element('panes', HTMLElement);
  readonly #list = element('start-channels', HTMLUListElement);
  readonly #token: () => string;
  readonly #chosen: (channels: readonly string[]) => void;
  #names = '';

  constructor(token: () => string, chosen: (channels: readonly string[]) => void) {
    this.#token = token;
    this.#chosen = chosen;
    this.#follow(element('start-doors', HTMLAnchorElement), 'doors');
    const copied = element('start-copied', HTMLElement);
    for (const button of this.#panel.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
      button.addEventListener('click', async () => {
        const done = await copyText(element(button.dataset.copy ?? '', HTMLElement).textContent ?? '');
        copied.textContent = done ? 'Copied.' : 'This browser does not allow it to copy.';
      });
    }
    this.known([]);
  }

  follow([channel = '']: readonly string[]): void {
    write(element('start-channel', HTMLElement), channel);
    element('start-copied', HTMLElement).textContent = '';
  }

  known(names: readonly string[]): void {
    const text = names.join('/');
    if (text === this.#names && text !== '') return;
    this.#names = text;
    write(
      element('start-channels-note', HTMLElement),
      names.length === 0 ? 'There is none that you may read so far.' : 'These have had events:',
    );
    const links = names.slice(0, MOST_LISTED).map((name) => {
      const link = make('a', '', name);
      link.href = `?channel=${name}`;
      this.#follow(link, name);
      const item = make('li', '');
      item.append(link);
      return item;
    });
    this.#list.replaceChildren(...links);
  }

  /** Seen while the one channel that is followed is live and empty. */
  draw({ panes, received, state: keys }: Picture, { state, view }: Moment): void {
    const [first, second] = panes;
    const isNone = received === 0 && first?.rows.kept === 0 && keys.total === 0;
    const isEmpty = isNone && second === undefined && state === 'live';
    this.#panes.hidden = isEmpty || view === 'state';
    this.#panel.hidden = !isEmpty;
    if (!isEmpty) return;
    const hasToken = this.#token() !== '';
    const base = new URL('.', location.href).href;
    const { demo, publish } = startCommands(base, first.channel, hasToken);
    write(element('demo-command', HTMLElement), demo);
    write(element('publish-command', HTMLElement), publish);
    element('start-token', HTMLElement).hidden = !hasToken;
  }

  #follow(link: HTMLAnchorElement, channel: string): void {
    link.addEventListener('click', (click) => {
      if (click.ctrlKey || click.metaKey || click.shiftKey) return;
      click.preventDefault();
      this.#chosen([channel]);
    });
  }
}

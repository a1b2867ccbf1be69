/**
 * Asks which channels to follow and from where. A name that cannot be one is refused here, in words, and not
 * sent.
 */

import { MOST_CHANNELS, readChannels, type Settings } from '../model/settings.ts';
import { element } from './elements.ts';

type Followed = Pick<Settings, 'channels' | 'from'>;

export class FollowForm {
  readonly #channel = element('channel', HTMLInputElement);
  readonly #from = element('from', HTMLSelectElement);
  readonly #error = element('channel-error', HTMLSpanElement);

  /**
   * `chosen` is called whenever the form is sent, also with what is followed already: then it begins again.
   */
  constructor(chosen: (settings: Followed) => void) {
    element('follow', HTMLFormElement).addEventListener('submit', (submit) => {
      submit.preventDefault();
      const channels = this.#read();
      if (channels !== undefined) chosen({ channels, from: this.#from.value === 'now' ? 'now' : 'last' });
    });
  }

  show({ channels, from }: Followed): void {
    this.#channel.value = channels.join(' ');
    this.#from.value = from;
    this.#read();
  }

  /** Undefined, and said why: they cannot be followed. */
  #read(): readonly string[] | undefined {
    const { channels, wrong } = readChannels(this.#channel.value);
    const isNone = channels.length === 0 && wrong === undefined;
    const words = isNone
      ? 'Name a channel.'
      : wrong !== undefined
        ? 'A channel is named with letters, digits and _ . -'
        : '';
    this.#channel.setAttribute('aria-invalid', String(words !== ''));
    this.#error.textContent = words;
    return words === '' ? channels.slice(0, MOST_CHANNELS) : undefined;
  }
}

/** Asks which channel to follow and from where. A name that cannot be one is refused here, in words, and not sent. */

import { isChannel, type Settings } from '../model/settings.ts';
import { element } from './elements.ts';

export class FollowForm {
  readonly #channel = element('channel', HTMLInputElement);
  readonly #from = element('from', HTMLSelectElement);

  /** `chosen` is called whenever the form is sent, also with what is followed already: then it begins again. */
  constructor(chosen: (settings: Pick<Settings, 'channel' | 'from'>) => void) {
    element('follow', HTMLFormElement).addEventListener('submit', (submit) => {
      submit.preventDefault();
      const channel = this.#channel.value.trim();
      if (this.#check(channel)) chosen({ channel, from: this.#from.value === 'now' ? 'now' : 'start' });
    });
  }

  show({ channel, from }: Pick<Settings, 'channel' | 'from'>): void {
    this.#channel.value = channel;
    this.#from.value = from;
    this.#check(channel);
  }

  #check(channel: string): boolean {
    const good = isChannel(channel);
    this.#channel.setAttribute('aria-invalid', String(!good));
    const words = good ? '' : 'A channel is named with letters, digits and _ . -';
    element('channel-error', HTMLSpanElement).textContent = words;
    return good;
  }
}

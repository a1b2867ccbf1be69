/** Asks which channel to follow and from where. A name that cannot be one is refused here, in words, and not sent. */
import { element } from './elements.ts';
import { isChannel, type Settings } from './settings.ts';

export class FollowForm {
  readonly #channel = element('channel', HTMLInputElement);
  readonly #from = element('from', HTMLSelectElement);

  /** `chosen` is called whenever the form is sent, also with what is followed already: then it begins again. */
  constructor(chosen: (settings: Settings) => void) {
    element('follow', HTMLFormElement).addEventListener('submit', (submit) => {
      submit.preventDefault();
      const channel = this.#channel.value.trim();
      if (this.#check(channel)) chosen({ channel, from: this.#from.value === 'now' ? 'now' : 'start' });
    });
  }

  show({ channel, from }: Settings): void {
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

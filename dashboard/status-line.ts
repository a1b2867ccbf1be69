/**
 * The connection's state in words, a colour and a shape. It claims to be live only while the client does. While
 * attempts follow each other the words stay the same, so that a screen reader says once that the connection is lost.
 */
import type { Status } from '../client/index.ts';
import { element } from './elements.ts';

interface Shown {
  readonly state: 'connecting' | 'live' | 'lost' | 'stopped';
  readonly text: string;
  readonly detail: string;
}

export class StatusLine {
  readonly #line = element('state', HTMLDivElement);
  readonly #text = element('status-text', HTMLSpanElement);
  readonly #detail = element('status-detail', HTMLSpanElement);
  #timer: ReturnType<typeof setInterval> | undefined;

  show(status: Status): void {
    clearInterval(this.#timer);
    this.#draw(wording(status, Date.now()));
    if (status.state === 'waiting') {
      this.#timer = setInterval(() => this.#draw(wording(status, Date.now())), 500);
    }
  }

  #draw({ state, text, detail }: Shown): void {
    this.#line.dataset.state = state;
    // Writing the same text again would have it read out again.
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#detail.textContent = detail;
  }
}

/** Pure: the words for a status at a moment. */
export function wording(status: Status, now: number): Shown {
  switch (status.state) {
    case 'live':
      return { state: 'live', text: 'Live', detail: '' };
    case 'connecting':
      return status.attempt === 1
        ? { state: 'connecting', text: 'Connecting', detail: '' }
        : { state: 'lost', text: 'Connection lost', detail: ' · trying again now' };
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((status.retryAt - now) / 1_000));
      const detail = ` · ${status.error.message} Trying again in ${seconds} s`;
      return { state: 'lost', text: 'Connection lost', detail };
    }
    case 'stopped': {
      const detail = status.error === undefined ? '' : ` · ${status.error.message}`;
      return { state: 'stopped', text: 'Stopped', detail };
    }
  }
}

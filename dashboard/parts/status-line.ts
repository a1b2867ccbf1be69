/** The connection's state in words, a colour and a shape, and what somebody can do about it. */
import type { Failure, Status } from '../../client/index.ts';
import type { Picture } from '../model/picture.ts';
import { type Shown, wording } from '../model/wording.ts';
import { element } from './elements.ts';
import { write } from './frames.ts';

export class StatusLine {
  readonly #picture: Picture;
  readonly #said: (state: Shown['state']) => void;
  readonly #line = element('state', HTMLDivElement);
  readonly #text = element('status-text', HTMLSpanElement);
  readonly #detail = element('status-detail', HTMLSpanElement);
  readonly #retry = element('retry', HTMLButtonElement);
  #status: Status = { state: 'connecting', attempt: 1 };
  #failure: Failure | undefined;
  #since = 0;

  /** `again` is called when somebody wants to try again what has ended, `said` whenever the state was drawn. */
  constructor(picture: Picture, again: () => void, said: (state: Shown['state']) => void) {
    this.#picture = picture;
    this.#said = said;
    this.#retry.addEventListener('click', again);
    for (const event of ['online', 'offline']) addEventListener(event, () => this.draw());
  }

  show(status: Status): void {
    const { state } = status;
    if (state === 'waiting') this.#failure = status.error;
    if (state === 'live' || (state === 'connecting' && status.attempt === 1)) {
      this.#failure = undefined;
      this.#since = 0;
    } else this.#since ||= Date.now();
    this.#status = status;
    this.draw();
  }

  /** Also to be called every second: it counts down. */
  draw(): void {
    const now = Date.now();
    const { onLine: online } = navigator;
    const since = this.#since || now;
    const { state, text, detail } = wording(this.#status, {
      now,
      online,
      failure: this.#failure,
      newestMs: this.#picture.newestMs,
      since,
    });
    this.#line.dataset.state = state;
    write(this.#text, text);
    write(this.#detail, detail);
    this.#retry.hidden = state !== 'stopped';
    this.#said(state);
  }
}

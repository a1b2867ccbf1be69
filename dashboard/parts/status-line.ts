/** The connection's state in words, a colour and a shape, and what somebody can do about it. */
import type { Failure, Status } from '../../packages/client/src/index.ts';
import type { Picture } from '../model/picture.ts';
import type { Clock } from '../model/server-time.ts';
import { type Shown, wording } from '../model/wording.ts';
import { element } from './elements.ts';
import { write } from './frames.ts';

export class StatusLine {
  readonly #clock: Clock;
  readonly #line = element('state', HTMLDivElement);
  readonly #text = element('status-text', HTMLSpanElement);
  readonly #detail = element('status-detail', HTMLSpanElement);
  readonly #retry = element('retry', HTMLButtonElement);
  #status: Status = { state: 'connecting', attempt: 1 };
  #failure: Failure | undefined;
  /** When the connection was lost and when it is tried again, in elapsed milliseconds. */
  #lostAt: number | undefined;
  #retryAt = 0;

  /** `again` is called when somebody wants to try again what has ended. */
  constructor(clock: Clock, again: () => void) {
    this.#clock = clock;
    this.#retry.addEventListener('click', again);
  }

  show(status: Status): void {
    const { state } = status;
    if (state === 'waiting') {
      this.#failure = status.error;
      // Counted from here on, so that it goes on evenly when the machine's clock is set.
      this.#retryAt = this.#clock.elapsed() + status.retryAt - this.#clock.now();
    }
    if (state === 'live' || (state === 'connecting' && status.attempt === 1)) {
      this.#failure = undefined;
      this.#lostAt = undefined;
    } else this.#lostAt ??= this.#clock.elapsed();
    this.#status = status;
  }

  /** To be called every second: it counts down. Gives what it says. `nowMs`: the server's time. */
  draw(picture: Picture, nowMs: number): Shown['state'] {
    const elapsed = this.#clock.elapsed();
    const { onLine: online } = navigator;
    const { state, text, detail } = wording(this.#status, {
      now: nowMs,
      retryInMs: this.#retryAt - elapsed,
      online,
      failure: this.#failure,
      newestMs: picture.newestMs,
      behind: picture.behind(elapsed),
      lostForMs: elapsed - (this.#lostAt ?? elapsed),
    });
    this.#line.dataset.state = state;
    write(this.#text, text);
    write(this.#detail, detail);
    this.#retry.hidden = state !== 'stopped';
    return state;
  }
}

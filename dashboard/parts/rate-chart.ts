/** Events a second over the last ten minutes, as bars and as a number. */
import { isCut, type Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { BUCKET_MS } from '../model/rate.ts';
import { element } from './elements.ts';
import { write } from './frames.ts';
import { Plot } from './plot.ts';

/**
 * A burst would draw it anew with every frame, and nobody sees more than this. A little less than the second
 * in which it is drawn anyway.
 */
const AT_MOST_EVERY_MS = 900;

export class RateChart {
  readonly #plot = new Plot(element('rate', HTMLElement), { height: 92, kind: 'bars', least: 1 });
  readonly #now = element('rate-now', HTMLSpanElement);
  #drawnMs = 0;
  #isNone = false;
  /** Nothing was drawn so far: the first events do not wait. */
  #empty = true;

  draw({ rate }: Picture, moment: Moment): void {
    const { nowMs: now, elapsedMs: elapsed } = moment;
    const isNone = isCut(moment);
    const isSoon = elapsed - this.#drawnMs < AT_MOST_EVERY_MS;
    if (!this.#empty && isNone === this.#isNone && isSoon) return;
    this.#isNone = isNone;
    this.#drawnMs = elapsed;
    const { times, rates } = rate.series(now);
    this.#empty = rates.every((one) => one === 0);
    this.#plot.draw([times, rates]);
    const perSecond = rate.perSecond(now);
    // Nobody knows how many are published while nothing can come.
    write(this.#now, isNone ? '–' : perSecond === 0 ? '0' : perSecond.toFixed(perSecond < 10 ? 1 : 0));
    this.#now.title = `Over the last ${(2 * BUCKET_MS) / 1_000} seconds at most`;
  }
}

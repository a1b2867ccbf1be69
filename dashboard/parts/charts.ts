/**
 * Numbers of the events over time: a chart for each, and its newest value, or the one that is pointed at, as
 * a number.
 */
import { shortly } from '../model/axis.ts';
import { visible } from '../model/cell-text.ts';
import { type Measure, MOST_CHARTS, measureOf } from '../model/charts.ts';
import { isCut, isStale, type Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import type { Preferences } from '../model/preferences.ts';
import type { Series } from '../model/series.ts';
import { clock } from '../model/wording.ts';
import type { Chooser } from './chooser.ts';
import { element, make } from './elements.ts';
import { write } from './frames.ts';
import { Plot } from './plot.ts';

interface Chart {
  readonly measure: Measure;
  readonly plot: Plot;
  readonly value: HTMLElement;
  readonly image: HTMLElement;
  pointed: number | null;
}

export class ChartsView {
  readonly #section = element('charts', HTMLElement);
  readonly #list = element('chart-list', HTMLElement);
  readonly #lines = element('chart-lines', HTMLUListElement);
  readonly #none = element('no-charts', HTMLElement);
  readonly #stale = element('charts-stale', HTMLElement);
  readonly #picture: Picture;
  #charts: readonly Chart[] = [];
  /** What was drawn last. */
  #series: Series | undefined;
  #keys = '';
  #received = -1;

  /** `changed` is called when other charts are to be shown. */
  constructor(picture: Picture, chooser: Chooser, preferences: Preferences, changed: () => void) {
    this.#picture = picture;
    element('chart-choose', HTMLButtonElement).addEventListener('click', () => {
      const { charts, panes } = picture;
      const channel = panes[0]?.channel ?? '';
      chooser.open({
        title: 'Charts',
        offered: charts.numbers,
        choice: charts.series.choice,
        lines: charts.texts,
        most: MOST_CHARTS,
        chosen: (choice) => {
          // Nothing chosen is what there was before anybody chose.
          const chosen = choice?.keys.length ? choice : undefined;
          charts.choose(chosen);
          preferences.change(channel, { charts: chosen });
          changed();
          return charts.series.choice;
        },
      });
    });
  }

  draw({ charts, received }: Picture, moment: Moment): void {
    if (this.#section.hidden) return;
    this.#section.toggleAttribute('data-stale', isStale(moment));
    const { lastLiveMs } = moment;
    this.#stale.hidden = !isCut(moment) || lastLiveMs === undefined;
    write(this.#stale, `Not live. The lines end at ${clock(lastLiveMs ?? 0)}.`);
    const { series } = charts;
    if (series === this.#series && received === this.#received) return;
    this.#series = series;
    this.#received = received;
    this.#arrange(series);
    this.#list.hidden = this.#charts.length === 0;
    this.#none.hidden = this.#charts.length > 0;
    for (const [place, chart] of this.#charts.entries()) {
      chart.plot.draw(series.lines(place) as [number[], ...number[][]]);
      caption(chart, series, place);
    }
    const names = series.names.length > 1 ? series.names : [];
    const old = [...this.#lines.children].map(({ textContent }) => textContent).join('\n');
    if (old !== names.join('\n')) this.#lines.replaceChildren(...names.map((name) => make('li', '', name)));
  }

  #arrange({ choice }: Series): void {
    const keys = choice.keys.join('\n');
    if (keys === this.#keys) return;
    this.#keys = keys;
    for (const { plot } of this.#charts) plot.destroy();
    this.#list.replaceChildren();
    this.#charts = choice.keys.map((key, place) => this.#add(key, place));
  }

  #add(key: string, place: number): Chart {
    const measure = measureOf(key);
    const box = this.#list.appendChild(make('figure', 'chart'));
    const words = box.appendChild(make('figcaption', 'title'));
    words.append(make('span', 'name', visible(measure.label)));
    const value = words.appendChild(make('span', 'value'));
    const image = box.appendChild(make('div', 'plot'));
    image.role = 'img';
    const plot = new Plot(image, {
      height: 96,
      kind: 'lines',
      least: measure.least,
      pointed: (index) => {
        chart.pointed = index;
        caption(chart, this.#picture.charts.series, place);
      },
    });
    const chart: Chart = { measure, plot, value, image, pointed: null };
    return chart;
  }
}

function caption({ measure, value, image, pointed }: Chart, series: Series, place: number): void {
  const { label, unit } = measure;
  const newest = series.newest(place);
  const [times, ...lines] = pointed === null ? [[]] : series.lines(place);
  const at = pointed === null ? undefined : times[pointed];
  const there = lines
    .map((line) => (pointed === null ? null : line[pointed]))
    .find((one) => typeof one === 'number');
  const number = at === undefined ? newest : there;
  const text = number === undefined ? '–' : `${shortly(number)} ${unit}`.trimEnd();
  write(value, at === undefined ? text : `${text} at ${clock(at * 1_000)}`);
  const many = series.names.length > 1 ? ` of ${series.names.length} lines, the largest` : '';
  image.ariaLabel = `${visible(label)}${many}: newest ${newest === undefined ? 'unknown' : `${shortly(newest)} ${unit}`.trimEnd()}`;
}

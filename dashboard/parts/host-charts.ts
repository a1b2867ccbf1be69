/** The samples of hosts as four charts over time: one line for each host, and the newest value, or the one that is pointed at, as a number. */
import { type HostSeries, MEASURES, type Measure } from '../model/host-series.ts';
import type { Picture } from '../model/picture.ts';
import { clock } from '../model/wording.ts';
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

export class HostCharts {
  readonly #section = element('charts', HTMLElement);
  readonly #list = element('chart-list', HTMLElement);
  readonly #hosts = element('chart-hosts', HTMLUListElement);
  readonly #charts: readonly Chart[];
  /** What was drawn last. */
  #drawn = '';

  constructor(picture: Picture) {
    this.#charts = MEASURES.map((measure) => this.#add(measure, picture));
  }

  draw({ hosts, newest }: Picture): void {
    if (this.#section.hidden) return;
    const state = `${newest} ${hosts.size} ${hosts.hosts.join('/')}`;
    if (state === this.#drawn) return;
    this.#drawn = state;
    this.#list.hidden = hosts.size === 0;
    element('no-charts', HTMLParagraphElement).hidden = hosts.size > 0;
    for (const chart of this.#charts) {
      if (hosts.size > 0) chart.plot.draw(hosts.lines(chart.measure) as [number[], ...number[][]]);
      caption(chart, hosts);
    }
    const names = hosts.hosts.length > 1 ? hosts.hosts : [];
    this.#hosts.replaceChildren(...names.map((name) => make('li', '', name)));
  }

  #add(measure: Measure, { hosts }: Picture): Chart {
    const box = this.#list.appendChild(make('figure', 'chart'));
    const words = box.appendChild(make('figcaption', 'title', measure.label));
    const value = words.appendChild(make('span', 'value'));
    const image = box.appendChild(make('div', 'plot'));
    image.role = 'img';
    const plot = new Plot(image, {
      height: 96,
      kind: 'lines',
      most: measure.most ?? 1,
      pointed: (index) => {
        chart.pointed = index;
        caption(chart, hosts);
      },
    });
    const chart: Chart = { measure, plot, value, image, pointed: null };
    return chart;
  }
}

function caption({ measure, value, image, pointed }: Chart, hosts: HostSeries): void {
  const newest = hosts.newest(measure);
  const [times, ...lines] = hosts.lines(measure);
  const at = pointed === null ? undefined : times[pointed];
  const there = lines
    .map((line) => (pointed === null ? null : line[pointed]))
    .find((one) => typeof one === 'number');
  const number = at === undefined ? newest : there;
  const text = number === undefined ? '–' : `${shortly(number)} ${measure.unit}`;
  write(value, at === undefined ? text : `${text} at ${clock(at * 1_000)}`);
  const many = hosts.hosts.length > 1 ? ` of ${hosts.hosts.length} hosts, the largest` : '';
  image.ariaLabel = `${measure.label}${many}: newest ${newest === undefined ? 'unknown' : `${shortly(newest)} ${measure.unit}`}`;
}

/** Three digits tell enough. */
function shortly(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/**
 * uPlot, as this page uses it: one chart over time in the page's own colours, as wide as its box, drawn anew
 * when the colours change. It makes its elements through the DOM alone, so the page's policy (no markup from
 * text, no inline style attributes) holds for it too.
 */
/*! The charts are drawn by uPlot, https://github.com/leeoniya/uPlot. Copyright (c) 2024, Leon Sorokin. MIT Licensed. */
import uPlot from 'uplot';
import { timeLabels, timeRange, valueLabels, valueRange } from '../model/axis.ts';
import { make } from './elements.ts';

export interface PlotOptions {
  readonly height: number;
  readonly kind: 'lines' | 'bars';
  /** The height of the scale, at least; 0: nothing is known of the number. */
  readonly least: number;
  /** Called with the place that somebody points at; null: at none. */
  readonly pointed?: (index: number | null) => void;
}

const DARK = matchMedia('(prefers-color-scheme: dark)');
const FONT = '11px system-ui, sans-serif';
/** Pixels for the numbers beside the chart: so many at least, and for each character of the longest. */
const AXIS = 40;
const CHARACTER = 6.5;
const BESIDE = 12;

export class Plot {
  readonly #box: HTMLElement;
  readonly #options: PlotOptions;
  readonly #probe: HTMLElement;
  readonly #observer: ResizeObserver;
  #chart: uPlot | undefined;
  #data: uPlot.AlignedData = [[]];

  constructor(box: HTMLElement, options: PlotOptions) {
    this.#box = box;
    this.#options = options;
    this.#probe = box.appendChild(make('span', 'unseen'));
    this.#observer = new ResizeObserver(() => {
      const width = box.clientWidth;
      if (width > 0) this.#chart?.setSize({ width, height: options.height });
    });
    this.#observer.observe(box);
    DARK.addEventListener('change', this.#build);
  }

  /** For a chart that is shown no more. */
  destroy(): void {
    this.#observer.disconnect();
    DARK.removeEventListener('change', this.#build);
    this.#chart?.destroy();
  }

  draw(data: uPlot.AlignedData): void {
    const lines = this.#data.length;
    this.#data = data;
    if (this.#chart === undefined || data.length !== lines) this.#build();
    else this.#chart.setData(data);
  }

  readonly #build = (): void => {
    this.#chart?.destroy();
    const { height, kind, least, pointed } = this.#options;
    const dim = this.#ink('--dim');
    const line = this.#ink('--line');
    const axis = { stroke: dim, font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    this.#chart = new uPlot(
      {
        width: Math.max(1, this.#box.clientWidth),
        height,
        // Half of the longest label stands to the right of the last line.
        padding: [8, 28, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: kind === 'lines' }, drag: { x: false, y: false } },
        scales: {
          x: { range: () => [...timeRange(...this.#times(kind))] },
          y: { range: (_, min, max) => [...valueRange(min, max, least)] },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 24, space: 84, values: (_, times) => timeLabels(times) },
          { ...axis, size: axisSize, space: 28, values: (_, values) => valueLabels(values) },
        ],
        series: [
          {},
          ...this.#data.slice(1).map((_, i) => this.#series(kind, this.#ink(`--series-${i + 1}`))),
        ],
        hooks: { setCursor: [({ cursor }) => pointed?.(cursor.idx ?? null)] },
      },
      this.#data,
      this.#box,
    );
  };

  #series(kind: PlotOptions['kind'], color: string): uPlot.Series {
    const common = { stroke: color, points: { show: false }, spanGaps: true };
    if (kind === 'lines') return { ...common, width: 1.5, points: { show: this.#data[0].length < 3 } };
    const bars = uPlot.paths.bars?.({ size: [0.8, 100], align: 1 });
    return { ...common, width: 0, fill: color, ...(bars === undefined ? {} : { paths: bars }) };
  }

  /**
   * The first time and the last. Not as uPlot gives them to a range: one sample would be a day there. A bar
   * ends where the next begins.
   */
  #times(kind: PlotOptions['kind']): readonly [first: number, last: number] {
    const [times] = this.#data;
    const [first = 0, second = first] = times;
    return [first, (times.at(-1) ?? first) + (kind === 'bars' ? second - first : 0)];
  }

  /** A canvas needs the colour itself, not its name. */
  #ink(name: string): string {
    this.#probe.style.color = `var(${name})`;
    return getComputedStyle(this.#probe).color;
  }
}

/** As wide as the longest label needs. */
function axisSize(_: uPlot, labels: string[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map(({ length }) => length));
  return Math.max(AXIS, Math.ceil(longest * CHARACTER) + BESIDE);
}

/**
 * uPlot, as this page uses it: one chart over time in the page's own colours, as wide as its box, drawn anew when the colours change. It makes its elements
 * through the DOM alone, so the page's policy (no markup from text, no inline style attributes) holds for it too.
 */
/*! The charts are drawn by uPlot, https://github.com/leeoniya/uPlot. Copyright (c) 2024, Leon Sorokin. MIT Licensed. */
import uPlot from 'uplot';
import { clock } from '../model/wording.ts';
import { make } from './elements.ts';

export interface PlotOptions {
  readonly height: number;
  readonly kind: 'lines' | 'bars';
  /** The top of the scale, at least. */
  readonly most: number;
  /** Called with the place that somebody points at; null: at none. */
  readonly pointed?: (index: number | null) => void;
}

const DARK = matchMedia('(prefers-color-scheme: dark)');
const FONT = '11px system-ui, sans-serif';
/** Pixels for the numbers beside the chart. */
const AXIS = 40;

export class Plot {
  readonly #box: HTMLElement;
  readonly #options: PlotOptions;
  readonly #probe: HTMLElement;
  #chart: uPlot | undefined;
  #data: uPlot.AlignedData = [[]];

  constructor(box: HTMLElement, options: PlotOptions) {
    this.#box = box;
    this.#options = options;
    this.#probe = box.appendChild(make('span', 'unseen'));
    new ResizeObserver(() => {
      const width = box.clientWidth;
      if (width > 0) this.#chart?.setSize({ width, height: options.height });
    }).observe(box);
    DARK.addEventListener('change', () => this.#build());
  }

  draw(data: uPlot.AlignedData): void {
    const lines = this.#data.length;
    this.#data = data;
    if (this.#chart === undefined || data.length !== lines) this.#build();
    else this.#chart.setData(data);
  }

  #build(): void {
    this.#chart?.destroy();
    const { height, kind, most, pointed } = this.#options;
    const dim = this.#ink('--dim');
    const line = this.#ink('--line');
    const axis = { stroke: dim, font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    this.#chart = new uPlot(
      {
        width: Math.max(1, this.#box.clientWidth),
        height,
        padding: [8, 14, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: kind === 'lines' }, drag: { x: false, y: false } },
        scales: {
          // A bar stands between its time and the next: the last one needs room for itself.
          x: { range: (_, min, max) => [min, kind === 'bars' ? max + this.#step() : max] },
          y: { range: (_, __, max) => [0, Math.max(most, max * 1.1)] },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 24, space: 70, values: clockLabels },
          { ...axis, size: AXIS, space: 28 },
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
  }

  #series(kind: PlotOptions['kind'], color: string): uPlot.Series {
    const common = { stroke: color, points: { show: false }, spanGaps: true };
    if (kind === 'lines') return { ...common, width: 1.5, points: { show: this.#data[0].length < 2 } };
    const bars = uPlot.paths.bars?.({ size: [0.8, 100], align: 1 });
    return { ...common, width: 0, fill: color, ...(bars === undefined ? {} : { paths: bars }) };
  }

  /** Seconds between one time and the next. */
  #step(): number {
    const [first = 0, second = first] = this.#data[0];
    return second - first;
  }

  /** A canvas needs the colour itself, not its name. */
  #ink(name: string): string {
    this.#probe.style.color = `var(${name})`;
    return getComputedStyle(this.#probe).color;
  }
}

/** To the minute, or to the second where several stand within one. */
function clockLabels(_: uPlot, times: number[]): string[] {
  const [first = 0, second = first + 60] = times;
  return times.map((seconds) => clock(seconds * 1_000).slice(0, second - first < 60 ? 8 : 5));
}

/**
 * Charts for the documents, drawn without a browser: the same data gives the same SVG. Every chart has a white ground, so that it reads on a
 * dark page too, and says in words what its axes count.
 */

import type { EChartsOption, SeriesOption } from 'echarts';
import { BarChart as Bars, LineChart as Lines } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([Bars, Lines, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** A scale: what it counts, and whether each step is a tenfold one. */
export interface Axis {
  readonly name: string;
  readonly log?: boolean;
  readonly min?: number;
  readonly max?: number;
}

export interface Line {
  readonly name: string;
  /** Ascending x. A logarithmic scale shows no zero and nothing below it. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
}

export interface LineChart {
  readonly title: string;
  /** What was measured, where and when. */
  readonly note?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

export interface BarChart {
  readonly title: string;
  readonly note?: string;
  /** One group of bars each, from the left. */
  readonly groups: readonly string[];
  readonly y: Axis;
  readonly bars: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** One bar a group, its parts on each other. */
  readonly stacked?: boolean;
}

const WIDTH = 900;
const HEIGHT = 520;
/** Okabe and Ito's colours, which colour-blind people can tell apart, without their yellow. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'];

/** An SVG of lines, with a mark at each point and its name in a legend. */
export function lineChart({ title, note, x, y, lines }: LineChart): string {
  return draw(title, {
    ...frame(title, note),
    xAxis: { ...scale(x), nameLocation: 'middle', nameGap: 30 },
    yAxis: scale(y),
    series: lines.map(({ name, points, dashed = false }) => ({
      type: 'line',
      name,
      data: points.map(([at, value]) => [at, value]),
      symbolSize: 6,
      lineStyle: { type: dashed ? 'dashed' : 'solid' },
    })),
  });
}

/** An SVG of bars, side by side in groups or, when `stacked`, on each other. */
export function barChart({ title, note, groups, y, bars, stacked = false }: BarChart): string {
  const series: SeriesOption[] = bars.map(({ name, values }) => ({
    type: 'bar',
    name,
    data: [...values],
    barMaxWidth: 60,
    ...(stacked
      ? { stack: 'one' }
      : {
          label: { show: true, position: 'top', formatter: ({ value }: { value: unknown }) => short(value) },
        }),
  }));
  return draw(title, {
    ...frame(title, note),
    xAxis: { type: 'category', data: [...groups], axisLabel: { interval: 0 } },
    yAxis: scale(y),
    series,
  });
}

function frame(title: string, note = ''): EChartsOption {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    title: { text: title, subtext: note, left: 'center' },
    legend: { bottom: 8, itemGap: 24 },
    grid: { left: 80, right: 40, top: 90, bottom: 120 },
  };
}

function scale({ name, log = false, min, max }: Axis) {
  return {
    type: log ? ('log' as const) : ('value' as const),
    name,
    axisLabel: { formatter: short },
    splitLine: { show: true },
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

/** 12000 as 12k. */
function short(value: unknown): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
    .format(Number(value))
    .replace('K', 'k');
}

function draw(title: string, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  // A document's chart is not hovered over; and the styles for that, like the ids, are numbered by what the process has drawn before.
  return `${svg
    // For those who cannot see it.
    .replace('>', `><title>${escaped(title)}</title>`)
    .replaceAll(/<style >.*?<\/style>\n?/gs, '')
    .replaceAll(/ class="[^"]*"/g, '')
    .replaceAll(/\bzr\d+-/g, 'zr-')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/**
 * What stands beside a chart: how far its scales go, and labels that are short and never the same twice.
 * Pure.
 */
import { dateAndClock } from './wording.ts';

export type Range = readonly [low: number, high: number];

/** One sample is a point in time and not a scale: it stands in the middle of a minute. Seconds. */
const AROUND_S = 60;
const LEAST_SPAN_S = 0.1;
const DAY_S = 86_400;

/** From and to which time is drawn, in seconds since the Unix epoch. */
export function timeRange(low: number, high: number): Range {
  if (high - low >= LEAST_SPAN_S) return [low, high];
  const middle = (low + high) / 2;
  return [middle - AROUND_S / 2, middle + AROUND_S / 2];
}

/**
 * Labels of ascending times, in seconds since the Unix epoch: as exact as tells them apart, and with the day
 * where they span one.
 */
export function timeLabels(times: readonly number[]): string[] {
  const [first = 0, second = first] = times;
  const span = (times.at(-1) ?? first) - first;
  const labels = times.map((seconds) => {
    const local = localOf(seconds);
    if (local === undefined) return '';
    const { date, clock } = local;
    if (second - first >= DAY_S) return date.slice(5);
    if (span >= DAY_S) return `${date.slice(5)} ${clock.slice(0, 5)}`;
    return clock.slice(0, second - first < 60 ? 8 : 5);
  });
  // Several lines within a second have one label.
  return labels.map((label, i) => (label === labels[i - 1] ? '' : label));
}

function localOf(seconds: number): ReturnType<typeof dateAndClock> {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? undefined : dateAndClock(date.toISOString());
}

/**
 * From and to which value is drawn. `least` is the height of the scale, at least; 0 where nothing is known of
 * the number. Such a scale begins at 0 unless the values are so close together that nothing would be seen
 * then.
 */
export function valueRange(low: number, high: number, least: number): Range {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, least];
  const spread = high - low;
  const isCloseTogether = least === 0 && spread > 0 && spread < Math.max(Math.abs(low), Math.abs(high)) / 20;
  if (isCloseTogether) return [low - spread / 10, high + spread / 10];
  if (low >= 0) return [0, Math.max(least, high * 1.1) || 1];
  return [low * 1.1, Math.max(high * 1.1, 0)];
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });
const PLAIN = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });

/** A label beside the scale: `950`, `12K`, `1.5M`. At most 8 characters. */
export function valueLabel(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return value.toExponential(0);
  return size >= 10_000 ? COMPACT.format(value) : PLAIN.format(value);
}

/** Labels of one scale. Where the short ones would be the same twice, the numbers are written out. */
export function valueLabels(values: readonly number[]): string[] {
  const labels = values.map(valueLabel);
  return new Set(labels).size === labels.length ? labels : values.map((value) => PLAIN.format(value));
}

/** A value as one reads it: three digits tell enough. */
export function shortly(value: number): string {
  if (Math.abs(value) >= 1e15) return value.toExponential(2);
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}

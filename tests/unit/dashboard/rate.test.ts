/** Events a second over the last minutes. */
import { describe, expect, test } from 'vitest';
import { BUCKETS, Rate } from '../../../dashboard/model/rate.ts';

const NOON = Date.parse('2026-01-01T12:00:00.000Z');

describe('the rate', () => {
  test('is what was appended in each five seconds', () => {
    const rate = new Rate();
    for (let i = 0; i < 50; i++) rate.add(NOON - 10_000 + i * 100, NOON);

    const { times, rates } = rate.series(NOON);

    expect(times.length).toBe(BUCKETS);
    expect(times.at(-1)).toBe(NOON / 1_000);
    expect(rates.slice(-4)).toEqual([0, 10, 0, 0]);
  });

  test('of now is neither old nor 0 at each turn', () => {
    const rate = new Rate();
    for (let ms = 0; ms < 6_000; ms += 100) rate.add(NOON + ms, NOON + ms);

    expect(rate.perSecond(NOON + 5_000)).toBeGreaterThan(9);
    expect(rate.perSecond(NOON + 5_999)).toBeCloseTo(10, 1);
    expect(rate.perSecond(NOON + 16_000)).toBe(0);
  });

  test('forgets what is older than ten minutes, and was never told what is', () => {
    const rate = new Rate();
    rate.add(NOON, NOON);
    rate.add(NOON - 86_400_000, NOON);

    expect(rate.series(NOON).rates.filter((one) => one > 0).length).toBe(1);
    expect(rate.series(NOON + 700_000).rates.every((one) => one === 0)).toBe(true);
  });

  test('takes an event from ahead of the clock for one of now, and one without a time for none', () => {
    const rate = new Rate();
    rate.add(NOON + 3_600_000, NOON);
    rate.add(Number.NaN, NOON);

    expect(rate.series(NOON).rates.at(-1)).toBe(0.2);
  });

  test('counts again when the time turns out to be earlier than was thought', () => {
    const rate = new Rate();
    rate.add(NOON - 60_000, NOON);
    // Before the first answer, the page has only the machine's clock.
    rate.series(NOON + 300_000);

    rate.add(NOON, NOON);

    expect(rate.perSecond(NOON)).toBeGreaterThan(0);
    expect(rate.series(NOON).rates.filter((one) => one > 0).length).toBe(2);
  });
});

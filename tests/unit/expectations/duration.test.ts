import { expect, test } from 'vitest';
import { expectMs } from '../../../lib/expectations/duration.ts';

test.each([
  ['PT1M', 60],
  ['PT60S', 60],
  ['PT15M', 900],
  ['PT1H30M', 5_400],
  ['P1D', 86_400],
  ['P1DT12H', 129_600],
  ['P31D', 2_678_400],
  ['PT2678400S', 2_678_400],
])('%s is %i s', (text, seconds) => {
  expect(expectMs(text)).toBe(seconds * 1000);
});

test.each([
  '',
  'P',
  'PT',
  'P1DT',
  '15M',
  'PT59S',
  'P31DT1S',
  'PT2678401S',
  'P1M',
  'P1Y',
  'P1W',
  'PT1.5M',
  'PT-1M',
  '-PT5M',
  '+PT5M',
  'pt5m',
  'PT5M ',
  ' PT5M',
  'PT5M\n',
  'PT5M5H',
  'PT00000000005M',
  'PT１５M',
  'P1DT1H1M1S1',
])('%j is refused', (text) => {
  expect(expectMs(text)).toBeUndefined();
});

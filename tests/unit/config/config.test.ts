/** Configuration: defaults, ranges, and messages that name the variable and the fix. */

import { describe, expect, test } from 'vitest';
import { backendChannel, cursorDelayMs, cursorMs, retentionMs } from '../../../lib/compose/settings.ts';
import { required } from '../../../lib/config.ts';

const HOUR_MS = 3_600_000;

describe('required', () => {
  test('gives the value', () => {
    expect(required({ EVENTS_TABLE: 'events' }, 'EVENTS_TABLE')).toBe('events');
  });

  test.each([{}, { EVENTS_TABLE: '' }, { EVENTS_TABLE: undefined }, { events_table: 'events' }])(
    'names the variable that %j lacks',
    (env) => {
      expect(() => required(env, 'EVENTS_TABLE')).toThrow(/^EVENTS_TABLE is not set/);
    },
  );
});

describe.each([
  { name: 'RETENTION_HOURS', read: retentionMs, byDefault: 168 },
  { name: 'CURSOR_HOURS', read: cursorMs, byDefault: 720 },
])('$name', ({ name, read, byDefault }) => {
  test.each([{}, { [name]: '' }])(`is ${byDefault} hours with %j`, (env) => {
    expect(read(env)).toBe(byDefault * HOUR_MS);
  });

  test.each(['1', '24', '87600'])('takes %s hours', (text) => {
    expect(read({ [name]: text })).toBe(Number(text) * HOUR_MS);
  });

  test.each(['0', '-1', '1.5', '87601', 'seven', '1 day', 'NaN', 'Infinity'])(
    'refuses %s and tells the range',
    (text) => {
      expect(() => read({ [name]: text })).toThrow(
        `${name} must be a whole number from 1 to 87600, got "${text}"`,
      );
    },
  );
});

describe('CURSOR_DELAY_SECONDS', () => {
  test.each([
    [{}, 5_000],
    [{ CURSOR_DELAY_SECONDS: '0' }, 0],
    [{ CURSOR_DELAY_SECONDS: '60' }, 60_000],
  ])('of %j is %i ms', (env, ms) => {
    expect(cursorDelayMs(env)).toBe(ms);
  });

  test.each(['-1', '61', '0.5'])('is not %s', (text) => {
    expect(() => cursorDelayMs({ CURSOR_DELAY_SECONDS: text })).toThrow(
      `CURSOR_DELAY_SECONDS must be a whole number from 0 to 60, got "${text}"`,
    );
  });
});

describe('BACKEND_CHANNEL', () => {
  test.each([{}, { BACKEND_CHANNEL: '' }])('is none with %j', (env) => {
    expect(backendChannel(env)).toBeUndefined();
  });

  test('is a channel', () => {
    expect(backendChannel({ BACKEND_CHANNEL: 'doors.3' })).toBe('doors.3');
  });

  test.each(['two words', '..', 'ü', 'x'.repeat(129)])('is not %j', (name) => {
    expect(() => backendChannel({ BACKEND_CHANNEL: name })).toThrow(/^BACKEND_CHANNEL must be 1 to 128/);
  });
});

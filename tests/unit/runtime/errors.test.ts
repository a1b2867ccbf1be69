/** What the one error tells whoever branches on it. */

import { expect, test } from 'vitest';
import { faultOf, internalError, PushError } from '../../../lib/errors.ts';

test.each([
  { code: 'unavailable', retryAfter: undefined, retryable: true, transient: true },
  { code: 'unavailable', retryAfter: 5, retryable: true, transient: false },
  { code: 'too-many-requests', retryAfter: undefined, retryable: true, transient: true },
  { code: 'reset', retryAfter: undefined, retryable: false, transient: false },
  { code: 'internal', retryAfter: undefined, retryable: false, transient: false },
] as const)(
  '$code with a wait of $retryAfter s may be repeated: $retryable, within moments: $transient',
  ({ code, retryAfter, retryable, transient }) => {
    const error = new PushError(code, 'What and how.', retryAfter === undefined ? {} : { retryAfter });

    expect([error.retryable, error.transient]).toEqual([retryable, transient]);
  },
);

test('a cause is kept for the log, and is not there where there is none', () => {
  const cause = new TypeError('why');

  expect(new PushError('unavailable', 'Busy.', {}, cause).cause).toBe(cause);
  expect(new PushError('unavailable', 'Busy.')).not.toHaveProperty('cause');
});

test('a fault of ours keeps how far the work came, and says nothing of its cause', () => {
  const cause = new TypeError('a secret');
  const error = internalError(cause, { appended: 7 });

  expect(error).toMatchObject({ code: 'internal', status: 500, details: { appended: 7 } });
  expect(error.message).not.toContain('secret');
  expect(faultOf(error)).toBe(cause);
});

test('what was not wrapped is its own fault, also where it has a cause', () => {
  const busy = new PushError('unavailable', 'Busy.', {}, new TypeError('why'));
  const other = new TypeError('why');

  expect([faultOf(busy), faultOf(other)]).toEqual([busy, other]);
});

/** The connection's state in words. */
import { describe, expect, test } from 'vitest';
import { ago, clock, dateAndClock, refusalWords, wording } from '../../../dashboard/model/wording.ts';
import type { Failure, Status } from '../../../packages/client/src/index.ts';
import { DoorbellError } from '../../../packages/client/src/index.ts';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const failure = (code: string, message = code, status?: number) => ({ code, message, status }) as Failure;
const waiting = (error: Failure): Status => ({ state: 'waiting', error, retryAt: NOW + 3_400 });
const stopped = (code: string, status?: number): Status => ({
  state: 'stopped',
  error: Object.assign(new DoorbellError(code as 'internal', 'Said by the server.'), { status }),
});
const say = (status: Status, error?: Failure, online = true, behind = 0) =>
  wording(status, {
    now: NOW,
    retryInMs: 3_400,
    online,
    failure: error,
    newestMs: NOW - 3_000,
    behind,
    lostForMs: 60_000,
  });

describe('the page', () => {
  test('says that it is live only while the client does', () => {
    expect(say({ state: 'live' })).toEqual({
      state: 'live',
      text: 'Live',
      detail: 'Newest event 3 s ago.',
    });
    expect(say({ state: 'connecting', attempt: 1 }).state).toBe('connecting');
    expect(say({ state: 'connecting', attempt: 2 }).state).toBe('lost');
  });

  test('does not say that it is live while events are left to catch up with', () => {
    const { state, text, detail } = say({ state: 'live' }, undefined, true, 3_000);

    expect([state, text]).toEqual(['behind', 'Catching up']);
    expect(detail).toMatch(/^3,000 events behind\. What is shown ends at \d{4}-\d\d-\d\d \d\d:\d\d:57\.$/);
    expect(say({ state: 'live' }, undefined, true, 1).detail).toContain('1 event behind.');
  });

  test.each([
    ['unreachable', undefined, 'No answer.', 'The server cannot be reached.'],
    ['too-slow', undefined, 'No answer in time.', 'The server did not answer in time.'],
    ['http-502', 502, 'http-502', 'The server answered 502.'],
    ['unavailable', 503, 'The log is busy.', 'The log is busy.'],
  ])(
    'says why the connection is lost, since when, and when it tries again: %s',
    (code, status, message, reason) => {
      const error = failure(code, message, status);

      const { state, text, detail } = say(waiting(error), error);

      expect([state, text]).toEqual(['lost', 'Connection lost']);
      expect(detail).toContain(`${reason} Lost since ${clock(NOW - 60_000)}, trying again in 4 s.`);
    },
  );

  test('knows a device without a network from a server that is gone', () => {
    const shown = say(waiting(failure('unreachable')), failure('unreachable'), false);

    expect(shown.state).toBe('offline');
    expect(shown.detail).toContain('no network');
  });

  test.each([
    ['no-token', 401, 'refused', 'Token needed'],
    ['expired-token', 401, 'refused', 'Token expired'],
    ['bad-token', 401, 'refused', 'Token refused'],
    ['forbidden', 403, 'refused', 'Token refused'],
    ['bad-request', undefined, 'stopped', 'Stopped'],
    ['handler', undefined, 'stopped', 'Stopped'],
  ])('says what ended it: %s', (code, status, state, text) => {
    expect(say(stopped(code, status))).toEqual({ state, text, detail: 'Said by the server.' });
  });
});

test('a status that is not of this protocol is told as what it is', () => {
  const error = Object.assign(new DoorbellError('http-404', 'http-404'), { status: 404 });

  expect(say({ state: 'stopped', error }).detail).toBe('The server answered 404.');
});

test('times are equally wide, and what is no time is none', () => {
  expect(dateAndClock('2026-01-02T03:04:05.006Z')?.date).toMatch(/^2026-01-0[123]$/);
  expect(dateAndClock('2026-01-02T03:04:05.006Z')?.clock).toMatch(/^\d\d:\d\d:05$/);
  expect(dateAndClock('yesterday')).toBeUndefined();
});

test.each([
  [-5_000, '0 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [7_200_000, '2 h ago'],
  [200_000_000, '2 days ago'],
])('%i ms ago is %s', (ms, words) => {
  expect(ago(ms)).toBe(words);
});

test.each([
  ['too-large', 413, 'An event is at most 256 KiB.', /^Not published\. An event is at most 256 KiB\.$/],
  [
    'unreachable',
    undefined,
    'No answer.',
    /^Perhaps published.+The server cannot be reached\. Publish it again/,
  ],
  ['unavailable', 503, 'The log is busy.', /^Perhaps published.+The log is busy\. Publish it again/],
  ['http-200', 200, 'http-200', /^Perhaps published.+The server answered 200\. Publish it again/],
])(
  'a publish that failed with %s %s is not called off where nobody knows',
  (code, status, message, words) => {
    expect(refusalWords(failure(code, message, status))).toMatch(words);
  },
);

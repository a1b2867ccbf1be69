/** The client's edges: waiting times, the deadline of an exchange, publishing. The timers are vitest's, not real. */
import { afterEach, expect, test, vi } from 'vitest';
import { backoffMs, retryAfterMs } from '../../client/backoff.ts';
import { DoorbellError, publish } from '../../client/index.ts';
import { exchange } from '../../client/request.ts';
import { sleep } from '../../client/sleep.ts';
import { fakeFetch, problem } from '../support/fake-fetch.ts';

afterEach(() => {
  vi.useRealTimers();
});

const created = { first: 7, last: 7, count: 1, duplicates: 0 };
const request = { method: 'GET', path: '/v1/x', expect: 200, deadlineMs: 30_000 } as const;

test('the ceiling of the wait doubles from 1 s to 30 s and stays there', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 5_000].map((failures) => backoffMs(failures, () => 1));

  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(backoffMs(6, () => 0)).toBe(0);
});

test('what the server asked for is the floor of the wait, up to five minutes', () => {
  expect(backoffMs(1, () => 0, 7_000)).toBe(7_000);
  expect(backoffMs(1, () => 1, 7_000)).toBe(8_000);
  expect(backoffMs(1, () => 0, 86_400_000)).toBe(300_000);
});

test('reads Retry-After as seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  expect(retryAfterMs('12', now)).toBe(12_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5_000);
  expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
  expect(retryAfterMs('soon', now)).toBeUndefined();
  expect(retryAfterMs(null, now)).toBeUndefined();
});

test('gives an exchange up at its deadline and leaves no timer behind', async () => {
  vi.useFakeTimers();
  const { fetch, drained } = fakeFetch();
  const exchanged = exchange({ fetch }, request).catch((error: unknown) => error);
  await drained;

  await vi.advanceTimersByTimeAsync(30_000);

  expect(await exchanged).toMatchObject({ code: 'too-slow', retryable: true });
  expect(vi.getTimerCount()).toBe(0);
});

test("throws the abort's own reason, and does not send when it was aborted before", async () => {
  const reason = new Error('leaving');
  const { fetch, requests, drained } = fakeFetch();
  const controller = new AbortController();
  const exchanged = exchange({ fetch, signal: controller.signal }, request).catch((error: unknown) => error);
  await drained;

  controller.abort(reason);

  expect(await exchanged).toBe(reason);
  await expect(exchange({ fetch, signal: controller.signal }, request)).rejects.toBe(reason);
  expect(requests).toHaveLength(1);
});

test('a sleep ends early when it is aborted', async () => {
  vi.useFakeTimers();
  const controller = new AbortController();
  const slept = sleep(60_000, controller.signal);

  controller.abort();

  await slept;
  await sleep(60_000, controller.signal);
  expect(vi.getTimerCount()).toBe(0);
});

test('publishes data with and without an id', async () => {
  const { fetch, requests } = fakeFetch(
    Response.json(created, { status: 201 }),
    Response.json(created, { status: 201 }),
  );

  expect(await publish('doors', { doorno: 3 }, { fetch })).toEqual(created);
  await publish('doors', null, { fetch, id: 'a-1' });

  expect(requests.map(({ method, url, body }) => [method, url.pathname, body])).toEqual([
    ['POST', '/v1/channels/doors/events', '{"data":{"doorno":3}}'],
    ['POST', '/v1/channels/doors/events', '{"id":"a-1","data":null}'],
  ]);
});

test("a refused publish throws the problem's detail under a stable code", async () => {
  const { fetch } = fakeFetch(problem(413, 'An event holds at most 256 KiB.', { field: 'data' }));

  const error = await publish('doors', 'x', { fetch }).catch((caught: unknown) => caught);

  expect(error).toBeInstanceOf(DoorbellError);
  expect(error).toMatchObject({ code: 'too-large', message: 'An event holds at most 256 KiB.' });
  expect(error).toMatchObject({ problem: { field: 'data', status: 413 } });
});

test('does not send data that JSON cannot say', async () => {
  const { fetch, requests } = fakeFetch();

  await expect(publish('doors', undefined, { fetch })).rejects.toMatchObject({ code: 'bad-request' });
  expect(requests).toHaveLength(0);
});

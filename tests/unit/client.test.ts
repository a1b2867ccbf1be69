/** The subscription as its user sees it: what comes out of the iteration, what is told, what is asked of the server. */
import { expect, test } from 'vitest';
import {
  DoorbellError,
  type Notice,
  type Status,
  type SubscribeOptions,
  subscribe,
} from '../../client/index.ts';
import { answer, type FakeFetch, fakeFetch, problem, type ScriptStep } from '../support/fake-fetch.ts';

interface Run {
  readonly vids: number[];
  readonly statuses: Status[];
  readonly notices: Notice[];
  readonly slept: number[];
  readonly asked: string[];
  readonly error: unknown;
}

/** Runs a subscription over a script, until the script is at its end (then it is aborted) or the subscription ends. */
async function run(script: readonly ScriptStep[], options: SubscribeOptions = {}): Promise<Run> {
  const fake: FakeFetch = fakeFetch(...script);
  const controller = new AbortController();
  void fake.drained.then(() => controller.abort());
  const vids: number[] = [];
  const statuses: Status[] = [];
  const notices: Notice[] = [];
  const slept: number[] = [];
  let error: unknown;
  try {
    const events = subscribe('doors', {
      fetch: fake.fetch,
      random: () => 0.5,
      // A second per look at the clock: no answer seems hurried.
      now: clock(1_000),
      sleep: async (ms) => void slept.push(ms),
      signal: controller.signal,
      onStatus: (status) => statuses.push(status),
      onNotice: (notice) => notices.push(notice),
      ...options,
    });
    for await (const event of events) vids.push(event.vid);
  } catch (caught) {
    error = caught;
  }
  const asked = fake.requests.map(({ url }) => url.pathname + url.search);
  return { vids, statuses, notices, slept, asked, error };
}

function clock(stepMs: number): () => number {
  let time = 0;
  return () => {
    time += stepMs;
    return time;
  };
}

const states = (result: Run) => result.statuses.map((status) => status.state);

test('asks from the start without being held, then holds each poll and sends what it has seen', async () => {
  const result = await run([answer([1, 2]), answer([3])], { from: 'start' });

  expect(result.vids).toEqual([1, 2, 3]);
  expect(result.asked).toEqual([
    '/v1/channels/doors/events?maxvid=0&wait=0',
    '/v1/channels/doors/events?maxvid=2&epoch=e1&wait=20',
    '/v1/channels/doors/events?maxvid=3&epoch=e1&wait=20',
  ]);
  expect(result.slept).toEqual([]);
});

test('leaves maxvid out to begin now, and leaves epoch out while the channel has none', async () => {
  const result = await run([answer([], { epoch: null }), answer([1])]);

  expect(result.asked).toEqual([
    '/v1/channels/doors/events?wait=0',
    '/v1/channels/doors/events?maxvid=0&wait=20',
    '/v1/channels/doors/events?maxvid=1&epoch=e1&wait=20',
  ]);
});

test('begins after a given vid, under a client id, with the wait that was asked for', async () => {
  const result = await run([answer([42])], {
    from: 41,
    client: 'desk-1',
    wait: 5,
    base: 'http://door.test/dev/',
  });

  expect(result.asked).toEqual([
    '/dev/v1/channels/doors/events?maxvid=41&client=desk-1&wait=0',
    '/dev/v1/channels/doors/events?maxvid=42&epoch=e1&client=desk-1&wait=5',
  ]);
});

test('says connecting, live once, and stopped when the reader aborts', async () => {
  const result = await run([answer([1]), answer([2]), answer([])], { from: 'start' });

  expect(result.statuses).toEqual([
    { state: 'connecting', attempt: 1 },
    { state: 'live' },
    { state: 'stopped' },
  ]);
  expect(result.error).toBeUndefined();
});

test('waits longer after each failure, says why and until when, and goes on where it was', async () => {
  const gone = new TypeError('fetch failed');
  const result = await run([answer([1]), gone, gone, problem(503, 'Draining.'), answer([2])], {
    from: 'start',
  });

  expect(result.vids).toEqual([1, 2]);
  expect(result.slept).toEqual([500, 1_000, 2_000]);
  expect(states(result)).toEqual([
    'connecting',
    'live',
    ...Array.from({ length: 3 }, () => ['waiting to retry', 'connecting']).flat(),
    'live',
    'stopped',
  ]);
  const waits = result.statuses.filter((status) => status.state === 'waiting to retry');
  expect(waits.map(({ reason }) => reason.code)).toEqual(['unreachable', 'unreachable', 'server-error']);
  expect(waits[2]?.reason.message).toBe('Draining.');
  expect(waits[2]?.retryAt).toBeGreaterThan(2_000);
  expect(result.asked.slice(2, 5)).toEqual(
    Array(3).fill('/v1/channels/doors/events?maxvid=1&epoch=e1&wait=0'),
  );
});

test('never comes back before the time that Retry-After names', async () => {
  const busy = () => problem(429, 'Too many.', {}, { 'retry-after': '7' });
  const result = await run([busy, answer([1])], { from: 'start' });

  expect(result.slept).toEqual([7_500]);
});

test('starts over at the new life after a reset, at once, and says so before its events', async () => {
  const order: string[] = [];
  const reset = problem(409, 'Another life.', { channel: 'doors', epoch: 'e2', earliest: 1, head: 2 });
  const result = await run([answer([8, 9]), reset, answer([1, 2], { epoch: 'e2' })], {
    from: 'start',
    onNotice: (notice) => order.push(`${notice.kind} ${notice.kind === 'reset' ? notice.epoch : ''}`),
  });

  expect(result.vids).toEqual([8, 9, 1, 2]);
  expect(order).toEqual(['reset e2']);
  expect(result.asked[2]).toBe('/v1/channels/doors/events?maxvid=0&epoch=e2&wait=0');
  expect(result.slept).toEqual([]);
});

test('tells how many events were missed, and after which', async () => {
  const result = await run([answer([120], { missed: 79 })], { from: 40 });

  expect(result.notices).toEqual([{ kind: 'missed', count: 79, after: 40 }]);
});

test('takes a new client id when a newer poll of the same id ended its own', async () => {
  const superseded = answer([], { maxvid: 5, superseded: true });
  const result = await run([answer([5]), superseded], { from: 4, client: 'desk' });

  const [notice] = result.notices;
  expect(notice).toMatchObject({ kind: 'renamed', client: expect.stringMatching(/^[a-z0-9]{16}$/) });
  expect(result.asked[2]).toContain(`client=${notice?.kind === 'renamed' ? notice.client : ''}&`);
  expect(result.asked[2]).toContain('maxvid=5');
});

test.each([
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [410, 'refused'],
])('ends at status %i with the code %s', async (status, code) => {
  const result = await run([problem(status, 'No.')]);

  expect(result.error).toBeInstanceOf(DoorbellError);
  expect(result.error).toMatchObject({ code, status, message: 'No.', retryable: false });
  expect(result.statuses.at(-1)).toEqual({ state: 'stopped', reason: result.error });
  expect(result.asked).toHaveLength(1);
});

test('waits out an answer that is not of this protocol', async () => {
  const page = new Response('<h1>Please sign in</h1>', { headers: { 'content-type': 'text/html' } });
  const otherChannel = answer([1], { channel: 'alerts' });
  const descending = answer([2, 1]);
  const result = await run([page, otherChannel, descending, answer([1])], { from: 'start' });

  expect(result.vids).toEqual([1]);
  expect(result.slept).toHaveLength(3);
});

test('pauses when the server keeps sending held polls away at once with nothing', async () => {
  const empty = () => answer([], { maxvid: 1 });
  const result = await run([answer([1]), empty, empty, empty, empty], { from: 'start', now: () => 0 });

  expect(result.slept).toEqual([500, 1_000]);
  expect(states(result)).toEqual(['connecting', 'live', 'stopped']);
});

test('sends nothing before it is read, and stops when its reader leaves', async () => {
  const fake = fakeFetch(answer([1, 2, 3]));
  const statuses: string[] = [];
  const events = subscribe('doors', {
    from: 'start',
    fetch: fake.fetch,
    onStatus: ({ state }) => statuses.push(state),
  });
  expect(fake.requests).toHaveLength(0);

  for await (const event of events) if (event.vid === 2) break;

  expect(fake.requests).toHaveLength(1);
  expect(statuses.at(-1)).toBe('stopped');
});

test('refuses what cannot be asked before anything is sent', () => {
  const refused = expect.objectContaining({ code: 'bad-request' });
  for (const channel of ['', 'a/b', 'a b', '..', '.', 'x'.repeat(129)]) {
    expect(() => subscribe(channel)).toThrow(refused);
  }
  expect(() => subscribe('doors', { from: -1 })).toThrow(refused);
  expect(() => subscribe('doors', { from: 1.5 })).toThrow(refused);
  expect(() => subscribe('doors', { wait: 0 })).toThrow(refused);
  expect(() => subscribe('doors', { wait: 21 })).toThrow(refused);
  expect(() => subscribe('doors', { client: 'no spaces' })).toThrow(refused);
});

/** Many events: lists and streams, in how many requests they go, and what is known when one of them fails. */
import { describe, expect, test, vi } from 'vitest';
import { DoorbellError } from '../../../packages/client/src/index.ts';
import { publishAll } from '../../../packages/client/src/publish-all.ts';
import { WAIT_MS } from '../../support/time/limits.ts';

interface Sent {
  readonly type: string | null;
  readonly events: readonly unknown[];
}

/** A log that appends what it is sent; `refuse` answers a request otherwise. */
function startLog({
  refuse,
  gate,
}: {
  refuse?: (nth: number) => Response | Error | undefined;
  gate?: () => Promise<void>;
} = {}) {
  const sent: Sent[] = [];
  let head = 0;
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const type = new Headers(init?.headers).get('content-type');
    const body = String(init?.body);
    const events = type?.endsWith('ndjson')
      ? body.split('\n').map((line) => JSON.parse(line))
      : JSON.parse(body);
    sent.push({ type, events });
    await Promise.race([gate?.(), new Promise((_, no) => init?.signal?.addEventListener('abort', no))]);
    init?.signal?.throwIfAborted();
    const answer = refuse?.(sent.length);
    if (answer instanceof Error) throw answer;
    if (answer) return answer;
    const first = head + 1;
    head += events.length;
    return Response.json({ first, last: head, count: events.length, duplicates: 0 }, { status: 201 });
  };
  return { sent, platform: { fetch } };
}

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

async function* stream<T>(values: readonly T[], between: () => Promise<unknown> = async () => {}) {
  for (const value of values) {
    await between();
    yield value;
  }
}

describe('a list', () => {
  test('of at most 100 is one array, and so one block', async () => {
    const { platform, sent } = startLog();

    const answer = await publishAll('doors', ['a', null, { b: 1 }], { platform });

    expect(sent).toEqual([
      { type: 'application/json', events: [{ data: 'a' }, { data: null }, { data: { b: 1 } }] },
    ]);
    expect(answer).toEqual({ first: 1, last: 3, count: 3, duplicates: 0 });
  });

  test('with keys is arrays of events, whatever its length', async () => {
    const { platform, sent } = startLog();
    const key = (n: number) => (n % 2 === 0 ? `door-${n}` : undefined);

    await publishAll('doors', numbers(101), { platform, key });

    expect(sent.map(({ type, events }) => [type, events.length])).toEqual([
      ['application/json', 100],
      ['application/json', 1],
    ]);
    expect(sent[0]?.events.slice(0, 2)).toEqual([{ data: 1 }, { key: 'door-2', data: 2 }]);
  });

  test('that promises its next events is arrays of events that say so', async () => {
    const { platform, sent } = startLog();

    await publishAll('jobs', [1, 2], { platform, expect: 'PT15M' });

    expect(sent).toEqual([
      {
        type: 'application/json',
        events: [
          { expect: 'PT15M', data: 1 },
          { expect: 'PT15M', data: 2 },
        ],
      },
    ]);
  });

  test('of more goes as lines, 1,000 in a request, in order', async () => {
    const { platform, sent } = startLog();

    const answer = await publishAll('doors', numbers(2_500), { platform });

    expect(sent.map(({ type, events }) => [type, events.length])).toEqual([
      ['application/x-ndjson', 1_000],
      ['application/x-ndjson', 1_000],
      ['application/x-ndjson', 500],
    ]);
    expect(sent.flatMap(({ events }) => events)).toEqual(numbers(2_500));
    expect(answer).toEqual({ first: 1, last: 2_500, count: 2_500, duplicates: 0 });
  });

  test('with ids goes as arrays of at most 100, with the ids', async () => {
    const { platform, sent } = startLog();

    await publishAll('doors', numbers(150), { platform, id: (data, index) => `${data}-${index}` });

    expect(sent.map(({ events }) => events.length)).toEqual([100, 50]);
    expect(sent[1]?.events[0]).toEqual({ id: '101-100', data: 101 });
  });

  test('is cut before a request is larger than the server takes, by bytes and not by characters', async () => {
    const { platform, sent } = startLog();

    // 100 kB each as UTF-8, 33,000 characters.
    await publishAll(
      'doors',
      [1, 2, 3, 4].map(() => '€'.repeat(33_000)),
      { platform },
    );

    expect(sent.map(({ events }) => events.length)).toEqual([2, 2]);
  });

  test('that is empty is nothing, and sends nothing', async () => {
    const { platform, sent } = startLog();

    expect(await publishAll('doors', [], { platform })).toEqual({
      first: 0,
      last: 0,
      count: 0,
      duplicates: 0,
    });
    expect(sent).toEqual([]);
  });
});

describe('a stream', () => {
  test('that is slow is not held back: each event goes when it comes', async () => {
    const { platform, sent } = startLog();
    const turns: (() => void)[] = [];
    const next = () => new Promise<void>((resolve) => turns.push(resolve));
    const all = publishAll('doors', stream([1, 2], next), { platform });
    await vi.waitUntil(() => turns[0], { timeout: WAIT_MS });
    turns[0]?.();

    await vi.waitUntil(() => sent.length === 1, { timeout: WAIT_MS });
    expect(sent[0]?.events).toEqual([1]);
    await vi.waitUntil(() => turns[1], { timeout: WAIT_MS });
    turns[1]?.();

    expect(await all).toMatchObject({ count: 2 });
  });

  test('that is fast goes in few requests, and no more than one at a time', async () => {
    const { platform, sent } = startLog();

    await publishAll('doors', stream(numbers(3_000)), { platform });

    expect(sent.length).toBeLessThan(100);
    expect(sent.flatMap(({ events }) => events)).toEqual(numbers(3_000));
  });

  test('is asked for no more while the network is slower than it', async () => {
    const opened = Promise.withResolvers<void>();
    const { platform } = startLog({ gate: () => opened.promise });
    let given = 0;
    const endless = async function* () {
      for (; given < 5_000; given++) yield given;
    };
    const all = publishAll('doors', endless(), { platform });
    await vi.waitUntil(() => given > 900, { timeout: WAIT_MS });
    // Every turn that it could use to ask for more.
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));

    expect(given).toBeLessThanOrEqual(1_001);
    opened.resolve();

    expect(await all).toMatchObject({ count: 5_000 });
  });

  test.each([true, false])('may be a ReadableStream (that can be iterated: %s)', async (iterable) => {
    const { platform, sent } = startLog();
    const readable = new ReadableStream({
      start(controller) {
        for (const value of ['a', 'b']) controller.enqueue(value);
        controller.close();
      },
    });
    if (!iterable)
      Object.setPrototypeOf(readable, { getReader: () => ReadableStream.prototype.getReader.call(readable) });

    await publishAll('doors', readable, { platform });

    expect(sent.flatMap(({ events }) => events)).toEqual(['a', 'b']);
  });
});

describe('what fails', () => {
  const problem = Response.json(
    { type: 'urn:doorbell:problem:unavailable', title: 'x', status: 503, detail: 'Busy.', appended: 7 },
    { status: 503 },
  );

  test('says how many are in the log for certain', async () => {
    const { platform, sent } = startLog({ refuse: (nth) => (nth === 2 ? problem : undefined) });

    const error = await caught(publishAll('doors', numbers(2_500), { platform }));

    expect(error).toBeInstanceOf(DoorbellError);
    expect(error).toMatchObject({ code: 'unavailable', status: 503, appended: 1_007 });
    expect(sent).toHaveLength(2);
  });

  test('is told while a stream is silent, and the stream is closed', async () => {
    const { platform } = startLog({ refuse: () => new TypeError('Failed to fetch') });
    const closed = vi.fn(async () => ({ done: true as const, value: undefined }));
    let asked = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          asked++ ? new Promise<never>(() => {}) : Promise.resolve({ done: false as const, value: 1 }),
        return: closed,
      }),
    };

    const error = await caught(publishAll('doors', source, { platform }));

    expect(error).toMatchObject({ code: 'unreachable', appended: 0 });
    expect(closed).toHaveBeenCalledOnce();
  });

  test('as the values themselves do, is the cause', async () => {
    const { platform, sent } = startLog();
    const cause = new Error('the file is gone');
    const values = async function* () {
      yield 1;
      throw cause;
    };

    expect(await caught(publishAll('doors', values(), { platform }))).toMatchObject({
      code: 'handler',
      cause,
    });
    expect(sent.length).toBeLessThanOrEqual(1);
    expect(await caught(publishAll('doors', [1n], { platform }))).toMatchObject({ code: 'handler' });
  });

  test('because its signal aborts, while a request or the stream is waited for', async () => {
    const controller = new AbortController();
    const { platform, sent } = startLog({ gate: () => new Promise(() => {}) });
    const all = caught(publishAll('doors', stream([1]), { platform, signal: controller.signal }));
    await vi.waitUntil(() => sent.length === 1, { timeout: WAIT_MS });
    const reason = new Error('the page is left');
    controller.abort(reason);

    expect(await all).toMatchObject({ code: 'unreachable', appended: 0 });
    const silent = stream([1], () => new Promise(() => {}));
    const error = await caught(publishAll('doors', silent, { platform, signal: controller.signal }));
    expect(error).toMatchObject({ code: 'unreachable', cause: reason });
  });

  test('a channel that cannot be is refused before the values are asked for', async () => {
    const values = { [Symbol.iterator]: vi.fn() };

    expect(await caught(publishAll('no channel', values))).toMatchObject({ code: 'bad-request' });
    expect(values[Symbol.iterator]).not.toHaveBeenCalled();
  });
});

/** One request: how it can fail, its watchdog, tokens; and publishing. Time is virtual. */
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { retryAfterMs } from '../../../packages/client/src/backoff.ts';
import { DoorbellError, publish } from '../../../packages/client/src/index.ts';
import { type Connection, request } from '../../../packages/client/src/request.ts';
import { WAIT_MS } from '../../support/time/limits.ts';
import { VirtualTime } from '../../support/time/virtual-time.ts';

type Step = Response | Error | 'silence';
interface Sent {
  readonly url: string;
  readonly method: string;
  readonly body: unknown;
  readonly headers: Headers;
  readonly cache: RequestCache | undefined;
}

/** A fetch that goes through the steps, then is silent. */
function script(...steps: Step[]) {
  const time = new VirtualTime();
  const sent: Sent[] = [];
  const fetch: typeof globalThis.fetch = (url, init) => {
    const { method = 'GET', body, headers, signal, cache } = init ?? {};
    sent.push({ url: String(url), method, body, headers: new Headers(headers), cache });
    const step = steps.shift() ?? 'silence';
    return new Promise((resolve, reject) => {
      if (step instanceof Error) reject(step);
      else if (step !== 'silence') resolve(step);
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  };
  const { now, setTimeout, clearTimeout } = time;
  return {
    time,
    sent,
    platform: { fetch, now, setTimeout, clearTimeout: clearTimeout as (timer: never) => void },
  };
}

const anything = (value: unknown) => value;
const get = (connection: Connection) => request(connection, '/v1/x', anything, 30_000, new AbortController());
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

function problem(status: number, type: string, headers: Record<string, string> = {}): Response {
  const body = { type: `urn:doorbell:problem:${type}`, title: 'x', status, detail: `It is ${type}.` };
  return Response.json(body, { status, headers });
}

const created = { first: 7, last: 7, count: 1, duplicates: 0 };

afterEach(() => {
  vi.unstubAllGlobals();
});

test('`world`, the first name of `platform`, is still taken, and what `platform` says comes before it', async () => {
  const old = script(Response.json('old'));
  const { platform, sent } = script(Response.json('new'));

  expect(await get({ world: old.platform })).toBe('old');
  expect(await get({ world: old.platform, platform })).toBe('new');
  expect(sent).toHaveLength(1);
  // A `fetch` that is given under either name may take any address.
  expect(await caught(get({}))).toMatchObject({ code: 'bad-request' });
});

test("neither a poll nor a publish is answered from the browser's cache, even if an old answer lies there", async () => {
  const { platform, sent } = script(Response.json(1), Response.json(created, { status: 201 }));

  await get({ platform });
  await publish('doors', 1, { platform });

  expect(sent.map(({ cache }) => cache)).toEqual(['no-store', 'no-store']);
});

describe('failures', () => {
  test.each([
    [400, 'bad-parameter', false],
    [403, 'forbidden', false],
    [404, 'not-found', false],
    [409, 'reset', false],
    [413, 'too-large', false],
    [500, 'internal', true],
    [503, 'unavailable', true],
  ])('status %i has the code that the server gives it, %s', async (status, code, retryable) => {
    const { platform } = script(problem(status, code));

    const error = await caught(get({ platform }));

    expect(error).toBeInstanceOf(DoorbellError);
    expect(error).toMatchObject({ code, status, retryable, message: `It is ${code}.`, problem: { status } });
  });

  test.each([
    [200, true],
    [302, true],
    [401, false],
    [403, false],
    [408, true],
    [429, true],
    [502, true],
  ])('status %i of something else is told by its number', async (status, retryable) => {
    const { platform } = script(new Response('<h1>Hello</h1>', { status }));

    expect(await caught(get({ platform }))).toMatchObject({ code: `http-${status}`, status, retryable });
  });

  test('no answer is unreachable, and says why', async () => {
    const cause = new TypeError('Failed to fetch');
    const { platform } = script(cause);

    expect(await caught(get({ platform }))).toMatchObject({ code: 'unreachable', retryable: true, cause });
  });

  test('an answer that `read` does not know is of something else', async () => {
    const { platform } = script(Response.json({ hello: 'world' }));

    const error = await caught(request({ platform }, '/v1/x', () => undefined, 1_000, new AbortController()));

    expect(error).toMatchObject({ code: 'http-200', retryable: true });
  });

  test('Retry-After is told in milliseconds', async () => {
    const { platform } = script(problem(503, 'unavailable', { 'retry-after': '12' }));

    expect(await caught(get({ platform }))).toMatchObject({ retryAfterMs: 12_000 });
  });
});

test('the client reads Retry-After as seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  expect(retryAfterMs('12', now)).toBe(12_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5_000);
  expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
  expect(retryAfterMs('soon', now)).toBe(0);
  expect(retryAfterMs(null, now)).toBe(0);
});

describe('the watchdog', () => {
  test('gives a silent request up and leaves no timer behind', async () => {
    const { platform, time } = script('silence');
    const error = caught(get({ platform }));

    await time.advance(30_000);

    expect(await error).toMatchObject({ code: 'too-slow', retryable: true });
    expect(time.running).toBe(0);
  });

  test('notices within 5 s that a laptop has slept through the deadline', async () => {
    const { platform, time } = script('silence');
    const error = caught(get({ platform }));
    await time.advance(1_000);

    time.jump(3_600_000);
    await time.advance(5_000);

    expect(await error).toMatchObject({ code: 'too-slow' });
  });

  test.each([-3_600_000, -20_000, -1_000, 3_600_000])(
    'gives a silent request up within a minute though its clock is set by %i ms',
    async (ms) => {
      const { platform, time } = script('silence');
      const error = caught(get({ platform }));
      await time.advance(12_000);

      time.set(ms);
      await time.advance(48_000);

      expect(await Promise.race([error, 'still waiting'])).toMatchObject({ code: 'too-slow' });
    },
  );

  test('gives an answer that has begun two minutes more', async () => {
    const body = Promise.withResolvers<string>();
    const slow = { ok: true, status: 200, text: () => body.promise } as Response;
    const { platform, time } = script(slow);
    const value = get({ platform });

    await time.advance(100_000);
    body.resolve('{"late":true}');

    expect(await value).toEqual({ late: true });
    expect(time.running).toBe(0);
  });

  test('covers a token function that never answers', async () => {
    const { platform, time, sent } = script();
    const error = caught(get({ platform, token: () => new Promise(() => {}) }));

    await time.advance(30_000);

    expect(await error).toMatchObject({ code: 'too-slow' });
    expect(sent).toEqual([]);
  });
});

describe('tokens', () => {
  const authorizations = (sent: readonly Sent[]) => sent.map(({ headers }) => headers.get('authorization'));

  test('a token is asked for before each request and sent as a bearer', async () => {
    const { platform, sent } = script(Response.json(1), Response.json(2));
    let count = 0;
    const token = () => `t${++count}`;

    await get({ platform, token });
    await get({ platform, token });

    expect(authorizations(sent)).toEqual(['Bearer t1', 'Bearer t2']);
  });

  test.each([problem(401, 'expired-token'), new Response('{"message":"Unauthorized"}', { status: 401 })])(
    'one that is refused is replaced once',
    async (refusal) => {
      const { platform, sent } = script(refusal, Response.json('good'));
      const asked: boolean[] = [];
      const token = async ({ refresh }: { refresh: boolean }) => {
        asked.push(refresh);
        return refresh ? 'new' : 'old';
      };

      expect(await get({ platform, token })).toBe('good');

      expect(asked).toEqual([false, true]);
      expect(authorizations(sent)).toEqual(['Bearer old', 'Bearer new']);
    },
  );

  test('a second refusal is final', async () => {
    const { platform, sent } = script(problem(401, 'expired-token'), problem(401, 'bad-token'));

    const error = await caught(get({ platform, token: () => 't' }));

    expect(error).toMatchObject({ code: 'bad-token', status: 401, retryable: false });
    expect(sent).toHaveLength(2);
  });

  test('without a token function the first refusal is final', async () => {
    const { platform, sent } = script(problem(401, 'no-token'));

    expect(await caught(get({ platform }))).toMatchObject({ code: 'no-token', retryable: false });
    expect(sent).toHaveLength(1);
  });

  test('403 is final with any token', async () => {
    const { platform, sent } = script(problem(403, 'forbidden'));

    expect(await caught(get({ platform, token: () => 't' }))).toMatchObject({ code: 'forbidden' });
    expect(sent).toHaveLength(1);
  });

  test('a token function that fails can be asked again later', async () => {
    const cause = new Error('the session service is away');
    const { platform, sent } = script();

    const error = await caught(get({ platform, token: () => Promise.reject(cause) }));

    expect(error).toMatchObject({ code: 'unreachable', retryable: true, cause });
    expect(sent).toEqual([]);
  });

  test.each([
    ['a token', { token: () => 'sec\nret' }],
    ['a header', { headers: { 'x-key': 'sec\nret' } }],
    ['the name of a header', { headers: { 'sec ret': '1' } }],
    ['a token beyond Latin-1', { token: () => 'sec\u2014ret' }],
  ])('%s that no header can hold is refused at once, and is not repeated', async (_, options) => {
    const { platform, sent, time } = script(Response.json(1));
    const error = await caught(get({ platform, ...options }));

    expect(error).toMatchObject({ code: 'bad-request', retryable: false });
    expect(inspect(error)).not.toMatch(/\b(sec.{0,3}ret)\b/);
    expect(sent).toEqual([]);
    expect(time.running).toBe(0);
  });

  test('no token, no header', async () => {
    const { platform, sent } = script(Response.json(1));

    await get({ platform, token: () => '' });

    expect(authorizations(sent)).toEqual([null]);
  });
});

describe('publish', () => {
  test('sends data with and without an id', async () => {
    const { platform, sent } = script(
      Response.json(created, { status: 201 }),
      Response.json(created, { status: 201 }),
    );

    expect(await publish('doors', { doorno: 3 }, { platform })).toEqual(created);
    await publish('doors', null, {
      platform,
      id: 'a-1',
      base: 'https://example.test/stage/',
      headers: { 'x-a': 'b' },
    });

    expect(sent.map(({ url, method, body }) => [method, url, body])).toEqual([
      ['POST', '/v1/channels/doors/events', '{"data":{"doorno":3}}'],
      ['POST', 'https://example.test/stage/v1/channels/doors/events', '{"id":"a-1","data":null}'],
    ]);
    expect(sent[1]?.headers.get('x-a')).toBe('b');
  });

  test('does not send again what may be in the log', async () => {
    const { platform, sent } = script(new TypeError('Failed to fetch'));

    expect(await caught(publish('doors', 1, { platform }))).toMatchObject({ code: 'unreachable' });
    expect(sent).toHaveLength(1);
  });

  test('sends again with a new token, because a refused one was not appended', async () => {
    const { platform, sent } = script(problem(401, 'expired-token'), Response.json(created, { status: 201 }));

    expect(await publish('doors', 1, { platform, token: () => 't' })).toEqual(created);
    expect(sent).toHaveLength(2);
  });

  test.each(['', 'a/b', 'a b', 'a:5', '..', '.', 'x'.repeat(129)])(
    'refuses the channel %j at once',
    async (name) => {
      const { platform, sent } = script();

      expect(await caught(publish(name, 1, { platform }))).toMatchObject({
        code: 'bad-request',
        retryable: false,
      });
      expect(sent).toEqual([]);
    },
  );

  test('the global fetch is the default', async () => {
    const fetch = vi.fn(async () => Response.json(created, { status: 201 }));
    vi.stubGlobal('fetch', fetch);

    await publish('doors', 1, { base: 'https://doorbell.example' });

    expect(fetch).toHaveBeenCalledOnce();
  });

  test.each([undefined, '', 'doorbell.example', '/stage'])(
    'refuses the base %j outside of a page, where it is no address',
    async (base) => {
      const fetch = vi.fn();
      vi.stubGlobal('fetch', fetch);

      expect(await caught(publish('doors', 1, { base }))).toMatchObject({
        code: 'bad-request',
        retryable: false,
      });
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  test('takes any base in a page, which has an address of its own', async () => {
    vi.stubGlobal('location', { href: 'https://doorbell.example/' });
    vi.stubGlobal('fetch', async () => Response.json(created, { status: 201 }));

    expect(await publish('doors', 1)).toEqual(created);
  });

  test('is given up when its signal aborts, with the reason, and leaves nothing on the signal', async () => {
    const { platform, sent } = script('silence', Response.json(created, { status: 201 }));
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, 'addEventListener');
    const error = caught(publish('doors', 1, { platform, signal: controller.signal }));
    await vi.waitFor(() => expect(sent).toHaveLength(1), { timeout: WAIT_MS });

    const reason = new Error('the form was closed');
    controller.abort(reason);

    expect(await error).toMatchObject({ code: 'unreachable', cause: reason });
    expect(added.mock.calls.map(([, , life]) => (life as AbortController).signal.aborted)).toEqual([true]);
  });

  test('sends nothing when its signal has aborted before', async () => {
    const fetch = vi.fn(async (_: unknown, init?: RequestInit) => {
      init?.signal?.throwIfAborted();
      return Response.json(created);
    });
    const reason = new Error('too late');

    const error = await caught(
      publish('doors', 1, { platform: { fetch: fetch as never }, signal: AbortSignal.abort(reason) }),
    );

    expect(error).toMatchObject({ code: 'unreachable', cause: reason });
  });
});

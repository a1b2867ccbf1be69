/** `sharedFetch`: which polls go to their shared address, what the client gets of the answer, and when the usual way is taken. */

import { describe, expect, test } from 'vitest';
import { subscribe } from '../../../packages/client/src/index.ts';
import { sharedFetch } from '../../../packages/client/src/shared.ts';

const BASE = 'https://doorbell.example';
const PROBLEM = { type: 'urn:doorbell:problem:forbidden', title: 'No', status: 403, detail: 'no' };
const shared = (more: object = {}) =>
  Response.json({ channel: 'doors', epoch: 'e', events: [], maxvid: 3, missed: 0, slot: 7, ...more });
const usual = () =>
  Response.json({ channels: [{ channel: 'doors', epoch: 'e', events: [], maxvid: 3, missed: 0 }] });

/** A server that answers by address, and notes what it is asked. */
function serve(answer: (path: string) => Response | Error, base?: string) {
  const asked: string[] = [];
  let time = 1_000_000;
  const inner: typeof globalThis.fetch = async (input) => {
    const path = String(input);
    asked.push(path.replace(BASE, ''));
    const answered = answer(path);
    if (answered instanceof Error) throw answered;
    return answered;
  };
  const fetch = sharedFetch({ fetch: inner, now: () => time, base });
  return { asked, fetch, pass: (ms: number) => (time += ms) };
}

const ask = (fetch: typeof globalThis.fetch, query: string, init?: RequestInit) =>
  fetch(`${BASE}/v1/events?${query}`, init);

describe('a poll of one channel', () => {
  test('goes to its shared address, and from the second time on waits in the slot that it was told', async () => {
    const { asked, fetch } = serve(() => shared());

    const answers = [
      await ask(fetch, 'cursor=doors&wait=0'),
      await ask(fetch, 'cursor=doors:3:e&wait=0'),
      await ask(fetch, 'cursor=doors:3:e&wait=20'),
      await ask(fetch, 'cursor=doors:3&wait=20'),
    ];

    expect(asked).toEqual([
      '/v1/shared/doors/events',
      '/v1/shared/doors/events?maxvid=3&epoch=e',
      '/v1/shared/doors/events?maxvid=3&epoch=e&slot=7',
      '/v1/shared/doors/events?maxvid=3&slot=7',
    ]);
    expect(await answers[0]?.json()).toMatchObject({ channels: [{ channel: 'doors', maxvid: 3 }] });
  });

  test('is asked of a CDN where one is named, with the same token and signal', async () => {
    const seen: Array<RequestInit | undefined> = [];
    const inner: typeof globalThis.fetch = async (input, init) => {
      seen.push(init);
      expect(String(input)).toBe('https://cdn.example/v1/shared/doors/events');
      return shared();
    };
    const init = { headers: { authorization: 'Bearer a.b.c' }, signal: AbortSignal.timeout(60_000) };

    await ask(sharedFetch({ fetch: inner, base: 'https://cdn.example/' }), 'cursor=doors&wait=0', init);

    expect(seen).toEqual([init]);
  });

  test.each([
    'cursor=doors:1:e&cursor=alerts:2:e&wait=20',
    'cursor=doors:1:e&wait=20&client=wall',
    'cursor=doors:1:e&wait=5',
    'cursor=doors:-1&wait=20',
  ])('goes the usual way as %s', async (query) => {
    const { asked, fetch } = serve(usual);

    await ask(fetch, query);

    expect(asked).toEqual([`/v1/events?${query}`]);
  });
});

describe('where the shared way does not work', () => {
  const isShared = (path: string) => path.includes('/v1/shared/');

  test.each([401, 403, 404, 405])(
    'a refusal (%i) is answered by the usual way, which is kept for 5 minutes',
    async (status) => {
      const { asked, fetch, pass } = serve((path) =>
        isShared(path) ? Response.json(PROBLEM, { status }) : usual(),
      );

      const answer = await ask(fetch, 'cursor=doors:3:e&wait=20');
      await ask(fetch, 'cursor=doors:3:e&wait=20');
      pass(300_000);
      await ask(fetch, 'cursor=doors:3:e&wait=20');

      expect(answer.status).toBe(200);
      expect(asked.map(isShared)).toEqual([true, false, false, true, false]);
    },
  );

  test.each([
    ['is down', () => new Response('', { status: 502 })],
    ['cannot be reached', () => new TypeError('fetch failed')],
    ['is a page of a proxy', () => new Response('<html>')],
  ])('an address that %s is left after two failures, for a minute', async (_, answer) => {
    const { asked, fetch, pass } = serve((path) => (isShared(path) ? answer() : usual()));
    const once = () => ask(fetch, 'cursor=doors:3:e&wait=20').catch(() => undefined);

    for (let i = 0; i < 3; i++) await once();
    pass(60_000);
    await once();

    expect(asked.map(isShared)).toEqual([true, true, false, true]);
  });

  test.each([409, 429])('a %i is told as it is: the other way would say the same', async (status) => {
    const { asked, fetch } = serve(() => Response.json(PROBLEM, { status }));

    expect((await ask(fetch, 'cursor=doors:9:e&wait=20')).status).toBe(status);
    expect(asked).toHaveLength(1);
  });

  test('a poll that is given up is no failure', async () => {
    const { asked, fetch } = serve(() => new TypeError('aborted'));
    const init = { signal: AbortSignal.abort() };

    for (let i = 0; i < 3; i++) await ask(fetch, 'cursor=doors:3:e&wait=20', init).catch(() => undefined);

    expect(asked.map(isShared)).toEqual([true, true, true]);
  });
});

test('a subscription gets its events by shared polls', async () => {
  const event = { vid: 4, id: 'four', at: '2026-01-01T00:00:00.000Z', data: 'knock' };
  const { asked, fetch } = serve((path) =>
    path.includes('slot=') ? shared({ events: [event], maxvid: 4 }) : shared(),
  );
  const subscription = subscribe('doors', { base: BASE, platform: { fetch } });

  const { vid, data } = await new Promise<{ vid: number; data: unknown }>((resolve) =>
    subscription.on('event', resolve),
  );
  subscription.close();

  expect([vid, data]).toEqual([4, 'knock']);
  expect(asked.every(isSharedPath)).toBe(true);
});

const isSharedPath = (path: string) => path.startsWith('/v1/shared/doors/events');

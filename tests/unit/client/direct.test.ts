/** `directFetch`: when the reader asks, when it waits, what it sends, and when the usual way is taken. */

import { describe, expect, test } from 'vitest';
import { directFetch } from '../../../packages/client/src/direct.ts';

const BASE = 'https://doorbell.example';
const QUIET = '<ReceiveMessageResponse><ReceiveMessageResult/></ReceiveMessageResponse>';
const BELL = '{"Messages":[{"ReceiptHandle":"x"}]}';
const AT_3 = 'cursor=doors:3:e&wait=20';

interface Script {
  /** Of asks, one after the other; the last one stays. */
  readonly asks?: ReadonlyArray<() => Response>;
  readonly waits?: ReadonlyArray<() => Response | Error | Promise<Response>>;
}

const told =
  (maxvid: number, events: readonly object[] = [], more: object = {}) =>
  () =>
    Response.json({
      channels: [{ channel: 'doors', epoch: 'e', events, maxvid, missed: 0 }],
      wait: { ticket: 't.i.1', seconds: 20, life: 60 },
      ...more,
    });
const refused = (status: number, field?: string) => () =>
  Response.json({ type: 'urn:doorbell:problem:x', title: 'No', status, detail: 'no', field }, { status });

function serve({ asks = [told(3)], waits = [() => new Response(QUIET)] }: Script) {
  const asked: string[] = [];
  const inits: Array<RequestInit | undefined> = [];
  let time = 1_000_000;
  const next = <T>(list: readonly T[], at: number): T => list[Math.min(at, list.length - 1)] as T;
  const counts = { asks: 0, waits: 0 };
  const inner: typeof globalThis.fetch = async (input, init) => {
    const path = String(input).replace(BASE, '');
    asked.push(`${init?.method ?? 'GET'} ${path}`);
    inits.push(init);
    if (path.startsWith('/v1/events')) return Response.json({ channels: [], usual: true });
    if (path.startsWith('/v1/waits')) return next(asks, counts.asks++)();
    time += 20_000;
    const answer = await next(waits, counts.waits++)();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const fetch = directFetch({ fetch: inner, now: () => time });
  const poll = async (query: string, init?: RequestInit) =>
    (await fetch(`${BASE}/v1/events?${query}`, init)).json() as Promise<{
      channels: ReadonlyArray<{ maxvid: number; events: readonly object[] }>;
    }>;
  return { asked, inits, fetch, poll, pass: (ms: number) => (time += ms) };
}

const ASK = 'POST /v1/waits?cursor=doors:3:e';
const WAIT = 'GET /v1/wait?ticket=t.i.1';

describe('a poll', () => {
  test('asks once a minute, and waits three times for it', async () => {
    const { asked, poll } = serve({});

    for (let i = 0; i < 4; i++)
      expect(await poll(AT_3)).toEqual({
        channels: [{ channel: 'doors', epoch: 'e', events: [], maxvid: 3, missed: 0 }],
      });

    expect(asked).toEqual([ASK, WAIT, WAIT, WAIT, `${ASK}&ticket=t.i.1`, WAIT]);
  });

  test.each([
    ['in XML', () => new Response('<Message><ReceiptHandle>x</ReceiptHandle></Message>')],
    ['in JSON', () => new Response(BELL)],
  ])('asks after a bell %s, and goes on from what it is told', async (_form, bell) => {
    const { asked, poll } = serve({ asks: [told(3), told(4, [{ vid: 4 }])], waits: [bell] });

    expect((await poll(AT_3)).channels[0]?.events).toEqual([{ vid: 4 }]);
    await poll('cursor=doors:4:e&wait=20');

    expect(asked.slice(0, 4)).toEqual([ASK, WAIT, `${ASK}&ticket=t.i.1`, WAIT]);
  });

  test('of a reader who has not taken up what it was told asks, and does not wait', async () => {
    const { asked, poll } = serve({ asks: [told(4, [{ vid: 4 }])] });

    await poll(AT_3);
    await poll(AT_3);

    expect(asked).toEqual([ASK, `${ASK}&ticket=t.i.1`]);
  });

  test('that does not wait asks', async () => {
    const { asked, poll } = serve({});

    await poll('cursor=doors&wait=0');

    expect(asked).toEqual(['POST /v1/waits?cursor=doors']);
  });

  test('of several channels and a client asks for them together', async () => {
    const { asked, poll } = serve({});

    await poll('cursor=doors:2:e&cursor=alerts:7:f&wait=20&client=wall');

    expect(asked).toEqual(['POST /v1/waits?cursor=doors:2:e&cursor=alerts:7:f&client=wall']);
  });

  test('sends the token when it asks, and nothing of it when it waits', async () => {
    const { inits, poll } = serve({});
    const { signal } = new AbortController();

    await poll(AT_3, { headers: { authorization: 'Bearer a.b.c' }, signal });

    expect(inits).toEqual([
      { headers: { authorization: 'Bearer a.b.c' }, signal, method: 'POST' },
      { signal },
    ]);
  });

  test('beside another of the same channels has a ticket of its own', async () => {
    const { asked, poll } = serve({});

    await Promise.all([poll(AT_3), poll(AT_3)]);

    expect(asked.filter((one) => one.startsWith('POST'))).toEqual([ASK, ASK]);
  });

  test('that is held for less than a direct wait goes the usual way', async () => {
    const { asked, poll } = serve({});

    await poll('cursor=doors:3:e&wait=5');

    expect(asked).toEqual(['GET /v1/events?cursor=doors:3:e&wait=5']);
  });
});

describe('where something fails', () => {
  test('a wait that breaks off leaves its mailbox', async () => {
    const { asked, poll } = serve({ waits: [() => new TypeError('cut')] });

    await poll(AT_3);

    expect(asked).toEqual([ASK, WAIT, ASK]);
  });

  test('a wait that the reader itself breaks off leaves its mailbox, and is thrown', async () => {
    const abort = new AbortController();
    const { asked, poll } = serve({
      waits: [
        () => {
          abort.abort();
          return new DOMException('away', 'AbortError');
        },
      ],
    });

    await expect(poll(AT_3, { signal: abort.signal })).rejects.toThrow('away');
    await poll(AT_3);

    expect(asked[2]).toBe(ASK);
  });

  test('a ticket that is not taken is left out', async () => {
    const { asked, poll } = serve({ asks: [told(3), refused(403, 'ticket'), told(4)] });
    await poll(AT_3);

    await poll('cursor=doors:2:e&wait=20');

    expect(asked.slice(2)).toEqual([
      'POST /v1/waits?cursor=doors:2:e&ticket=t.i.1',
      'POST /v1/waits?cursor=doors:2:e',
    ]);
  });

  test.each([
    [404, undefined, 300_000],
    [403, 'channel', 300_000],
    [401, undefined, 300_000],
    [429, 'ticket', 60_000],
  ])(
    'a refusal (%i, of %s) is answered by the usual way, which is kept for %i ms',
    async (status, field, ms) => {
      const { asked, poll, pass } = serve({ asks: [refused(status, field)] });

      await poll(AT_3);
      pass(ms - 1);
      await poll(AT_3);
      pass(1);
      await poll(AT_3);

      const usual = `GET /v1/events?${AT_3}`;
      expect(asked).toEqual([ASK, usual, usual, ASK, usual]);
    },
  );

  test.each([
    [409, 'channel'],
    [429, 'client'],
    [503, undefined],
  ])('%i is the same either way', async (status, field) => {
    const { asked, fetch } = serve({ asks: [refused(status, field)] });

    const response = await fetch(`${BASE}/v1/events?${AT_3}`);

    expect([response.status, asked]).toEqual([status, [ASK]]);
    expect(await response.json()).toMatchObject({ status });
  });

  test('three waits that fail in a row make it poll as usual for a minute', async () => {
    const { asked, poll, pass } = serve({ waits: [refused(400)] });

    for (let i = 0; i < 4; i++) await poll(AT_3);
    const before = asked.length;
    pass(60_000);
    await poll(AT_3);

    expect(asked[before - 1]).toBe(`GET /v1/events?${AT_3}`);
    expect(asked[before]).toContain('POST /v1/waits');
  });
});

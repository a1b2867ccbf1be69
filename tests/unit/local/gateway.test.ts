/** What stands in front of the functions keeps to the HTTP API's payload and limits. A function is a double that is called. */

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { Gateway, type SlowAnswer } from '../../../local/lambda/gateway.ts';
import type { Invoked, Times } from '../../../local/lambda/pool.ts';
import { FakeClock } from '../../support/time/clock.ts';

const MIB = 1024 * 1024;

let stop: () => void = () => undefined;
afterEach(() => stop());

/** Two functions, each called with an event; what they answer is `answer`'s to say. */
async function setUp(answer: (event: APIGatewayProxyEventV2) => Promise<Invoked> | Invoked) {
  const called: { name: string; event: APIGatewayProxyEventV2 }[] = [];
  const clock = new FakeClock();
  const slow: SlowAnswer[] = [];
  const pool = (name: string) => ({
    invoke: async (text: string, times?: Times) => {
      const event: APIGatewayProxyEventV2 = JSON.parse(text);
      called.push({ name, event });
      if (times) {
        times.environmentMs = 3_000;
        times.look = () => Object.assign(times, { functionMs: 27_000, waitedMs: 5_000 });
      }
      return answer(event);
    },
  });
  const routes = [
    { key: 'GET /v1/channels/{channel}/events', pool: pool('poll') },
    { key: 'GET /v1/stream/{path+}', pool: pool('stream') },
    { key: 'GET /v1/events', pool: pool('many') },
    { key: 'POST /v1/channels/{channel}/events', pool: pool('publish') },
    { key: '*', pool: pool('page') },
  ];
  const gateway = new Gateway(routes, clock, (one) => slow.push(one));
  const port = await gateway.listen('127.0.0.1', 0);
  stop = () => gateway.close();
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  return { ask, called, clock, slow };
}

const json = (value: unknown): Invoked => ({ kind: 'answer', payload: JSON.stringify(value) });
const post = (body: string | Buffer<ArrayBuffer>, type: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': type },
});
const PUBLISH = '/v1/channels/doors/events';

describe('a request', () => {
  test.each([
    ['/v1/channels/doors/events?wait=0', 'poll', { channel: 'doors' }],
    ['/v1/events?cursor=doors', 'many', undefined],
    ['/v1/stream/a/b', 'stream', { path: 'a/b' }],
    ['/v1/channels//events', 'page', undefined],
    ['/v1/channels/doors', 'page', undefined],
    ['/', 'page', undefined],
  ])('%s is for the function %s', async (path, name, pathParameters) => {
    const { ask, called } = await setUp(() => json({ statusCode: 204 }));

    expect((await ask(path)).status).toBe(204);
    expect(called.map((one) => one.name)).toEqual([name]);
    expect(called[0]?.event.pathParameters).toEqual(pathParameters);
    expect(called[0]?.event.version).toBe('2.0');
  });

  test('whose body is text is handed over as it is, and any other in base64', async () => {
    const { ask, called } = await setUp(() => json({ statusCode: 201 }));
    const bytes = Buffer.from([0, 255, 10]);

    await ask(PUBLISH, post('{"data":"ä"}', 'application/json'));
    await ask(PUBLISH, post(bytes, 'application/octet-stream'));

    expect(called.map(({ event }) => [event.body, event.isBase64Encoded])).toEqual([
      ['{"data":"ä"}', false],
      [bytes.toString('base64'), true],
    ]);
  });

  test.each([
    ['of 10 MiB and a byte', 'text/plain', 10 * MIB + 1],
    // The API takes it, and Lambda does not.
    ['of 6 MiB', 'text/plain', 6 * MIB],
    ['that base64 makes larger than 6 MiB', 'application/x-ndjson', 5 * MIB],
  ])('with a body %s calls no function', async (_, type, bytes) => {
    const { ask, called } = await setUp(() => json({ statusCode: 201 }));

    expect((await ask(PUBLISH, post('x'.repeat(bytes), type))).status).toBe(413);
    expect(called).toEqual([]);
  });

  test('with 4.4 MiB of lines is still taken', async () => {
    const { ask, called } = await setUp(() => json({ statusCode: 201 }));
    const body = 'x'.repeat(4.4 * MIB);

    expect((await ask(PUBLISH, post(body, 'application/x-ndjson'))).status).toBe(201);
    expect(Buffer.from(called[0]?.event.body ?? '', 'base64').toString()).toBe(body);
  });

  test('with more than 10,240 bytes of headers calls no function', async () => {
    const { ask, called } = await setUp(() => json({ statusCode: 200 }));

    expect((await ask('/', { headers: { 'x-long': 'x'.repeat(10_240) } })).status).toBe(431);
    expect(called).toEqual([]);
  });
});

describe('an answer', () => {
  test('may be in base64, with headers and cookies', async () => {
    const body = Buffer.from([0, 255, 10]);
    const { ask } = await setUp(() =>
      json({
        statusCode: 200,
        headers: { 'content-type': 'application/octet-stream', 'x-count': 2 },
        cookies: ['a=1', 'b=2'],
        body: body.toString('base64'),
        isBase64Encoded: true,
      }),
    );

    const answer = await ask('/');

    expect(Buffer.from(await answer.arrayBuffer())).toEqual(body);
    expect(answer.headers.get('x-count')).toBe('2');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('that comes after 30 s is too late, and the function is not told', async () => {
    const { promise, resolve } = Promise.withResolvers<Invoked>();
    const { ask, called, clock, slow } = await setUp(() => promise);
    const asked = ask('/');
    await expect.poll(() => called.length).toBe(1);

    await clock.advance(29_999);
    expect(slow).toEqual([]);
    await clock.advance(1);

    const answer = await asked;
    expect([answer.status, await answer.json()]).toEqual([503, { message: 'Service Unavailable' }]);
    const times = { environmentMs: 3_000, functionMs: 27_000, stalledMs: 0, waitedMs: 5_000 };
    const waitedHereMs = expect.any(Number);
    expect(slow).toEqual([
      { request: '$default', outcome: 'given up', wholeMs: 30_000, times, waitedHereMs },
    ]);
    resolve(json({ statusCode: 200 }));
    expect((await ask('/')).status).toBe(200);
    expect(slow.length).toBe(1);
  });

  test('that comes after 29 s is in time', async () => {
    const { promise, resolve } = Promise.withResolvers<Invoked>();
    const { ask, called, clock } = await setUp(() => promise);
    const asked = ask('/');
    await expect.poll(() => called.length).toBe(1);

    await clock.advance(29_000);
    resolve(json({ statusCode: 200, body: 'in time' }));

    expect(await (await asked).text()).toBe('in time');
  });

  test.each([
    ['a function that is throttled', { kind: 'throttled', detail: '' }, 503, 'Service Unavailable'],
    ['a function that timed out', { kind: 'timeout', detail: '' }, 500, 'Internal Server Error'],
    ['a function that crashed', { kind: 'crashed', detail: '' }, 500, 'Internal Server Error'],
    ['an answer without a status', { kind: 'answer', payload: '{}' }, 500, 'Internal Server Error'],
  ] as const)('of %s is the API’s own', async (_, outcome, status, message) => {
    const { ask } = await setUp(() => outcome);

    const answer = await ask('/');

    expect([answer.status, await answer.json()]).toEqual([status, { message }]);
  });
});

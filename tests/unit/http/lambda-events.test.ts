/** The kinds of events that a function may be called with, and what of them the router sees. */

import type { LambdaEvent } from 'hono/aws-lambda';
import { expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { httpHandler } from '../../../lib/http/lambda.ts';
import { MemoryLogger, UNCOUNTED } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { SeededRandom } from '../../support/time/clock.ts';

/** A function whose one route tells what it was asked. */
function setUp() {
  const done: string[] = [];
  const meter = { ...UNCOUNTED, flush: () => void done.push('flush') };
  const app = createApp({ logger: new MemoryLogger(), random: new SeededRandom() }, everyone, [
    (routes) => {
      routes.all('/echo', async (c) => {
        done.push('answer');
        const { method, raw } = c.req;
        const { headers } = raw;
        const seen = { cookie: headers.get('cookie'), key: headers.get('doorbell-key') };
        return c.json({ method, body: await c.req.text(), ...seen });
      });
    },
  ]);
  const handler = httpHandler(app, { meter });
  const ask = (event: LambdaEvent) => handler(event, {} as Parameters<typeof handler>[1]);
  return { ask, done };
}

const body = '{"data":1}';

/** Payload format 2.0, as the HTTP API and function URLs have it. */
const second = (method: string, more: object = {}) =>
  ({
    version: '2.0',
    rawPath: '/echo',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method, path: '/echo' }, domainName: 'api.example' },
    body,
    isBase64Encoded: false,
    ...more,
  }) as unknown as LambdaEvent;

/** Payload format 1.0, as the REST API has it. */
const first = (httpMethod: string) =>
  ({
    version: '1.0',
    resource: '/echo',
    path: '/echo',
    httpMethod,
    headers: { host: 'api.example' },
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: { domainName: 'api.example', identity: {} },
    body,
    isBase64Encoded: false,
  }) as unknown as LambdaEvent;

test.each([
  { format: '1.0', make: first },
  { format: '2.0', make: second },
])('a POST of payload format $format comes with its body', async ({ make }) => {
  const answer = await setUp().ask(make('POST'));

  expect(JSON.parse(answer.body)).toMatchObject({ method: 'POST', body });
});

test.each([
  { format: '1.0', make: first },
  { format: '2.0', make: second },
])('a GET of payload format $format comes without the body that it carries', async ({ make }) => {
  const answer = await setUp().ask(make('GET'));

  expect(JSON.parse(answer.body)).toMatchObject({ method: 'GET', body: '' });
});

test.each([
  { format: '1.0', make: first },
  { format: '2.0', make: second },
])('TRACE of payload format $format gets a name that no route takes', async ({ make }) => {
  const answer = await setUp().ask(make('TRACE'));

  expect(JSON.parse(answer.body)).toMatchObject({ method: 'X-TRACE' });
});

test('of the cookies of one request, those that a header can hold are kept', async () => {
  const cookies = ['a=b', 'name=日本', 'line=a\nb', 'c=d'];

  const answer = await setUp().ask(second('GET', { cookies }));

  expect(JSON.parse(answer.body).cookie).toBe('a=b; c=d');
});

test.each([
  ['', ''],
  [' ', ''],
  ['/doorno', '/doorno'],
  [undefined, null],
])('a header of %j is %j to the router, as on a hub', async (sent, expected) => {
  const { ask } = setUp();

  const { body: answer = '' } = await ask(second('POST', { headers: { 'doorbell-key': sent } }));

  expect(JSON.parse(answer)).toMatchObject({ key: expected });
});

test('what was counted is written after the answer was made', async () => {
  const { ask, done } = setUp();
  await ask(second('GET'));

  expect(done).toEqual(['answer', 'flush']);
});

test('what was counted is written even where there is no answer', async () => {
  const { ask, done } = setUp();

  await expect(ask({} as LambdaEvent)).rejects.toThrow();

  expect(done).toEqual(['flush']);
});

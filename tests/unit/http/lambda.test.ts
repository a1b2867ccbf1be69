/** From an invocation to the router and back. */

import type { LambdaEvent } from 'hono/aws-lambda';
import { expect, test, vi } from 'vitest';
import { httpHandler } from '../../../lib/http/lambda.ts';
import { UNCOUNTED } from '../../support/memory/doubles.ts';
import { memoryApp } from '../../support/memory/memory-app.ts';
import { streamApp } from '../../support/memory/stream-app.ts';

function event(method: string, rawPath: string, body?: string): LambdaEvent {
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' };
  const requestContext = { http, domainName: 'api.example' };
  const more = body === undefined ? {} : { body, isBase64Encoded: false };
  return {
    version: '2.0',
    rawPath,
    rawQueryString: '',
    headers: {},
    requestContext,
    ...more,
  } as unknown as LambdaEvent;
}

test.each(['GET', 'HEAD'])('a body that %s carries is passed over', async (method) => {
  const meter = { ...UNCOUNTED, flush: vi.fn() };
  const handler = httpHandler((await memoryApp()).app, { meter });
  const context = {} as Parameters<typeof handler>[1];

  const carrying = await handler(event(method, '/v1/channels/doors', '{"data":1}'), context);
  const without = await handler(event(method, '/v1/channels/doors'), context);

  expect(carrying).toEqual(without);
  expect(carrying).toMatchObject({
    statusCode: 401,
    headers: { 'content-type': 'application/problem+json' },
  });
  expect(meter.flush).toHaveBeenCalledTimes(2);
});

test.each(['TRACE', 'TRACK', 'CONNECT'])(
  '%s, which no request object can hold, is refused as other methods are',
  async (method) => {
    const handler = httpHandler((await memoryApp()).app, {
      meter: UNCOUNTED,
    });
    const context = {} as Parameters<typeof handler>[1];

    expect(await handler(event(method, '/healthz'), context)).toMatchObject({
      statusCode: 405,
      headers: { allow: 'GET', 'content-type': 'application/problem+json' },
      body: expect.stringContaining(`not X-${method}.`),
    });
    expect(await handler(event(method, '/v1/channels/doors'), context)).toMatchObject({ statusCode: 401 });
  },
);

test.each(['#', '?', '\\', '\n', '\t', ' ', '\ud800'])(
  'a path that API Gateway has decoded names no other stream: %j',
  async (character) => {
    const { app, make, request } = streamApp();
    const meter = UNCOUNTED;
    const handler = httpHandler(app, { meter });
    const context = {} as Parameters<typeof handler>[1];
    for (const name of ['logs', 'logs/old', 'logsold']) await make(name);

    for (const rawPath of [`/v1/stream/logs${character}old`, `/v1/stream/logs${character}`])
      expect(await handler(event('DELETE', rawPath), context)).toMatchObject({ statusCode: 400 });

    const looks = await Promise.all(['logs', 'logs/old', 'logsold'].map((name) => request('HEAD', name)));
    expect(looks.map(({ status }) => status)).toEqual([200, 200, 200]);
  },
);

test('a cookie that no header can hold is passed over: it belongs to another application on that domain', async () => {
  const handler = httpHandler((await memoryApp()).app, {
    meter: UNCOUNTED,
  });
  const context = {} as Parameters<typeof handler>[1];
  const cookies = ['a=b', 'name=\u65e5\u672c', 'line=a\nb'];

  const answer = await handler({ ...event('GET', '/'), cookies } as LambdaEvent, context);

  expect(answer.statusCode).toBe(200);
});

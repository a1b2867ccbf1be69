/** Which methods a path takes. */

import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { methodsOf, ROUTES } from '../../../lib/http/routes.ts';
import { loadService } from '../../../local/emulators/service.ts';
import { REQUESTS } from '../../support/http/requests.ts';

test.each([
  ['/', ['GET']],
  ['/client.js', ['GET']],
  ['/client-more.js', ['GET']],
  ['/openapi.json', ['GET']],
  ['/healthz', ['GET']],
  ['/v1/channels/doors/events', ['GET', 'POST']],
  ['/v1/events', ['GET']],
  ['/v1/shared/doors/events', ['GET']],
  ['/v1/channels/doors/waits', ['POST']],
  ['/v1/waits', ['POST']],
  ['/v1/wait', ['GET']],
  ['/backend.php', ['GET']],
  ['/v1/channels', ['GET']],
  ['/v1/channels/doors', ['GET', 'DELETE']],
  ['/v1/channels/doors/schema', ['GET']],
  ['/v1/channels/doors/clients', ['GET']],
  ['/v1/channels/doors/clients/wall', ['DELETE']],
  ['/v1/channels/events/events', ['GET', 'POST']],
  ['/v1/stream/doors', ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']],
  ['/v1/stream/docs/1/.updates', ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']],
])('%s takes %j', (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});

test('the router finds a stream whatever is in its name, a line break too', async () => {
  const app = new Hono().all(ROUTES.stream.path, (c) => c.text(c.req.param('path')));

  for (const name of ['a', 'a/b', 'a%0Ab']) {
    const response = await app.request(`/v1/stream/${name}`);
    expect([response.status, await response.text()]).toEqual([200, decodeURIComponent(name)]);
  }
});

test.each([
  '',
  '/v1',
  '/v2/events',
  '/V1/events',
  '/v1/events/',
  '/v1/channels/',
  '/v1/channels//events',
  '/v1/stream',
  '/v1/stream/',
  '/v1/channels/doors/event',
  '/v1/channels/doors/clients/',
  '/v1/channels/doors/clients/wall/more',
  '/favicon.ico',
  '//',
])('there is nothing at %j', (path) => {
  expect(methodsOf(path)).toEqual([]);
});

test('serverless.yml sends the polls and the publishes to their functions, and the rest to the page', async () => {
  const { functions } = await loadService();
  const routes = Object.entries(functions).flatMap(([name, { events = [] }]) =>
    events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [`${name} ${httpApi}`])),
  );

  expect(routes.sort()).toEqual([
    'page *',
    'poll GET /backend.php',
    'poll GET /v1/channels/{channel}/events',
    'poll GET /v1/events',
    'poll GET /v1/shared/{channel}/events',
    'poll GET /v1/stream/{path+}',
    'poll HEAD /v1/stream/{path+}',
    'poll POST /v1/channels/{channel}/waits',
    'poll POST /v1/waits',
    'publish DELETE /v1/channels/{channel}',
    'publish DELETE /v1/channels/{channel}/events/{vid}',
    'publish DELETE /v1/dead-letters/{letter}',
    'publish DELETE /v1/stream/{path+}',
    'publish GET /v1/channels/{channel}/schema',
    'publish GET /v1/dead-letters',
    'publish GET /v1/dead-letters/{letter}',
    'publish POST /v1/channels/{channel}/events',
    'publish POST /v1/dead-letters',
    'publish POST /v1/dead-letters/{letter}',
    'publish POST /v1/stream/{path+}',
    'publish PUT /v1/dead-letters/{letter}',
    'publish PUT /v1/stream/{path+}',
  ]);
  for (const route of routes.filter((one) => one !== 'page *'))
    expect(REQUESTS).toContain(route.replace(/^\w+ /, '').replace(/\{(\w+)\+?\}/g, ':$1'));
});

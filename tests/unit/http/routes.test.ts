/** Which methods a path takes. */

import { expect, test } from 'vitest';
import { methodsOf } from '../../../lib/http/routes.ts';

test.each([
  ['/', ['GET']],
  ['/client.js', ['GET']],
  ['/healthz', ['GET']],
  ['/v1/channels/doors/events', ['GET', 'POST']],
  ['/v1/events', ['GET']],
  ['/v1/channels/doors', ['GET']],
  ['/v1/channels/doors/clients', ['GET']],
  ['/v1/channels/doors/clients/wall', ['DELETE']],
  ['/v1/channels/events/events', ['GET', 'POST']],
])('%s takes %j', (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});

test.each([
  '',
  '/v1',
  '/v2/events',
  '/V1/events',
  '/v1/events/',
  '/v1/channels',
  '/v1/channels/',
  '/v1/channels//events',
  '/v1/channels/doors/event',
  '/v1/channels/doors/clients/',
  '/v1/channels/doors/clients/wall/more',
  '/favicon.ico',
  '//',
])('there is nothing at %j', (path) => {
  expect(methodsOf(path)).toEqual([]);
});

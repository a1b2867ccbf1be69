/** The page's function: its files, its health, and what is told of channels and clients. */

import { expect, test } from 'vitest';
import { Health } from '../../../lib/channels/health.ts';
import { createApp } from '../../../lib/http/app.ts';
import { pagePolicy } from '../../../lib/http/site/content-security-policy.ts';
import { siteRoutes } from '../../../lib/http/site/site.ts';
import { channelRoutes } from '../../../lib/http/v1/channels.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { unavailable } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';

const ASSETS = {
  dashboard: '<!doctype html><script>page()</script>',
  client: 'export {};',
  more: 'export const choose = 0;',
  openapi: '{"openapi":"3.1.0"}',
};

async function setUp(probe?: () => Promise<void>) {
  const world = memoryWorld();
  const { poll, publish, logger } = memoryProcess(world);
  await say({ ...memoryProcess(world), publish }, 'doors', 'a', 'b');
  await world.cursors.visit('doors', 'wall', { maxvid: 1 }, undefined, world.clock.now());
  const ports = { ...poll, ...(probe ? { probe } : {}) };
  const app = createApp({ logger, random: world.random }, everyone, [
    channelRoutes(ports),
    siteRoutes(new Health(ports), ASSETS),
  ]);
  return { app, world };
}

test.each([
  ['/', 'text/html; charset=UTF-8', ASSETS.dashboard],
  ['/client.js', 'text/javascript; charset=utf-8', ASSETS.client],
  ['/client-more.js', 'text/javascript; charset=utf-8', ASSETS.more],
  ['/openapi.json', 'application/json', ASSETS.openapi],
])('%s is the file of the build, as %s', async (path, type, text) => {
  const { app } = await setUp();

  const response = await app.request(path);

  expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
  expect(await response.text()).toBe(text);
});

test('the page may run what is in it, and tells nobody where it was', async () => {
  const { app } = await setUp();

  const { headers } = await app.request('/');

  expect(headers.get('content-security-policy')).toBe(pagePolicy(ASSETS.dashboard));
  expect(headers.get('referrer-policy')).toBe('no-referrer');
});

test.each([
  { what: 'well', probe: async () => undefined, status: 200 },
  { what: 'not to be reached', probe: async () => Promise.reject(unavailable()), status: 503 },
])('where the log is $what, health is $status', async ({ probe, status }) => {
  const { app } = await setUp(probe);

  const response = await app.request('/healthz');

  expect(response.status).toBe(status);
  if (status === 200) expect(await response.json()).toEqual({ status: 'ok' });
});

test.each([
  ['/v1/channels', { channels: [{ channel: 'doors' }], next: null }],
  ['/v1/channels?after=doors', { channels: [], next: null }],
  ['/v1/channels?limit=1', { channels: [{ channel: 'doors' }], next: 'doors' }],
  ['/v1/channels/doors', { channel: 'doors', head: 2, clients: { total: 1, maxLag: 1 } }],
  ['/v1/channels/doors/clients', { clients: [{ client: 'wall', maxvid: 1, lag: 1 }] }],
])('%s tells %j', async (path, answer) => {
  const { app } = await setUp();

  const response = await app.request(path);

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject(answer);
});

test('a client is forgotten with an answer that has no body', async () => {
  const { app, world } = await setUp();

  const response = await app.request('/v1/channels/doors/clients/wall', { method: 'DELETE' });

  expect([response.status, await response.text()]).toEqual([204, '']);
  expect(await world.cursors.list('doors')).toEqual([]);
});

test.each([
  ['GET', '/v1/channels?befor=x', 'befor'],
  ['GET', '/v1/channels?limit=0', 'limit'],
  ['GET', '/v1/channels/doors?maxvid=1', 'maxvid'],
  ['GET', '/v1/channels/do%20ors', 'channel'],
  ['GET', '/v1/channels/doors/clients?limit=1', 'limit'],
  ['GET', '/v1/channels/do%20ors/clients', 'channel'],
  ['DELETE', '/v1/channels/doors/clients/wall?all=1', 'all'],
  ['DELETE', '/v1/channels/do%20ors/clients/wall', 'channel'],
  ['DELETE', '/v1/channels/doors/clients/wa%20ll', 'client'],
])('%s %s is refused for its %s, and nothing is forgotten', async (method, path, field) => {
  const { app, world } = await setUp();

  const response = await app.request(path, { method });

  await expectProblemDocument(response, 400, 'bad-parameter', field);
  expect(await world.cursors.list('doors')).toHaveLength(1);
});

/** GET /backend.php as the ancestor's page sees it, and what is logged of it. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { createApp } from '../../../lib/http/app.ts';
import { backendRoutes } from '../../../lib/http/legacy/backend.ts';
import { newEvent } from '../../../lib/log/block.ts';
import { publish } from '../../../lib/publish/publish.ts';
import { problem } from '../../support/http/http.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, track, WAIT_MS } from '../../support/memory/world.ts';

function setUp({ channel }: { channel?: string } = { channel: 'doors' }) {
  const world = memoryWorld();
  const process = memoryProcess(world);
  const { logger } = process;
  const app = createApp({ logger, random: world.random }, everyone, [
    backendRoutes({ ...process.poll, logger }, channel),
  ]);
  const ask = async (query = '', init?: RequestInit) => app.request(`/backend.php${query}`, init);
  const happen = (data: unknown) => publish(process.publish, TRUSTED, 'doors', [newEvent('', data)], false);
  const logged = () => logger.lines.map(({ level, message, fields }) => [level, message, fields]);
  return { world, ask, happen, logged };
}

test('answers one flat record, as JSON, never cached', async () => {
  const { ask, happen } = setUp();
  await happen({ doorno: 3, rfsim: '0815', optime: '08:15:00', ynopen: 'Y' });
  await happen({ doorno: 4 });

  const response = await ask('?maxvid=0');

  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.text()).toBe('{"vid":1,"doorno":3,"rfsim":"0815","optime":"08:15:00","ynopen":"Y"}');
});

test('answers 200 with an empty body when 20 s are over', async () => {
  const { world, ask } = setUp();
  const held = track(ask('?maxvid='));
  await world.clock.advance(WAIT_MS + 1_000);

  const response = await held.promise;

  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.text()).toBe('');
});

test('GET /backend.php is not there while no channel is configured', async () => {
  const { ask } = setUp({});
  const response = await ask('?maxvid=0');

  expect([response.status, (await problem(response)).type]).toEqual([404, 'urn:doorbell:problem:not-found']);
});

test.each(['HEAD', 'POST'])('GET /backend.php does not take %s', async (method) => {
  const response = await setUp().ask('', { method });

  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
});

test('logs each request and its record by number, and nothing of the data', async () => {
  const { ask, happen, logged } = setUp();
  await happen({ rfsim: 'secret-badge' });

  await ask('?maxvid=0');

  expect(logged()).toEqual([
    ['info', '> maxvid', { channel: 'doors', maxvid: 0 }],
    ['info', '< record', { channel: 'doors', vid: 1 }],
  ]);
});

test('logs a wait that ended with nothing', async () => {
  const { world, ask, logged } = setUp();
  const held = ask('?maxvid=0');
  await world.clock.advance(WAIT_MS + 1_000);
  await held;

  expect(logged().slice(1)).toEqual([['info', '< nothing', { channel: 'doors', maxvid: 0 }]]);
});

test('logs a page that went away while it waited', async () => {
  const { world, ask, logged } = setUp();
  const gone = new AbortController();
  const held = ask('?maxvid=0', { signal: gone.signal });
  await world.clock.advance(3_000);
  gone.abort();
  await held;

  expect(logged().slice(1)).toEqual([
    ['info', '< nothing, connection aborted', { channel: 'doors', maxvid: 0 }],
  ]);
});

test('logs a record whose page was gone before it was written, or while it was', async () => {
  const { ask, happen, logged } = setUp();
  await happen({ doorno: 3 });
  const [before, during] = [new AbortController(), new AbortController()];
  before.abort();

  await ask('?maxvid=0', { signal: before.signal });
  await ask('?maxvid=0', { signal: during.signal });
  during.abort();

  const fields = { channel: 'doors', vid: 1 };
  expect(logged().filter(([, message]) => message !== '> maxvid')).toEqual([
    ['info', '< record, but connection aborted', fields],
    ['info', '< record', fields],
    ['info', '< record, but connection aborted', fields],
  ]);
});

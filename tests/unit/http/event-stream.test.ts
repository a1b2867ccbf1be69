/** A channel's events as one answer that goes on: who gets it, and what stands in it. */

import { expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { streamRoutes } from '../../../lib/http/v1/event-stream.ts';
import { pollRoutes } from '../../../lib/http/v1/poll.ts';
import { eventsPath } from '../../support/http/http.ts';
import { openStream } from '../../support/http/sse.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say, tell } from '../../support/memory/world.ts';

function setUp() {
  const world = memoryWorld();
  const { poll, logger } = memoryProcess(world);
  const publisher = memoryProcess(world);
  const app = createApp({ logger, random: world.random }, everyone, [streamRoutes(poll), pollRoutes(poll)]);
  const open = (query: Record<string, string | number> = {}, headers: Record<string, string> = {}) =>
    openStream(app, eventsPath('doors', query), headers);
  return { app, world, publisher, open };
}

test.each([
  ['text/event-stream', 'text/event-stream'],
  [' Text/Event-Stream;q=0.9', 'text/event-stream'],
  ['text/event-stream, application/json', 'text/event-stream'],
  ['text/event-stream , application/json', 'text/event-stream'],
  ['application/json, text/event-stream', 'application/json'],
  ['text/event-streams', 'application/json'],
  ['*/*', 'application/json'],
  ['', 'application/json'],
])('a reader who accepts %j gets %s', async (accept, type) => {
  const { app, publisher } = setUp();
  await say(publisher, 'doors', 'a');

  const response = await app.request(eventsPath('doors', { maxvid: 0 }), { headers: { accept } });

  expect(response.headers.get('content-type')).toBe(type);
});

test('a reader who says nothing of what it accepts gets JSON', async () => {
  const { app, publisher } = setUp();
  await say(publisher, 'doors', 'a');

  const response = await app.request(eventsPath('doors', { maxvid: 0 }));

  expect(response.headers.get('content-type')).toBe('application/json');
});

test('a stream may be kept by no cache and gathered by no proxy', async () => {
  const { response } = await setUp().open();

  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
});

test('a stream has each event under its vid, those of the log at first and then those that come', async () => {
  const { open, publisher, world } = setUp();
  await say(publisher, 'doors', 'a', 'b', 'c');
  const at = new Date(world.clock.now()).toISOString();
  const stream = await open({ maxvid: 1 });

  expect(await stream.next()).toEqual({
    id: '2',
    data: JSON.stringify({ vid: 2, id: 'b', at, data: 'b' }),
  });
  expect(await stream.next()).toMatchObject({ id: '3' });
  await say(publisher, 'doors', 'd');
  expect(await stream.next()).toMatchObject({ id: '4', data: expect.stringContaining('"data":"d"') });
});

test('a quiet stream says at once that it is open, and again after each wait', async () => {
  const { open, world } = setUp();
  const stream = await open({ wait: 5 });

  expect(await stream.next()).toEqual({ comment: true });
  const second = stream.next();
  await world.clock.advance(5_000);
  expect(await second).toEqual({ comment: true });
});

test.each([
  { what: 'Last-Event-ID wins over the address', last: '2', ids: ['3'] },
  { what: 'an empty Last-Event-ID says nothing', last: '', ids: ['2', '3'] },
])('$what', async ({ last, ids }) => {
  const { open, publisher } = setUp();
  await say(publisher, 'doors', 'a', 'b', 'c');
  const stream = await open({ maxvid: 1 }, { 'last-event-id': last });

  const got = await Promise.all(ids.map(() => stream.next()));

  expect(got.map((message) => message?.id)).toEqual(ids);
});

test('a gap is told before the first event that is left, under the vid before that event', async () => {
  const { open, publisher, world } = setUp();
  for (const id of ['a', 'b', 'c']) await say(publisher, 'doors', id);
  world.log.expire('doors', 2);
  const stream = await open({ maxvid: 0 });

  expect(await stream.next()).toEqual({ event: 'missed', data: '2', id: '2' });
  expect(await stream.next()).toMatchObject({ id: '3' });
});

test('where nothing is left, the gap ends at the head', async () => {
  const { open, publisher, world } = setUp();
  for (const id of ['a', 'b', 'c']) await say(publisher, 'doors', id);
  world.log.expire('doors');
  const stream = await open({ maxvid: 1 });

  const message = await stream.next();

  expect(message).toMatchObject({ event: 'missed' });
  expect(Number(message?.id)).toBe(1 + Number(message?.data));
  expect(Number(message?.id)).toBeGreaterThanOrEqual(3);
});

test('a stream of some keys shows where it stands when it is quiet, and after what it did not want', async () => {
  const { open, publisher, world } = setUp();
  await tell(publisher, 'doors', '1', '2', '1');
  const stream = await open({ maxvid: 0, key: '2', wait: 5 });

  expect(await stream.next()).toMatchObject({ id: '2' });
  expect(await stream.next()).toEqual({ id: '3' });
  const quiet = stream.next();
  await tell(publisher, 'doors', '1', '1');
  await world.clock.advance(5_000);
  expect(await quiet).toEqual({ id: '5' });
  const next = stream.next();
  await tell(publisher, 'doors', '2');
  expect(await next).toMatchObject({ id: '6' });
});

/** A poll of one channel and a poll of several, as requests. */

import { expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { pollRoutes } from '../../../lib/http/v1/poll.ts';
import { eventsPath, poll, pollMany, problem } from '../../support/http/http.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

async function setUp() {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await say(process, 'doors', 'a', 'b');
  await say(process, 'alerts', 'fire');
  const { logger } = process;
  const app = createApp({ logger, random: world.random }, everyone, [pollRoutes(process.poll)]);
  return { app, held: process.poll.held };
}

test('a poll of one channel has its answer as the body', async () => {
  const { app } = await setUp();

  expect(await poll(app, 'doors', { maxvid: 1 })).toMatchObject({
    channel: 'doors',
    events: [{ vid: 2, id: 'b' }],
    maxvid: 2,
  });
});

test('a poll of several channels has one answer for each that has news, in the order asked', async () => {
  const { app } = await setUp();

  const answers = await pollMany(app, ['alerts:0', 'doors:2', 'doors.2']);
  const both = await pollMany(app, ['doors:1', 'alerts:0']);

  expect(answers.map(({ channel }) => channel)).toEqual(['alerts']);
  expect(both.map(({ channel, events }) => [channel, events.length])).toEqual([
    ['doors', 1],
    ['alerts', 1],
  ]);
});

test.each([eventsPath('doors', { maxvid: 2 }), '/v1/events?cursor=doors:2'])(
  'a client that hangs up during %s is held no longer',
  async (path) => {
    const { app, held } = await setUp();
    const hangup = new AbortController();
    const polling = app.request(path, { signal: hangup.signal });
    await settle();
    const before = held.size;

    hangup.abort();
    await polling;

    expect([before, held.size]).toEqual([1, 0]);
  },
);

test.each([
  ['?maxvid=x', 'maxvid', 'maxvid must be an integer from 0 to 9007199254740991.'],
  ['?wait=21', 'wait', 'wait must be an integer from 0 to 20.'],
  ['?maxVid=1', 'maxVid', 'maxVid is not a known parameter.'],
  ['?wait=1&wait=2', 'wait', 'wait is given more than once.'],
])('of %s, the refusal names %s and says %s', async (query, field, detail) => {
  const { app } = await setUp();

  expect(await problem(await app.request(`/v1/channels/doors/events${query}`))).toMatchObject({
    field,
    detail,
  });
});

test.each([
  ['', 'cursor must be given 1 to 10 times, got 0.'],
  ['?cursor=a%20b', 'cursor: channel must be 1 to 128 characters of A-Z a-z 0-9 _ . - and not . or ...'],
  ['?cursor=doors:x', 'cursor: maxvid must be an integer from 0 to 9007199254740991.'],
  ['?cursor=doors:1:e:f', 'cursor must be channel, channel:maxvid or channel:maxvid:epoch.'],
  ['?cursor=doors:1&cursor=doors:2', 'cursor names channel doors twice.'],
])('of a poll of several channels with %j, the refusal says %s', async (query, detail) => {
  const { app } = await setUp();

  expect(await problem(await app.request(`/v1/events${query}`))).toMatchObject({ field: 'cursor', detail });
});

test('a channel that cannot have that name is named in the refusal once', async () => {
  const { app } = await setUp();

  const { detail } = await problem(await app.request('/v1/channels/a%20b/events'));

  expect(detail).toMatch(/^channel must be 1 to 128/);
});

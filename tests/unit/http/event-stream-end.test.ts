/** How a stream of events ends, and how fast it is asked for. */

import { expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { streamRoutes } from '../../../lib/http/v1/event-stream.ts';
import { eventsPath, type Query } from '../../support/http/http.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { messagesIn } from '../../support/http/sse.ts';
import { Calls, counting, replacing, unavailable } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

function setUp() {
  const world = memoryWorld();
  const calls = new Calls();
  let fault: Error | undefined;
  const last = async (channel: string) => {
    if (fault) throw fault;
    return world.log.last(channel);
  };
  const { poll, logger } = memoryProcess(world, { log: counting(replacing(world.log, { last }), calls) });
  const app = createApp({ logger, random: world.random }, everyone, [streamRoutes(poll)]);
  const request = (query: Query, signal = new AbortController().signal) =>
    app.request(eventsPath('doors', query), { headers: { accept: 'text/event-stream' }, signal });
  const breakLog = (error: Error) => {
    fault = error;
  };
  return { world, calls, request, breakLog, held: poll.held, publisher: memoryProcess(world) };
}

/** What each next piece of an answer says, without reading ahead; undefined at its end. */
function piecesOf(response: Response) {
  const reader = response.body?.getReader();
  return async () => {
    const { value } = (await reader?.read()) ?? {};
    return value && messagesIn(new TextDecoder().decode(value));
  };
}

test('a place of another life is a problem while the stream is not open', async () => {
  const { request, publisher } = setUp();
  await say(publisher, 'doors', 'a');

  await expectProblemDocument(await request({ maxvid: 5 }), 409, 'reset');
});

test('a channel that is made anew ends an open stream with a reset that names the new life', async () => {
  const { request, publisher, world } = setUp();
  await say(publisher, 'doors', 'a');
  const next = piecesOf(await request({ maxvid: 0 }));
  await next();
  world.log.drop();
  await say(memoryProcess(world), 'doors', 'new');

  const [message] = (await next()) ?? [];

  const { epoch } = (await world.log.get('doors')) ?? {};
  expect(message?.event).toBe('reset');
  expect(JSON.parse(message?.data ?? '')).toEqual({
    code: 'reset',
    detail: expect.stringContaining('doors'),
    channel: 'doors',
    earliest: 1,
    head: 1,
    epoch,
  });
  expect(await next()).toBeUndefined();
});

test('a log that cannot be read ends an open stream without a word, so that its reader comes again', async () => {
  const { request, breakLog } = setUp();
  const next = piecesOf(await request({}));
  await next();
  breakLog(unavailable());

  expect(await next()).toBeUndefined();
});

test('a fault that nobody foresaw breaks an open stream off', async () => {
  const { request, breakLog } = setUp();
  const next = piecesOf(await request({}));
  await next();
  breakLog(new TypeError('a mistake'));

  await expect(next()).rejects.toThrow('a mistake');
});

test('nothing is asked of the log for a reader who has not taken what was sent', async () => {
  const { request, publisher, calls } = setUp();
  await say(publisher, 'doors', 'a', 'b', 'c');
  const next = piecesOf(await request({ maxvid: 0, limit: 1 }));
  await next();
  calls.clear();

  await settle();

  expect(calls.all).toEqual({});
  expect(await next()).toMatchObject([{ id: '2' }]);
});

test('a reader who hangs up while the stream is quiet is held no longer', async () => {
  const { request, held } = setUp();
  const hangup = new AbortController();
  const next = piecesOf(await request({}, hangup.signal));
  await next();
  const waiting = next();
  await settle();
  expect(held.size).toBe(1);

  hangup.abort();

  expect(await waiting).toBeUndefined();
  expect(held.size).toBe(0);
});

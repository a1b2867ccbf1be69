/** One poll after the other on one connection: from where each goes on, and what ends them. */

import { expect, test } from 'vitest';
import { type Caller, TRUSTED } from '../../../lib/auth/caller.ts';
import type { PollRequest } from '../../../lib/poll/poll.ts';
import { follow } from '../../../lib/poll/poll-loop.ts';
import { setUpReader } from '../../support/memory/reader.ts';
import { ask, memoryProcess, say, track, WAIT_MS } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

async function setUp() {
  const { world, clock, reader, publisher } = await setUpReader();
  const gone = new AbortController();
  const checks: number[] = [];
  const start = clock.elapsed();
  const begin = (request: Partial<PollRequest> = {}, caller: Caller = TRUSTED) =>
    follow(
      reader.poll,
      caller,
      { cursors: [{ channel: 'doors', maxvid: 0 }], waitMs: WAIT_MS, limit: 500, ...request },
      gone.signal,
      async () => void checks.push(clock.elapsed() - start),
    );
  return { world, clock, reader, publisher, gone, checks, begin };
}

const ended = { done: true, value: undefined };

test('the first answer comes at once, empty where there is nothing', async () => {
  const { begin } = await setUp();

  expect((await begin().next()).value).toMatchObject({ channel: 'doors', events: [], maxvid: 0 });
});

test('each poll goes on behind the answer before it, and every event comes once', async () => {
  const { publisher, begin } = await setUp();
  await say(publisher, 'doors', 'a', 'b', 'c');
  const answers = begin({ limit: 2 });

  const first = (await answers.next()).value;
  const second = (await answers.next()).value;
  const third = answers.next();
  await settle();
  await say(publisher, 'doors', 'd');

  const ids = [first, second, (await third).value].map((answer) => answer?.events.map(({ id }) => id));
  expect(ids).toEqual([['a', 'b'], ['c'], ['d']]);
});

test('a reader who comes before the first event follows the channel into its life', async () => {
  const { publisher, begin } = await setUp();
  const answers = begin();
  await answers.next();
  const next = answers.next();
  await settle();

  await say(publisher, 'doors', 'a');

  expect((await next).value).toMatchObject({ maxvid: 1 });
});

test('a life that ends between two polls is told: it is not taken for the one that was followed', async () => {
  const { world, publisher, begin } = await setUp();
  await say(publisher, 'doors', 'a');
  const answers = begin();
  await answers.next();
  world.log.drop();
  await say(memoryProcess(world), 'doors', 'x', 'y');

  await expect(answers.next()).rejects.toMatchObject({ code: 'reset' });
});

test('a wait that ends without an event is an empty answer, and the next poll waits as long', async () => {
  const { clock, checks, begin } = await setUp();
  const answers = begin({ waitMs: 5_000 });
  await answers.next();
  for (const _ of [1, 2]) {
    const next = track(answers.next());
    await clock.advance(4_999);
    expect(next.done).toBe(false);
    await clock.advance(1_001);
    expect((await next.promise).value).toMatchObject({ events: [] });
  }

  expect(checks).toHaveLength(2);
});

test('a request that does not wait is answered once', async () => {
  const { begin, checks } = await setUp();
  const answers = begin({ waitMs: 0 });
  await answers.next();

  expect(await answers.next()).toEqual(ended);
  expect(checks).toEqual([]);
});

test('a client that has gone before the first answer gets none', async () => {
  const { gone, begin } = await setUp();
  gone.abort();

  expect(await begin().next()).toEqual(ended);
});

test('a client that has gone after an answer is not asked for again', async () => {
  const { gone, begin, checks } = await setUp();
  const answers = begin();
  await answers.next();
  gone.abort();

  expect(await answers.next()).toEqual(ended);
  expect(checks).toEqual([]);
});

test('a client that goes while it is waited for ends the wait, without an answer', async () => {
  const { gone, begin, reader } = await setUp();
  const answers = begin();
  await answers.next();
  const next = answers.next();
  await settle();

  gone.abort();

  expect(await next).toEqual(ended);
  expect(reader.poll.held.size).toBe(0);
});

test('a newer poll of the client ends it, with an answer that says so', async () => {
  const { reader, begin } = await setUp();
  const answers = begin({ client: 'wall' });
  await answers.next();
  const next = answers.next();
  await settle();
  const newer = ask(reader, { channel: 'doors', maxvid: 0 }, { client: 'wall', waitMs: 0 });

  expect((await next).value).toMatchObject({ superseded: true });
  expect(await answers.next()).toEqual(ended);
  await newer;
});

test('a process that closes ends it after the answer that is on its way', async () => {
  const { reader, begin } = await setUp();
  const answers = begin();
  await answers.next();
  const next = answers.next();
  await settle();

  reader.poll.held.close();

  expect((await next).value).toMatchObject({ events: [] });
  expect(await answers.next()).toEqual(ended);
});

test('the last wait is as long as the token is still good, and then it ends', async () => {
  const { clock, begin, checks } = await setUp();
  const answers = begin({ waitMs: 5_000 }, { ...TRUSTED, untilMs: clock.now() + 7_000 });
  await answers.next();
  const whole = answers.next();
  await clock.advance(6_000);
  await whole;
  const short = track(answers.next());
  await clock.advance(999);
  expect(short.done).toBe(false);

  await clock.advance(1_001);

  expect((await short.promise).value).toMatchObject({ events: [] });
  expect(await answers.next()).toEqual(ended);
  expect(checks).toHaveLength(2);
});

/**
 * What a poll and a publish cost in calls to AWS, counted where they leave the SDK. A mailbox younger than 2 s sleeps only 1 s at a time,
 * so the clock leaps over its youth; `warm` is a process that has polled the channel before. Each test has processes and channels of its
 * own and mostly waits, so they run beside each other.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, poll, pollMany, publish, range } from '../support/http/http.ts';
import { countCalls, startCountedProcess } from '../support/stack/calls.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { mailboxOf } from '../support/stack/queues.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const YOUTH_MS = 2_000;
const IDLE_WITH_CLIENT = {
  'UpdateItem cursors': 1,
  'PutItem waiters': 1,
  'Query events': 1,
  ReceiveMessage: 1,
};
const IDLE = { 'PutItem waiters': 1, 'Query events': 1, ReceiveMessage: 1 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/**
 * A process that has polled the channels, whose mailbox is grown up, and which waits for nothing; and another that has published one event
 * to each of them.
 */
async function warm(channels: readonly string[], client?: string) {
  const calls = countCalls(stack);
  const process = startLeapingProcess(stack, calls.clients);
  const publisher = startCountedProcess(stack);
  for (const channel of channels) await publish(publisher.app, channel, { data: 'first' });
  // It has news, so it opens the mailbox and arms, but does not sleep.
  const cursors = channels.map((channel) => `${channel}:0`);
  await pollMany(process.app, cursors, client === undefined ? {} : { client });
  await mailboxOf(stack, process);
  process.clock.leap(YOUTH_MS);
  calls.take();
  publisher.calls.take();
  return { ...process, calls, publisher };
}

describe.concurrent('counted in calls', () => {
  // The poll that is made most: nothing happens for 20 s. It costs what a short one costs.
  test('an idle poll over the longest wait makes 4 calls', async () => {
    const { app, calls } = await warm(['long'], 'me');

    const answer = await poll(app, 'long', { client: 'me', maxvid: 1 });

    expect(answer).toMatchObject({ events: [], maxvid: 1 });
    expect(calls.take()).toEqual(IDLE_WITH_CLIENT);
  });

  test('an idle poll with a client makes 4 calls', async () => {
    const { app, calls } = await warm(['idle'], 'me');

    await poll(app, 'idle', { client: 'me', maxvid: 1, wait: 1 });

    expect(calls.take()).toEqual(IDLE_WITH_CLIENT);
  });

  test('an idle poll that leaves its place to the cursor makes 4 calls', async () => {
    const { app, calls } = await warm(['idle-cursor'], 'me');
    await poll(app, 'idle-cursor', { client: 'me', maxvid: 1, wait: 0 });
    calls.take();

    await poll(app, 'idle-cursor', { client: 'me', wait: 1 });

    expect(calls.take()).toEqual(IDLE_WITH_CLIENT);
  });

  test('an idle poll of a channel whose newest block is large reads its own item instead of the block', async () => {
    const { app, calls, publisher } = await warm(['large']);
    await publish(publisher.app, 'large', { data: 'x'.repeat(100_000) });
    await poll(app, 'large', { maxvid: 1, wait: 0 });
    calls.take();

    await poll(app, 'large', { maxvid: 2, wait: 1 });

    // It receives the doorbell of that publish first, and sleeps again.
    expect(calls.take()).toMatchObject({ 'PutItem waiters': 1, 'Query events': 1, 'GetItem events': 1 });
  });

  test('an idle poll without a client makes 3 calls', async () => {
    const { app, calls } = await warm(['idle-nobody']);

    await poll(app, 'idle-nobody', { maxvid: 1, wait: 1 });

    expect(calls.take()).toEqual(IDLE);
  });

  test('an idle poll of a channel without events reads its own item once in 10 s', async () => {
    const { app, calls, clock } = await warm(['idle-born']);
    const idle = () => poll(app, 'idle-unborn', { maxvid: 0, wait: 1 });

    await idle();
    expect(calls.take()).toMatchObject({ 'GetItem events': 1 });
    clock.leap(YOUTH_MS);
    await idle();
    expect(calls.take()).toEqual(IDLE);
    clock.leap(10_000);
    await idle();
    expect(calls.take()).toEqual({ ...IDLE, 'GetItem events': 1 });
  });

  test('a delivery from an inline doorbell needs no further read, and is deleted with the next poll', async () => {
    const { app, calls, publisher } = await warm(['inline'], 'me');
    const held = poll(app, 'inline', { client: 'me', maxvid: 1 });
    await calls.asleep();

    await publish(publisher.app, 'inline', { data: 'second' });
    expect(dataOf((await held).events)).toEqual(['second']);
    expect(calls.take()).toEqual(IDLE_WITH_CLIENT);

    await poll(app, 'inline', { client: 'me', maxvid: 2, wait: 1 });
    expect(calls.take()).toEqual({ ...IDLE_WITH_CLIENT, DeleteMessageBatch: 1 });
  });

  test('a poll that has news already neither sleeps nor reads twice', async () => {
    const { app, calls, publisher } = await warm(['behind'], 'me');
    await publish(publisher.app, 'behind', { data: 'second' });

    await poll(app, 'behind', { client: 'me', maxvid: 1 });

    expect(calls.take()).toEqual({ 'UpdateItem cursors': 1, 'PutItem waiters': 1, 'Query events': 1 });
  });

  test('a poll that does not wait makes one read', async () => {
    const { app, calls } = await warm(['glance']);

    await poll(app, 'glance', { maxvid: 1, wait: 0 });

    expect(calls.take()).toEqual({ 'Query events': 1 });
  });

  test('a poll of three channels arms and checks each, and receives once', async () => {
    const { app, calls } = await warm(['a', 'b', 'c'], 'me');

    await pollMany(app, ['a:1', 'b:1', 'c:1'], { client: 'me', wait: 1 });

    expect(calls.take()).toEqual({
      'UpdateItem cursors': 3,
      'PutItem waiters': 3,
      'Query events': 3,
      ReceiveMessage: 1,
    });
  });

  test.each([1, 10, 100])('%i idle waiters in one process make 1 arm, 1 check and 1 receive', async (n) => {
    const channel = `idle-${n}`;
    const { app, calls } = await warm([channel]);

    await Promise.all(range(1, n).map(() => poll(app, channel, { maxvid: 1, wait: 1 })));

    expect(calls.take()).toEqual(IDLE);
  });

  test.each([1, 10, 100])(
    'one event for %i waiters in one process costs one doorbell and one delete',
    async (n) => {
      const channel = `event-${n}`;
      const { app, poll: ports, calls, publisher } = await warm([channel]);
      const waiters = range(1, n).map(() => poll(app, channel, { maxvid: 1 }));
      await calls.asleep();

      await publish(publisher.app, channel, { data: 'news' });
      const answers = await Promise.all(waiters);
      await ports.afterResponse.flush();

      expect(answers.every(({ events }) => events.length === 1)).toBe(true);
      expect(publisher.calls.take()).toEqual({ 'PutItem events': 1, 'Query waiters': 1, SendMessage: 1 });
      expect(calls.take()).toEqual({ ...IDLE, DeleteMessageBatch: 1 });
    },
  );

  test('a warm publish makes 1 write and 1 look for waiters', async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'warm-publish', { data: 1 });
    calls.take();

    await publish(app, 'warm-publish', { data: 2 });

    expect(calls.take()).toEqual({ 'PutItem events': 1, 'Query waiters': 1 });
  });

  test('a warm publish with an id makes no more calls than one without', async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'warm-id', { id: 'a', data: 1 });
    calls.take();

    await publish(app, 'warm-id', [
      { id: 'b', data: 2 },
      { id: 'c', data: 3 },
    ]);

    expect(calls.take()).toEqual({ 'PutItem events': 1, 'Query waiters': 1 });
  });

  test('publishing again what is in the log makes 1 look for waiters', async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'again', { id: 'a', data: 1 });
    calls.take();

    await publish(app, 'again', { id: 'a', data: 1 });

    expect(calls.take()).toEqual({ 'Query waiters': 1 });
  });

  test('a publish sends one doorbell per armed mailbox', async () => {
    const publisher = startCountedProcess(stack);
    await publish(publisher.app, 'three', { data: 1 });
    const pollers = range(1, 3).map(() => startCountedProcess(stack));
    const held = pollers.map(({ app }) => poll(app, 'three', { maxvid: 1 }));
    await Promise.all(pollers.map(({ calls }) => calls.asleep()));
    publisher.calls.take();

    await publish(publisher.app, 'three', { data: 2 });

    expect(publisher.calls.take()).toEqual({ 'PutItem events': 1, 'Query waiters': 1, SendMessage: 3 });
    expect((await Promise.all(held)).map(({ maxvid }) => maxvid)).toEqual([2, 2, 2]);
  });

  test('publishes that come at once are written as one block and rung once', async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'grouped', { data: 0 });
    calls.take();

    await Promise.all(range(1, 50).map((data) => publish(app, 'grouped', { data })));

    // The first finds nobody before it; the others wait for it together.
    expect(calls.take()).toEqual({ 'PutItem events': 2, 'Query waiters': 2 });
  });
});

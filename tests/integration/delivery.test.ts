/** Every event reaches every reader, in order, once; whatever happens to the connection between. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  dataOf,
  eventsPath,
  eventsUpTo,
  listen,
  numbered,
  poll,
  pollMany,
  publish,
  range,
  vids,
} from '../support/http/http.ts';
import { startCountedProcess } from '../support/stack/calls.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('two clients on one channel both get every event, in order and without duplicates', async () => {
  const { app } = startProcess(stack);
  const publisher = startProcess(stack);
  const reading = ['left', 'right'].map((client) => eventsUpTo(app, 'both', 30, { maxvid: 0, client }));

  for (const data of range(1, 30)) await publish(publisher.app, 'both', { data });

  for (const events of await Promise.all(reading)) {
    expect(vids(events)).toEqual(range(1, 30));
    expect(dataOf(events)).toEqual(range(1, 30));
  }
});

test('a client that comes back with an old maxvid gets exactly what it missed', async () => {
  const { app } = startProcess(stack);
  for (const data of range(1, 7)) await publish(app, 'back', { data });

  const answer = await poll(app, 'back', { maxvid: 4 });

  expect(vids(answer.events)).toEqual([5, 6, 7]);
  expect(answer).toMatchObject({ maxvid: 7, missed: 0 });
});

test('an old maxvid inside a block gets only the rest of that block', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'inside', numbered(1, 10));
  await publish(app, 'inside', numbered(11, 20));
  const other = startProcess(stack);

  const answer = await poll(other.app, 'inside', { maxvid: 4 });

  expect(dataOf(answer.events)).toEqual(range(5, 20));
});

test('a maxvid that is asked again gets the same events again', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'again', numbered(1, 3));
  const first = await poll(app, 'again', { maxvid: 1, client: 'me' });

  const second = await poll(app, 'again', { maxvid: 1, client: 'me' });

  expect(second).toEqual(first);
});

test('a client that hangs up while the server waits loses nothing', async () => {
  const { app, calls } = startCountedProcess(stack);
  const { served, stop } = await listen(app);
  await publish(app, 'hangup', { data: 1 });
  const hangUp = new AbortController();
  const held = poll(served, 'hangup', { maxvid: 1, client: 'me' }, hangUp.signal);
  await calls.asleep();

  hangUp.abort();
  await expect(held).rejects.toThrow();
  await publish(app, 'hangup', { data: 2 });
  const answer = await poll(served, 'hangup', { maxvid: 1, client: 'me' });

  expect(vids(answer.events)).toEqual([2]);
  await stop();
});

test('an answer that nobody reads takes nothing from the next poll', async () => {
  const { app, calls } = startCountedProcess(stack);
  const { served, stop } = await listen(app);
  await publish(app, 'unread', { data: 1 });
  const unread = Promise.resolve(served.request(eventsPath('unread', { maxvid: 1, client: 'me' })));
  await calls.asleep();
  await publish(app, 'unread', { data: 2 });
  await (await unread).body?.cancel();

  const answer = await poll(served, 'unread', { client: 'me' });

  expect(vids(answer.events)).toEqual([2]);
  await stop();
});

test('an event that another process publishes wakes a sleeping poll', async () => {
  const poller = startCountedProcess(stack);
  const publisher = startProcess(stack);
  await publish(publisher.app, 'wake', { data: 'first' });
  const held = poll(poller.app, 'wake', { maxvid: 1 });
  await poller.calls.asleep();

  await publish(publisher.app, 'wake', { data: 'second' });

  expect(dataOf((await held).events)).toEqual(['second']);
});

test('a poll of a channel that does not exist yet gets its first event', async () => {
  const poller = startCountedProcess(stack);
  const held = poll(poller.app, 'unborn', { maxvid: 0 });
  await poller.calls.asleep();

  await publish(startProcess(stack).app, 'unborn', { data: 'first' });

  const answer = await held;
  expect(vids(answer.events)).toEqual([1]);
  expect(answer.epoch).toEqual(expect.any(String));
});

test('one poll of several channels is woken by any of them, and answers for those that have news', async () => {
  const poller = startCountedProcess(stack);
  const publisher = startProcess(stack);
  for (const channel of ['red', 'green', 'blue']) await publish(publisher.app, channel, { data: channel });
  const held = pollMany(poller.app, ['red:1', 'green:1', 'blue:1', 'unborn-yet']);
  await poller.calls.asleep();

  await publish(publisher.app, 'green', { data: 'news' });

  const answers = await held;
  expect(answers.map(({ channel, maxvid }) => ({ channel, maxvid }))).toEqual([
    { channel: 'green', maxvid: 2 },
  ]);
});

test('one poll of several channels answers at once, in the order asked, when several have news', async () => {
  const { app } = startProcess(stack);
  for (const channel of ['north', 'south', 'west']) await publish(app, channel, { data: channel });

  const answers = await pollMany(app, ['south:0', 'west:1', 'north:0']);

  expect(answers.map(({ channel }) => channel)).toEqual(['south', 'north']);
  expect(answers.flatMap(({ events }) => dataOf(events))).toEqual(['south', 'north']);
});

test('following ten channels in one poll loses nothing', async () => {
  const reader = startProcess(stack);
  const publisher = startProcess(stack);
  const places = new Map(range(1, 10).map((i) => [`ten-${i}`, 0]));
  const seen: string[] = [];

  const publishing = (async () => {
    for (const round of range(1, 5))
      await Promise.all(
        [...places.keys()].map((channel) => publish(publisher.app, channel, { data: round })),
      );
  })();
  while (seen.length < 50) {
    const cursors = [...places].map(([channel, maxvid]) => `${channel}:${maxvid}`);
    for (const { channel, events, maxvid } of await pollMany(reader.app, cursors)) {
      places.set(channel, maxvid);
      seen.push(...vids(events).map((vid) => `${channel}/${vid}`));
    }
  }
  await publishing;

  const expected = range(1, 10).flatMap((i) => range(1, 5).map((vid) => `ten-${i}/${vid}`));
  expect([...seen].sort()).toEqual([...expected].sort());
});

test('a poll that finds nothing is empty when its wait ends, and stays where it is', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'quiet', { data: 1 });

  const answer = await poll(app, 'quiet', { maxvid: 1, wait: 1 });

  expect(answer).toEqual({ channel: 'quiet', epoch: answer.epoch, events: [], maxvid: 1, missed: 0 });
});

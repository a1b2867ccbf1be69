/** Where an answer or a doorbell has no room for everything, the rest comes all the same. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { answersUpTo, dataOf, numbered, poll, pollMany, publish, range, vids } from '../support/http/http.ts';
import { startCountedProcess } from '../support/stack/calls.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const KIB = 1024;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('an event too large for a doorbell is delivered to a sleeping poll', async () => {
  const poller = startCountedProcess(stack);
  const publisher = startProcess(stack);
  await publish(publisher.app, 'large', { data: 'small' });
  const held = poll(poller.app, 'large', { maxvid: 1 });
  await poller.calls.asleep();

  const data = 'x'.repeat(200 * KIB);
  await publish(publisher.app, 'large', { data });

  expect(dataOf((await held).events)).toEqual([data]);
});

test('an answer that is cut by limit goes on where it ended', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'limited', numbered(1, 100));
  await publish(app, 'limited', numbered(101, 150));

  const answers = await answersUpTo(app, 'limited', 150, { maxvid: 0, limit: 7 });

  expect(answers.every(({ events, missed }) => events.length <= 7 && missed === 0)).toBe(true);
  expect(answers.flatMap(({ events }) => dataOf(events))).toEqual(range(1, 150));
});

test('an answer holds 500 events unless another limit is asked for', async () => {
  const { app } = startProcess(stack);
  for (const i of range(0, 10)) await publish(app, 'default-limit', numbered(i * 100 + 1, i * 100 + 100));

  const byDefault = await poll(app, 'default-limit', { maxvid: 0 });
  const most = await poll(app, 'default-limit', { maxvid: 0, limit: 1_000 });

  expect(vids(byDefault.events)).toEqual(range(1, 500));
  expect(vids(most.events)).toEqual(range(1, 1_000));
});

test('an answer is cut at 1 MiB, and the next ones bring the rest', async () => {
  const { app } = startProcess(stack);
  for (const i of range(1, 24)) await publish(app, 'mebibytes', { data: `${i} ${'x'.repeat(100 * KIB)}` });
  const { app: reader } = startProcess(stack);

  const answers = await answersUpTo(reader, 'mebibytes', 24);

  expect(answers.length).toBeGreaterThanOrEqual(3);
  for (const { events } of answers)
    expect(JSON.stringify(events).length).toBeLessThanOrEqual(LIMITS.answerBytes);
  expect(answers.flatMap(({ events }) => vids(events))).toEqual(range(1, 24));
});

test('a poll of several channels is cut at 1 MiB together, and loses nothing', async () => {
  const { app } = startProcess(stack);
  const places = new Map(range(1, 6).map((i) => [`heavy-${i}`, 0]));
  for (const channel of places.keys())
    for (const i of range(1, 2)) await publish(app, channel, { data: `${i} ${'x'.repeat(200 * KIB)}` });
  const seen: string[] = [];

  while ([...places.values()].some((maxvid) => maxvid < 2)) {
    const answers = await pollMany(
      app,
      [...places].map(([channel, maxvid]) => `${channel}:${maxvid}`),
    );
    // One event may pass the limit, so that a channel is never stuck.
    expect(JSON.stringify(answers).length).toBeLessThan(LIMITS.answerBytes + LIMITS.eventBytes);
    for (const { channel, events, maxvid } of answers) {
      places.set(channel, maxvid);
      seen.push(...vids(events).map((vid) => `${channel}/${vid}`));
    }
  }

  const expected = [...places.keys()].flatMap((channel) => [`${channel}/1`, `${channel}/2`]);
  expect(seen.sort()).toEqual(expected.sort());
});

test('a block of large events wakes sleepers that then read it in pieces', async () => {
  const poller = startCountedProcess(stack);
  const publisher = startProcess(stack);
  await publish(publisher.app, 'pieces', { data: 0 });
  const held = poll(poller.app, 'pieces', { maxvid: 1, limit: 2 });
  await poller.calls.asleep();

  const events = range(1, 5).map((i) => ({ data: `${i} ${'x'.repeat(50 * KIB)}` }));
  await publish(publisher.app, 'pieces', events);
  const first = await held;
  const rest = await answersUpTo(poller.app, 'pieces', 6, { maxvid: first.maxvid, limit: 2 });

  expect(vids(first.events)).toEqual([2, 3]);
  expect(rest.map((answer) => vids(answer.events))).toEqual([[4, 5], [6]]);
});

/** Many readers and publishers at once: in one process, and in many. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ChannelInfo } from '../../lib/protocol/doorbell.ts';
import { dataOf, eventsUpTo, listen, poll, publish, range, type Served, vids } from '../support/http/http.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { armsOn } from '../support/stack/tables.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Publishes 1 … `total`, `atOnce` at a time; answers them in the order of their vids. */
async function burst(publisher: Served, channel: string, total: number, atOnce: number) {
  const published: number[] = [];
  const waiting = range(1, total);
  const work = async () => {
    for (let data = waiting.shift(); data !== undefined; data = waiting.shift()) {
      const { first } = await publish(publisher, channel, { data });
      published[first - 1] = data;
    }
  };
  await Promise.all(range(1, atOnce).map(work));
  return published;
}

test('a burst of 1,000 events, 16 at a time, is read in order by several readers', async () => {
  const publisher = startProcess(stack).app;
  const readers = range(1, 3).map(() => startProcess(stack).app);
  const reading = readers.map((app, i) => eventsUpTo(app, 'burst', 1_000, { maxvid: 0, client: `r${i}` }));

  const published = await burst(publisher, 'burst', 1_000, 16);

  for (const events of await Promise.all(reading)) {
    expect(vids(events)).toEqual(range(1, 1_000));
    expect(dataOf(events)).toEqual(published);
  }
});

test('many processes that poll one channel all get the event', async () => {
  const pollers = range(1, 12).map(() => startProcess(stack));
  const publisher = startProcess(stack);
  await publish(publisher.app, 'many', { data: 'first' });
  const held = pollers.map(({ app }) => poll(app, 'many', { maxvid: 1 }));
  await vi.waitUntil(async () => (await armsOn(stack, 'many')) === 12, { timeout: WAIT_MS });

  await publish(publisher.app, 'many', { data: 'second' });

  const answers = await Promise.all(held);
  expect(answers.map(({ events }) => dataOf(events))).toEqual(pollers.map(() => ['second']));
});

test('200 polls in one process are all held, and all answered with the event', async () => {
  const { app } = startProcess(stack);
  const { served, stop } = await listen(app);
  await publish(served, 'crowd', { data: 'first' });
  const held = range(1, 200).map((i) => poll(served, 'crowd', { maxvid: 1, client: `c${i}` }));
  const waiting = async () =>
    ((await (await served.request('/v1/channels/crowd')).json()) as ChannelInfo).clients.waiting;
  await vi.waitUntil(async () => (await waiting()) === 200, { timeout: WAIT_MS, interval: 50 });

  await publish(startProcess(stack).app, 'crowd', { data: 'second' });

  const answers = await Promise.all(held);
  expect(answers.every(({ events }) => events.length === 1 && events[0]?.data === 'second')).toBe(true);
  await stop();
});

test('readers that come and go during a burst lose nothing', async () => {
  const publisher = startProcess(stack).app;
  const hopping = async (client: string) => {
    const seen: number[] = [];
    for (let maxvid = 0; maxvid < 200; ) {
      // A new process for every poll: nothing that it remembers may matter.
      const answer = await poll(startProcess(stack).app, 'hopping', { maxvid, client, limit: 20 });
      seen.push(...vids(answer.events));
      maxvid = answer.maxvid;
    }
    return seen;
  };

  const reading = [hopping('a'), hopping('b')];
  await burst(publisher, 'hopping', 200, 4);

  for (const seen of await Promise.all(reading)) expect(seen).toEqual(range(1, 200));
});

/** Where a reader without maxvid begins, and what its cursor remembers. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClientInfo } from '../../lib/protocol/doorbell.ts';
import { dataOf, numbered, poll, pollMany, publish, type Served, vids } from '../support/http/http.ts';
import { startCountedProcess } from '../support/stack/calls.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

async function clientsOf(served: Served, channel: string): Promise<readonly ClientInfo[]> {
  const response = await served.request(`/v1/channels/${channel}/clients`);
  return ((await response.json()) as { clients: ClientInfo[] }).clients;
}

test('without maxvid and client a poll begins from now on', async () => {
  const { app, calls } = startCountedProcess(stack);
  await publish(app, 'now', numbered(1, 5));
  const held = poll(app, 'now');
  await calls.asleep();

  await publish(app, 'now', { data: 'next' });

  expect(dataOf((await held).events)).toEqual(['next']);
});

test('without maxvid a new client begins from now on, and that place is kept', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'placed', numbered(1, 5));
  await poll(app, 'placed', { client: 'me', wait: 0 });
  await publish(app, 'placed', { data: 'next' });

  const answer = await poll(startProcess(stack).app, 'placed', { client: 'me' });

  expect(dataOf(answer.events)).toEqual(['next']);
});

test('without maxvid a client goes on from its cursor, in any process', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'cursor', numbered(1, 9));
  await poll(app, 'cursor', { client: 'me', maxvid: 3 });

  const answer = await poll(startProcess(stack).app, 'cursor', { client: 'me' });

  expect(vids(answer.events)).toEqual([4, 5, 6, 7, 8, 9]);
});

test('a client whose first answer was lost gets the same events again', async () => {
  const { app, calls } = startCountedProcess(stack);
  await publish(app, 'lost', { data: 'old' });
  const lost = poll(app, 'lost', { client: 'me' });
  await calls.asleep();
  await publish(app, 'lost', { data: 'new' });
  await lost;

  const answer = await poll(startProcess(stack).app, 'lost', { client: 'me' });

  expect(dataOf(answer.events)).toEqual(['new']);
});

test('a cursor never goes back when an old acknowledgement comes late', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'late', numbered(1, 9));
  await poll(app, 'late', { client: 'me', maxvid: 8, wait: 0 });

  const late = await poll(app, 'late', { client: 'me', maxvid: 2, wait: 0 });

  expect(vids(late.events)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  expect(await clientsOf(app, 'late')).toMatchObject([{ client: 'me', maxvid: 8, lag: 1 }]);
});

test('a forgotten client begins from now on again', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'forget', numbered(1, 9));
  await poll(app, 'forget', { client: 'me', maxvid: 2, wait: 0 });

  const forgotten = await app.request('/v1/channels/forget/clients/me', { method: 'DELETE' });

  expect(forgotten.status).toBe(204);
  expect(await clientsOf(app, 'forget')).toEqual([]);
  expect(await poll(app, 'forget', { client: 'me', wait: 0 })).toMatchObject({ events: [], maxvid: 9 });
});

test('wait=0 answers with what is there, and with nothing when there is nothing', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'glance', numbered(1, 3));

  const some = await poll(app, 'glance', { maxvid: 1, wait: 0 });
  const none = await poll(app, 'glance', { maxvid: 3, wait: 0 });
  const unborn = await poll(app, 'glance-unborn', { maxvid: 0, wait: 0 });

  expect(vids(some.events)).toEqual([2, 3]);
  expect(none).toMatchObject({ events: [], maxvid: 3, missed: 0 });
  expect(unborn).toEqual({ channel: 'glance-unborn', epoch: null, events: [], maxvid: 0, missed: 0 });
});

test('in a poll of several channels each has its own starting point', async () => {
  const { app } = startProcess(stack);
  for (const channel of ['kept', 'told', 'fresh']) await publish(app, channel, numbered(1, 4));
  await poll(app, 'kept', { client: 'me', maxvid: 2, wait: 0 });

  const answers = await pollMany(app, ['kept', 'told:3', 'fresh'], { client: 'me' });

  expect(answers.map(({ channel, events }) => [channel, ...vids(events)])).toEqual([
    ['kept', 3, 4],
    ['told', 4],
  ]);
});

/** A poll whose client has come again elsewhere is ended; nobody else's is, and nothing is sent for one that has ended. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import type { ChannelInfo, MultiPollAnswer } from '../../lib/protocol/doorbell.ts';
import { dataOf, eventsPath, numbered, poll, pollMany, publish } from '../support/http/http.ts';
import { startCountedProcess } from '../support/stack/calls.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const SECRET = randomBytes(32).toString('base64');
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

// Each on channels of its own, with processes of its own, and waiting for most of its time.
describe.concurrent('orphaned polls', () => {
  test('a newer poll in another process ends the older one', async () => {
    const older = startCountedProcess(stack);
    const newer = startCountedProcess(stack);
    await publish(older.app, 'moved', { data: 1 });
    const orphan = poll(older.app, 'moved', { client: 'me', maxvid: 1 });
    await older.calls.asleep();

    const held = poll(newer.app, 'moved', { client: 'me', maxvid: 1 });

    expect(await orphan).toMatchObject({ events: [], maxvid: 1, superseded: true });
    await publish(startProcess(stack).app, 'moved', { data: 2 });
    expect(dataOf((await held).events)).toEqual([2]);
  });

  test("a stranger's poll under the same client id, on one of its channels, does not end a poll", async () => {
    const [here, there] = [startProcess(stack, { secret: SECRET }), startProcess(stack, { secret: SECRET })];
    const publisher = startProcess(stack);
    for (const channel of ['junk', 'own']) await publish(publisher.app, channel, { data: 1 });
    const bearing = async (read: readonly string[]) => {
      const token = await mint(SECRET, { read, write: [], ttlS: 60, now: Date.now() });
      return { headers: { authorization: `Bearer ${token}` } };
    };
    const ask = '/v1/events?cursor=junk:1&cursor=own:1&client=victim';
    const [own, strange] = [await bearing(['junk', 'own']), await bearing(['junk'])];
    const waiting = async () => {
      const response = await publisher.app.request('/v1/channels/own');
      return ((await response.json()) as ChannelInfo).clients.waiting === 1;
    };
    const first = here.app.request(ask, own);
    await vi.waitUntil(waiting, { timeout: WAIT_MS });

    // A poll that does not wait has sent its letters when it is answered.
    const path = eventsPath('junk', { maxvid: 1, client: 'victim', wait: 0 });
    for (const { app } of [there, here]) expect((await app.request(path, strange)).status).toBe(200);
    await publish(publisher.app, 'own', { data: 2 });
    const events = (await (await first).json()) as MultiPollAnswer;
    const second = here.app.request(ask.replace('own:1', 'own:2'), own);
    await vi.waitUntil(waiting, { timeout: WAIT_MS });
    await there.app.request(`${ask.replace('own:1', 'own:2')}&wait=0`, own);

    expect(events.channels).toMatchObject([{ channel: 'own', maxvid: 2 }]);
    expect(await (await second).json()).toMatchObject({
      channels: [{ superseded: true }, { superseded: true }],
    });
  });

  test('a newer poll in the same process ends the older one without a letter', async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'same', { data: 1 });
    const orphan = poll(app, 'same', { client: 'me', maxvid: 1 });
    await calls.asleep();
    calls.take();

    const held = poll(app, 'same', { client: 'me', maxvid: 1 });

    expect(await orphan).toMatchObject({ superseded: true });
    expect(calls.take()).not.toHaveProperty('SendMessage');
    await publish(startProcess(stack).app, 'same', { data: 2 });
    expect(dataOf((await held).events)).toEqual([2]);
  });

  test('a poll that does not wait ends the older one too', async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'glance', { data: 1 });
    const orphan = poll(app, 'glance', { client: 'me', maxvid: 1 });
    await calls.asleep();

    const glance = await poll(startProcess(stack).app, 'glance', { client: 'me', maxvid: 1, wait: 0 });

    expect(glance).not.toHaveProperty('superseded');
    expect(await orphan).toMatchObject({ superseded: true });
  });

  test('two tabs that share an id take turns, and each learns of it', async () => {
    const { app, calls } = startCountedProcess(stack);
    await publish(app, 'tabs', { data: 1 });
    const query = { client: 'shared', maxvid: 1 };
    const left = poll(app, 'tabs', query);
    await calls.asleep();

    const right = poll(app, 'tabs', query);
    expect(await left).toMatchObject({ superseded: true });
    const leftAgain = poll(app, 'tabs', query);
    expect(await right).toMatchObject({ superseded: true });
    // The one that sees the mark takes a new id, and both are served.
    const rightAgain = poll(app, 'tabs', { ...query, client: 'its-own' });
    await publish(startProcess(stack).app, 'tabs', { data: 2 });

    expect(dataOf((await leftAgain).events)).toEqual([2]);
    expect(dataOf((await rightAgain).events)).toEqual([2]);
  });

  test('polls of other clients and other channels are left alone', async () => {
    const { app, calls } = startCountedProcess(stack);
    for (const channel of ['mine', 'others']) await publish(app, channel, { data: 1 });
    const other = poll(app, 'mine', { client: 'other', maxvid: 1 });
    const elsewhere = poll(app, 'others', { client: 'me', maxvid: 1 });
    await calls.asleep();

    const held = poll(startProcess(stack).app, 'mine', { client: 'me', maxvid: 1 });
    const publisher = startProcess(stack);
    for (const channel of ['mine', 'others']) await publish(publisher.app, channel, { data: 2 });

    for (const answer of await Promise.all([other, elsewhere, held])) {
      expect(answer).not.toHaveProperty('superseded');
      expect(dataOf(answer.events)).toEqual([2]);
    }
  });

  test('polling again after an event sends no supersede, in whichever process', async () => {
    const first = startCountedProcess(stack);
    const second = startCountedProcess(stack);
    await publish(first.app, 'normal', { data: 1 });
    const held = poll(first.app, 'normal', { client: 'me', maxvid: 1 });
    await first.calls.asleep();
    await publish(startProcess(stack).app, 'normal', { data: 2 });
    await held;
    first.calls.take();

    await poll(second.app, 'normal', { client: 'me', maxvid: 2, wait: 1 });
    await poll(first.app, 'normal', { client: 'me', maxvid: 2, wait: 1 });

    expect(second.calls.of('SendMessage')).toBe(0);
    expect(first.calls.take()).not.toHaveProperty('SendMessage');
  });

  test('polling several channels again after an event on one sends no supersede', async () => {
    const first = startCountedProcess(stack);
    const second = startCountedProcess(stack);
    for (const channel of ['busy', 'calm']) await publish(first.app, channel, { data: 1 });
    const held = pollMany(first.app, ['busy:1', 'calm:1'], { client: 'me' });
    await first.calls.asleep();
    await publish(startProcess(stack).app, 'busy', { data: 2 });
    await held;

    await pollMany(second.app, ['busy:2', 'calm:1'], { client: 'me', wait: 1 });

    expect(second.calls.of('SendMessage')).toBe(0);
  });

  test('polling again after an answer that came at once sends no supersede', async () => {
    const second = startCountedProcess(stack);
    await publish(second.app, 'behind', numbered(1, 3));
    const answer = await poll(startProcess(stack).app, 'behind', { client: 'me', maxvid: 0 });

    await poll(second.app, 'behind', { client: 'me', maxvid: answer.maxvid, wait: 1 });

    expect(second.calls.of('SendMessage')).toBe(0);
  });
});

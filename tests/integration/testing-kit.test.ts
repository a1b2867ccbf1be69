/** `startMemory`, `startLocal` and `connect` of @doorbell/testing: the handle, its faults by name, and its time. */

import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sqsClientOf } from '../../local/emulators/sqs.ts';
import { DoorbellError, publish, type Subscription, subscribe } from '../../packages/client/src/index.ts';
import { connect, startLocal, startMemory, type TestDoorbell } from '../../packages/testing/src/index.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const started: TestDoorbell[] = [];
const subscriptions: Subscription[] = [];

afterEach(async () => {
  for (const subscription of subscriptions.splice(0)) subscription.close();
  for (const doorbell of started.splice(0).reverse()) await doorbell.stop();
});

async function keep(starting: Promise<TestDoorbell>): Promise<TestDoorbell> {
  const doorbell = await starting;
  started.push(doorbell);
  return doorbell;
}

const inMemory = () => keep(startMemory({ settings: { DOORBELL_SECRET: SECRET } }));
const onEmulators = () => keep(startLocal({ settings: { DOORBELL_SECRET: SECRET } }));
/** To one in memory, as to any other that runs already. */
async function connected() {
  const there = await inMemory();
  return keep(connect(there.url, { secret: SECRET }));
}

/** The application under test: a page that follows `doors`. */
function app(doorbell: TestDoorbell, more: { readonly client?: string } = {}) {
  const seen: unknown[] = [];
  const resets: unknown[] = [];
  const subscription = subscribe('doors', {
    base: doorbell.url,
    token: () => doorbell.token(),
    from: 'start',
    ...more,
  });
  subscriptions.push(subscription);
  subscription.on('reset', (reset) => resets.push(reset));
  subscription.on('event', ({ data }) => seen.push(data));
  return { seen, resets, subscription };
}

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe.each([
  ['in memory', inMemory],
  ['on emulators', onEmulators],
  ['that runs already', connected],
])('a Doorbell %s', (_, start) => {
  test('takes events from the test, and says which the application has read', async () => {
    const doorbell = await start();
    const doors = doorbell.channel('doors');
    const { seen } = app(doorbell);
    await doors.untilPolled();

    const { last } = await doors.publish({ doorno: 3 }, { id: 'a' });
    const { event } = await doors.untilRead(last);

    expect(event).toMatchObject({ vid: 1, id: 'a', data: { doorno: 3 } });
    expect(await doors.events()).toEqual([event]);
    await vi.waitFor(() => expect(seen).toEqual([{ doorno: 3 }]), { timeout: WAIT_MS });
    expect(doors.read).toEqual([{ event, client: undefined }]);
  });

  test('makes tokens for what they may do, and refuses what they may not', async () => {
    const doorbell = await start();
    const token = await doorbell.token({ read: ['doors'], ttlSeconds: 60 });
    const refused = await caught(publish('doors', 1, { base: doorbell.url, token: () => token }));

    expect(refused).toMatchObject({ code: 'forbidden' });
    expect(await caught(publish('doors', 1, { base: doorbell.url }))).toMatchObject({ code: 'no-token' });
  });

  test('loses an answer: the event is in the log, and its publisher does not know', async () => {
    const doorbell = await start();
    const lost = doorbell.faults.loseAnswer({ of: 'publish' });
    const options = { base: doorbell.url, token: () => doorbell.token(), id: 'a' };

    const error = await caught(publish('doors', 1, options));

    expect(error).toBeInstanceOf(DoorbellError);
    expect(error).toMatchObject({ code: 'unreachable' });
    await lost.met;
    expect(await publish('doors', 1, options)).toMatchObject({ duplicates: 1 });
    expect(await doorbell.channel('doors').events()).toHaveLength(1);
  });

  test('loses the answer of a poll that is held, and its reader gets the event all the same', async () => {
    const doorbell = await start();
    const doors = doorbell.channel('doors');
    const { seen, subscription } = app(doorbell);
    const states: string[] = [];
    subscription.on('status', ({ state }) => states.push(state));
    await vi.waitFor(() => expect(subscription.status.state).toBe('live'), { timeout: WAIT_MS });
    await doors.untilPolled();
    const lost = doorbell.faults.loseAnswer({ of: 'poll' });

    await doors.publish('news');
    await doors.untilRead(1);

    await lost.met;
    expect(states).toContain('waiting');
    await vi.waitFor(() => expect(seen).toEqual(['news']), { timeout: WAIT_MS });
  });

  test('resets a channel: its reader is told, and gets its events again', async () => {
    const doorbell = await start();
    const doors = doorbell.channel('doors');
    await doors.publish('one');
    const { seen, resets } = app(doorbell);
    await vi.waitFor(() => expect(seen).toEqual(['one']), { timeout: WAIT_MS });
    await doors.untilPolled();

    const { met } = doorbell.faults.reset({ channel: 'doors' });
    await doors.publish('two');
    await met;

    await vi.waitFor(() => expect(seen).toEqual(['one', 'two', 'one', 'two']), { timeout: WAIT_MS });
    expect(resets).toMatchObject([{ channel: 'doors' }]);
  });

  test('lets a token expire: the next one is asked for', async () => {
    const doorbell = await start();
    const asked: boolean[] = [];
    const token = ({ refresh }: { readonly refresh: boolean }) => {
      asked.push(refresh);
      return doorbell.token();
    };
    doorbell.faults.expire();

    await publish('doors', 1, { base: doorbell.url, token });

    expect(asked).toEqual([false, true]);
  });

  test('is not available for as many requests as it is told', async () => {
    const doorbell = await start();
    const options = { base: doorbell.url, token: () => doorbell.token() };
    const fault = doorbell.faults.unavailable({ of: 'publish', times: 2, seconds: 7 });

    const first = await caught(publish('doors', 1, options));
    expect(fault.left).toBe(1);
    expect(first).toMatchObject({ code: 'unavailable', status: 503, retryable: true, retryAfterMs: 7_000 });
    expect(await caught(publish('doors', 1, options))).toMatchObject({ code: 'unavailable' });
    expect(await publish('doors', 1, options)).toMatchObject({ first: 1 });
  });

  test('carries a publish out twice: without an id there are two events, with one there is one', async () => {
    const doorbell = await start();
    const options = { base: doorbell.url, token: () => doorbell.token() };
    doorbell.faults.duplicate({ times: 2 });

    await publish('doors', 'twice', options);
    await publish('doors', 'once', { ...options, id: 'a' });

    const data = (await doorbell.channel('doors').events()).map((event) => event.data);
    expect(data).toEqual(['twice', 'twice', 'once']);
  });

  test('a fault for another channel, or one that was taken back, meets nothing', async () => {
    const doorbell = await start();
    const options = { base: doorbell.url, token: () => doorbell.token() };
    doorbell.faults.unavailable({ channel: 'lifts' });
    doorbell.faults.unavailable({ channel: 'doors' }).cancel();
    expect(await publish('doors', 1, options)).toMatchObject({ first: 1 });

    doorbell.faults.clear();

    expect(await publish('lifts', 1, options)).toMatchObject({ first: 1 });
  });

  test('a wait that nothing ends says what it waited for', async () => {
    const doorbell = await start();
    const doors = doorbell.channel('doors');

    expect(await caught(doors.untilRead(7, { withinMs: 1 }))).toMatchObject({
      message: 'No reader of doors was sent vid 7, but []. This was waited for 1 ms.',
    });
    expect(await caught(doors.untilPolled(2, { withinMs: 1 }))).toMatchObject({
      message: expect.stringContaining('0 polls of doors are under way, not 2'),
    });
  });

  test('hears what a browser is sent by server-sent events', async () => {
    const doorbell = await start();
    const doors = doorbell.channel('doors');
    const ended = new AbortController();
    const token = await doorbell.token();
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
    const url = `${doorbell.url}/v1/channels/doors/events?maxvid=0`;
    const response = await fetch(url, { headers, signal: ended.signal });
    const text = response.text().catch(() => 'cut');

    await doors.publish('one');
    await doors.publish('two');
    await doors.untilRead(2);
    ended.abort();

    expect(await text).toBe('cut');
    expect(doors.read.map(({ event }) => event.data)).toEqual(['one', 'two']);
  });
});

describe('a Doorbell on emulators', () => {
  test('takes what producers send to its queue', async () => {
    const doorbell = await startLocal();
    started.push(doorbell);
    const { url, endpoint, region } = doorbell.queue;
    const sqs = sqsClientOf(endpoint, region);
    const doors = doorbell.channel('doors');

    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageGroupId: 'doors',
        MessageDeduplicationId: 'a',
        MessageBody: JSON.stringify({ channel: 'doors', data: { doorno: 3 } }),
      }),
    );
    sqs.destroy();

    await vi.waitFor(async () => expect(await doors.events()).toMatchObject([{ data: { doorno: 3 } }]), {
      timeout: WAIT_MS,
    });
    expect(doorbell.clock).toBeUndefined();
  });
});

describe('time in memory', () => {
  test('ends a poll that waits, and a token, without anybody waiting', async () => {
    const { url, clock, token, channel } = await inMemory();
    const headers = { authorization: `Bearer ${await token({ ttlSeconds: 60 })}` };
    const poll = () => fetch(`${url}/v1/channels/doors/events?maxvid=0`, { headers });
    const held = poll();
    await channel('doors').untilPolled();

    await clock?.advance(20_000);

    expect(await (await held).json()).toMatchObject({ events: [] });
    // A server forgives clocks half a minute.
    await clock?.advance(90_000);
    expect((await poll()).status).toBe(401);
  });

  test('lets events expire, and delays an answer by the time of the server', async () => {
    const { url, clock, token, channel, faults } = await inMemory();
    const doors = channel('doors');
    await doors.publish('old');
    await clock?.advance(8 * 24 * 3_600_000);
    await doors.publish('new');

    expect((await doors.events()).map(({ data }) => data)).toEqual(['new']);

    const { met } = faults.delay(600_000);
    const publishing = publish('lifts', 1, { base: url, token: () => token() });
    await met;
    await clock?.advance(600_000);

    expect(await publishing).toMatchObject({ first: 1 });
  });

  test('is not that of a test that replaces its own', async () => {
    vi.useFakeTimers();
    try {
      const doorbell = await inMemory();
      await doorbell.publish('doors', 1);
      expect(await doorbell.channel('doors').events()).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test('only goes forward', async () => {
    const { clock } = await inMemory();

    await expect(clock?.advance(-1)).rejects.toThrow('got -1');
  });
});

test('a page of another origin is let in, and told of faults, where its origin is named', async () => {
  const origin = 'http://localhost:5173';
  const { url, faults, token } = await keep(startMemory({ origins: [origin] }));
  const headers = { origin, authorization: `Bearer ${await token()}` };
  faults.unavailable();
  const poll = () => fetch(`${url}/v1/channels/doors/events?maxvid=0&wait=0`, { headers });

  const [refused, answered] = [await poll(), await poll()];

  expect([refused.status, answered.status]).toEqual([503, 200]);
  for (const { headers } of [refused, answered])
    expect(headers.get('access-control-allow-origin')).toBe(origin);
});

test('stopping ends every connection, and may be repeated', async () => {
  const doorbell = await inMemory();
  const held = caught(
    fetch(`${doorbell.url}/v1/channels/doors/events?maxvid=0`, {
      headers: { authorization: `Bearer ${await doorbell.token()}` },
    }),
  );
  await doorbell.channel('doors').untilPolled();

  await Promise.all([doorbell.stop(), doorbell.stop()]);

  expect(await held).toBeInstanceOf(TypeError);
  expect(await caught(fetch(doorbell.url))).toBeInstanceOf(TypeError);
});

test('connecting to where nothing is, or without a way to tokens, says so', async () => {
  const there = await inMemory();

  expect(await caught(connect('http://127.0.0.1:1'))).toMatchObject({
    message: 'Nothing answers at http://127.0.0.1:1.',
  });
  const doorbell = await keep(connect(there.url));
  expect(await caught(doorbell.token())).toMatchObject({ message: expect.stringContaining('secret') });
});

test.each([0, 1.5, -1])('a fault that is to happen %d times is refused', async (times) => {
  const { faults } = await inMemory();

  expect(() => faults.loseAnswer({ times })).toThrow('times must be 1 or more');
});

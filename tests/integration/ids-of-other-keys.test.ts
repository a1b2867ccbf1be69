/** Ids are a channel's, whatever the keys: who may publish some keys only cannot take an id of another's for his own, on functions and hub. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { eventsPath, over, poll, posting, problem } from '../support/http/http.ts';
import { grant, SECRET } from '../support/http/token-table.ts';
import { testHub } from '../support/stack/hub.ts';
import { startProcess } from '../support/stack/process.ts';

let stack: LocalStack;
let hub: Hub;
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { secret: SECRET });
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

describe.each(['functions', 'hub'])('on %s', (name) => {
  /** Each request of functions by a process of its own, which learns the ids from the log. */
  const send = async (channel: string, grants: readonly string[], body: unknown, type?: string) => {
    const app =
      name === 'hub' ? over(`http://127.0.0.1:${hub.port}`) : startProcess(stack, { secret: SECRET }).app;
    const init = posting(body, type);
    const headers = { ...init.headers, authorization: `Bearer ${await grant(['*'], grants)}` };
    return app.request(eventsPath(channel), { ...init, headers });
  };
  const kept = async (channel: string) => {
    const reader = over(`http://127.0.0.1:${hub.port}`, await grant(['*'], ['*']));
    const { events } = await poll(reader, channel, { maxvid: 0, wait: 0 });
    return events.map(({ id, key }) => [id, key]);
  };

  test('an id that stands under a key that the token does not allow is refused whole, without its vid', async () => {
    const channel = `${name}-foreign`;
    await send(channel, [`${channel}#k1`], { id: 'x', key: 'k1', data: 1 });

    const body = [
      { id: 'y', key: 'k2', data: 2 },
      { id: 'x', key: 'k2', data: 2 },
    ];
    const response = await send(channel, [`${channel}#k2`], body);

    expect(response.status).toBe(409);
    const told = await problem(response);
    expect(told).toMatchObject({ type: 'urn:doorbell:problem:conflict', field: 'id' });
    expect(Object.keys(told)).not.toContain('first');
    expect(JSON.stringify(told)).not.toContain('k1');
    expect(await kept(channel)).toEqual([['x', 'k1']]);
  });

  test('an id without a key is refused too', async () => {
    const channel = `${name}-without`;
    await send(channel, ['*'], { id: 'x', data: 1 });

    expect((await send(channel, [`${channel}#*`], { id: 'x', key: 'k2', data: 2 })).status).toBe(409);
  });

  test('a CloudEvent is refused so', async () => {
    const channel = `${name}-cloud`;
    const one = { specversion: '1.0', id: '1', source: '/a', type: 't', data: 1 };
    const type = 'application/cloudevents+json';
    await send(channel, [`${channel}#k1`], { ...one, partitionkey: 'k1' }, type);

    const response = await send(channel, [`${channel}#k2`], { ...one, partitionkey: 'k2' }, type);

    expect(response.status).toBe(409);
    expect(await kept(channel)).toHaveLength(1);
  });

  test.each([
    ['its own keys', (channel: string) => [`${channel}#k1`]],
    ['the whole channel', () => ['*']],
  ])('for a token of %s it is a duplicate', async (what, grants) => {
    const channel = `${name}-${what.replaceAll(' ', '-')}`;
    await send(channel, grants(channel), { id: 'x', key: 'k1', data: 1 });

    const response = await send(channel, grants(channel), { id: 'x', key: 'k1', data: 1 });

    expect(await response.json()).toEqual({ first: 1, last: 1, count: 0, duplicates: 1 });
  });
});

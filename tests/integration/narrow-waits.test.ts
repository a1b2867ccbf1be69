/** Readers of some keys who wait directly: what a publisher sends them, in calls to SQS, while events of other keys come. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { observeCalls } from '../../lib/aws/call-observer.ts';
import type { WaitsAnswer } from '../../lib/protocol/doorbell.ts';
import { publish, range, type Served } from '../support/http/http.ts';
import { grant, SECRET } from '../support/http/token-table.ts';
import { freshClients, startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const env = { DIRECT_WAIT: 'true' };
let stack: Stack;
let functions: Served;
/** Of another process, whose calls are counted. */
let publisher: Served;
const sent: string[] = [];
beforeAll(async () => {
  stack = await startStack();
  functions = startProcess(stack, { env, secret: SECRET }).app;
  const clients = freshClients(stack);
  observeCalls(clients.sqs, ({ operation }) => {
    sent.push(operation);
    return () => undefined;
  });
  const { app } = startProcess(stack, { env, secret: SECRET, clients });
  const authorization = `Bearer ${await grant(['*'], ['*'])}`;
  publisher = {
    request: (path, init = {}) =>
      Promise.resolve(app.request(path, { ...init, headers: { ...init.headers, authorization } })),
  };
});
afterAll(() => stack?.stop());

async function ask(path: string, grants: readonly string[]): Promise<WaitsAnswer> {
  const headers = { authorization: `Bearer ${await grant(grants, [])}` };
  const response = await functions.request(path, { method: 'POST', headers });
  expect(response.status).toBe(200);
  return (await response.json()) as WaitsAnswer;
}

describe.each([
  ['one key', '&key=a', ['*']],
  ['two keys', '&key=none&key=a', ['*']],
  ['a prefix', '&prefix=a', ['*']],
  ['the newest of one key', '&latest=true&key=a', ['*']],
  ['what its token allows', '', ['CHANNEL#b.*', 'CHANNEL#a']],
  ['of what its token allows, some', '&prefix=a', ['CHANNEL#*']],
])('a reader of %s', (name, query, grants) => {
  test('is sent nothing while 100 events of others come, and one bell for its own', async () => {
    const channel = name.replaceAll(/\W/g, '-');
    await publish(publisher, channel, { data: 'first' });
    const read = grants.map((one) => one.replace('CHANNEL', channel));
    const path = `/v1/channels/${channel}/waits?maxvid=1${query}`;
    await ask(path, read);
    sent.length = 0;

    for (const _ of range(1, 10)) {
      const others = range(1, 8).map((at) => ({ key: `other-${at}`, data: at }));
      await publish(publisher, channel, [...others, { data: 'no key' }, { key: 'c', data: null }]);
    }
    const before = [...sent];
    await publish(publisher, channel, [
      { key: 'other', data: 1 },
      { key: 'a', data: null },
    ]);

    expect(before).toEqual([]);
    expect(sent).toEqual(['SendMessage']);
    const { events } = await ask(path, read);
    expect(events.map(({ key }) => key)).toEqual(['a']);
  });
});

test('a reader of several channels is rung by each for what it may have of it', async () => {
  for (const channel of ['north', 'south']) await publish(publisher, channel, { data: 'first' });
  await ask('/v1/waits?cursor=north:1&cursor=south:1', ['north#a', 'south']);
  sent.length = 0;

  await publish(publisher, 'north', { key: 'b', data: 1 });
  const unwanted = [...sent];
  await publish(publisher, 'south', { key: 'b', data: 1 });

  expect([unwanted, sent]).toEqual([[], ['SendMessage']]);
});

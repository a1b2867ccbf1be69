/** A hub whose stream is deleted, and made anew: whoever asks it afterwards is told nothing of the life before, in whatever way. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import type { HubFile } from '../../lib/compose/sqlite-hub.ts';
import { slotAt } from '../../lib/poll/slots.ts';
import { byRouter, eventsPath, over, poll, problem, publish, type Served } from '../support/http/http.ts';
import { openStream } from '../support/http/sse.ts';
import { fileHub, HUB_SECRET } from '../support/stack/hub.ts';

const SECRET = 'of the life before';
const RESET = 'urn:doorbell:problem:reset';

let folder: string;
let hub: Hub;
let opened: HubFile;
let owner: Served;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-anew-'));
  ({ hub, opened } = await fileHub(join(folder, 'anew.db'), { env: { SHARED_CHANNELS: '*' } }));
  const all = ['*'];
  const claims = { read: all, write: all, manage: all, share: all, ttlS: 600, now: Date.now() };
  owner = over(`http://127.0.0.1:${hub.port}`, await mint(HUB_SECRET, claims));
});
afterAll(async () => {
  await hub?.stop();
  opened?.close();
  await rm(folder, { recursive: true, force: true });
});

async function make(name: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const made = await owner.request(`/v1/stream/${name}`, { method: 'PUT', headers, body });
  expect(made.status).toBe(201);
}

async function remove(name: string): Promise<void> {
  expect((await owner.request(`/v1/stream/${name}`, { method: 'DELETE' })).status).toBe(204);
}

/** A stream whose events a hub has in memory, because somebody polled it a moment ago. */
async function remembered(name: string) {
  await make(name, '[1]');
  const answer = await poll(owner, name, { maxvid: 0 });
  await publish(owner, name, { key: 'door', data: SECRET });
  expect(JSON.stringify(await poll(owner, name, { maxvid: 1 }))).toContain(SECRET);
  return answer;
}

/** The first message of a stream of events, or why there is none. */
async function firstMessage(path: string): Promise<string> {
  const stream = await openStream(owner, path).catch((error: unknown) => error);
  if (stream instanceof Error) return stream.message;
  const { next, close } = stream as Awaited<ReturnType<typeof openStream>>;
  const message = JSON.stringify(await next());
  close();
  return message;
}

const textOf = async (path: string) => (await owner.request(path)).text();
const several = (name: string, wait: number) =>
  `/v1/events?cursor=${name}:1&cursor=${name}-other:0&wait=${wait}`;

const WAYS: ReadonlyArray<readonly [way: string, ask: (name: string) => Promise<string>]> = [
  ['a poll', (name) => textOf(eventsPath(name, { maxvid: 1 }))],
  ['a poll of everything', (name) => textOf(eventsPath(name, { maxvid: 0, wait: 1 }))],
  ['a poll by the router', (name) => textOf(byRouter(eventsPath(name, { maxvid: 1 })))],
  ['a poll that does not wait', (name) => textOf(eventsPath(name, { maxvid: 1, wait: 0 }))],
  ['a poll of a client', (name) => textOf(eventsPath(name, { maxvid: 1, client: 'wall' }))],
  ['a poll from the last ones on', (name) => textOf(eventsPath(name, { last: 2, wait: 1 }))],
  ['a poll of a key', (name) => textOf(eventsPath(name, { maxvid: 1, key: 'door', wait: 1 }))],
  ['a poll of several channels', (name) => textOf(several(name, 1))],
  ['a poll of several that does not wait', (name) => textOf(several(name, 0))],
  ['a shared poll', (name) => textOf(`/v1/shared/${name}/events?maxvid=1&slot=${slotAt(Date.now())}`)],
  ['events as a stream', (name) => firstMessage(eventsPath(name, { maxvid: 1, wait: 1 }))],
  ['the state', (name) => textOf(`/v1/channels/${name}/state`)],
  ['the stream', (name) => textOf(`/v1/stream/${name}`)],
  ['a long poll of the stream', (name) => textOf(`/v1/stream/${name}?offset=-1&live=long-poll`)],
];

describe.each(WAYS.map(([way, ask], i) => ({ way, ask, i })))('$way', ({ ask, i }) => {
  test('has nothing of a life that was deleted', async () => {
    const name = `deleted-${i}`;
    await remembered(name);
    await remove(name);

    expect(await ask(name)).not.toContain(SECRET);
  });

  test('has nothing of the life before when the name was made anew, and what it holds now', async () => {
    const name = `anew-${i}`;
    await remembered(name);
    await remove(name);
    await make(name, '["a","now",{"Doorbell":1}]');

    const text = await ask(name);
    expect(text).not.toContain(SECRET);
    // Who only wants the events of a key is told how far it has come; a stream may begin with a comment, the state has no key.
    expect(text).toMatch(/now|"maxvid":3|"comment":true/);
  });
});

test('the life before is over for who names it, whether the next one holds something or not', async () => {
  const { epoch } = await remembered('named');
  await remove('named');
  await make('named', '');

  const response = await owner.request(eventsPath('named', { maxvid: 1, epoch: epoch ?? '' }));

  expect(await problem(response)).toMatchObject({ type: RESET, head: 0, earliest: null });
});

test('who waits while the stream is deleted is told at once that its life is over', async () => {
  const { epoch } = await remembered('waited');
  const polling = owner.request(eventsPath('waited', { maxvid: 2, epoch: epoch ?? '', wait: 20 }));
  while (hub.ports.poll.held.size === 0) await new Promise(setImmediate);
  await remove('waited');

  expect(await problem(await polling)).toMatchObject({ type: RESET, head: 0, earliest: null });
});

test('who waits for a stream to be made is told of what it begins with', async () => {
  const polling = poll(owner, 'unborn', { maxvid: 0, wait: 20 });
  while (hub.ports.poll.held.size === 0) await new Promise(setImmediate);
  await make('unborn', '["a"]');

  expect((await polling).events).toMatchObject([{ vid: 1, data: 'a' }]);
});

/** Taking the data of an event out of the log: in polls, streams, states, exports and the memory of processes; and who may. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import { foldAll } from '../../lib/state/fold-all.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { eventsPath, over, poll, posting, problem, type Served } from '../support/http/http.ts';
import { grant, SECRET } from '../support/http/token-table.ts';
import { testHub } from '../support/stack/hub.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: LocalStack;
let hub: Hub;
let functions: TestProcess;
const served: Record<string, Served> = {};
const manage = () => mint(SECRET, { read: ['*'], write: ['*'], manage: ['*'], ttlS: 600, now: Date.now() });
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { secret: SECRET });
  served.hub = over(`http://127.0.0.1:${hub.port}`, await manage());
  functions = startProcess(stack);
  served.functions = functions.app;
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

const redact = (app: Served, channel: string, vid: number | string) =>
  app.request(`/v1/channels/${channel}/events/${vid}`, { method: 'DELETE' });

describe.each(['functions', 'hub'])('on %s', (name) => {
  const app = () => served[name] ?? over('');
  const channel = (what: string) => `${name}-${what}`;

  test('a redacted event keeps its number, id and key, and no reader has its data any more', async () => {
    const doors = channel('doors');
    await app().request(
      eventsPath(doors),
      posting([{ id: 'a', key: 'k', data: 'secret-1' }, { id: 'b', data: 'secret-2' }, { data: 3 }]),
    );
    // What is in the memory of processes is made of this.
    await poll(app(), doors, { maxvid: 0, wait: 0 });

    expect((await redact(app(), doors, 1)).status).toBe(204);
    expect((await redact(app(), doors, 2)).status).toBe(204);
    expect((await redact(app(), doors, 2)).status).toBe(204);

    for (const query of [
      '?maxvid=0&wait=0',
      '?maxvid=1&wait=0',
      '?last=3&wait=0',
      '?maxvid=0&wait=0&key=k',
    ]) {
      const text = await (await app().request(`/v1/channels/${doors}/events${query}`)).text();
      expect(text).not.toContain('secret');
    }
    const { events, maxvid, missed } = await poll(app(), doors, { maxvid: 0, wait: 0 });
    expect({ maxvid, missed }).toEqual({ maxvid: 3, missed: 0 });
    expect(
      events.map(({ vid, id, key, redacted, data }) => [vid, id, key, redacted, data]).slice(0, 2),
    ).toEqual([
      [1, 'a', 'k', true, null],
      [2, 'b', undefined, true, null],
    ]);
    const stream = await (await app().request(`/v1/stream/${doors}?offset=-1`)).text();
    expect(JSON.parse(stream)).toEqual([null, null, 3]);
  });

  test('the state has a redacted event no more, nor an older one instead, whether it was folded before or not', async () => {
    const board = channel('board');
    const stateOf = async () =>
      (await (await app().request(`/v1/channels/${board}/state`)).json()) as {
        entries: ReadonlyArray<{ key: string; data: unknown }>;
      };
    const events = ['a', 'b', 'c'].map((key) => ({ key, data: `secret-${key}` }));
    await app().request(eventsPath(board), posting([...events, { key: 'c', data: 'newer' }]));
    await foldAll(functions.fold, Number.POSITIVE_INFINITY, 0);
    await app().request(eventsPath(board), posting({ key: 'd', data: 'secret-d' }));

    for (const vid of [1, 3, 5]) expect((await redact(app(), board, vid)).status).toBe(204);

    expect((await stateOf()).entries.map(({ key, data }) => [key, data])).toEqual([
      ['b', 'secret-b'],
      ['c', 'newer'],
    ]);
    await foldAll(functions.fold, Number.POSITIVE_INFINITY, 0);
    expect((await stateOf()).entries.map(({ key }) => key)).toEqual(['b', 'c']);
  });

  test('a deleted channel has no event, no state and no place in the list, and its name can be made anew', async () => {
    const gone = channel('gone');
    const erase = () => app().request(`/v1/channels/${gone}`, { method: 'DELETE' });
    const path = `/v1/channels/${gone}`;
    const listed = async () =>
      (await (await app().request('/v1/channels?limit=1000')).text()).includes(`"${gone}"`);
    expect((await erase()).status).toBe(404);
    for (let i = 0; i < 40; i++)
      await app().request(eventsPath(gone), posting({ key: `k${i}`, data: 'secret' }));
    await foldAll(functions.fold, Number.POSITIVE_INFINITY, 0);
    const { epoch } = (await (await app().request(path)).json()) as { epoch: string };
    await vi.waitFor(async () => expect(await listed()).toBe(true), { timeout: WAIT_MS });
    const waiting = poll(app(), gone, { maxvid: 40, wait: 5 }).catch(() => undefined);

    expect((await erase()).status).toBe(204);
    expect((await erase()).status).toBe(204);
    await waiting;

    expect((await app().request(path)).status).toBe(404);
    expect((await app().request(`${path}/state`)).status).toBe(404);
    await vi.waitFor(async () => expect(await listed()).toBe(false), { timeout: WAIT_MS });
    const left = await functions.streams.log.since(gone, 0);
    expect(left.map(({ mark, entries }) => [mark, entries.length])).toEqual([['deleted', 0]]);
    const kept = await functions.fold.states.page(gone, epoch, { prefix: '', after: '', keys: [] });
    expect(kept.entries).toEqual([]);
    const refused = await app().request(eventsPath(gone), posting({ data: 1 }));
    expect(refused.status).toBe(410);

    const json = { 'content-type': 'application/json' };
    expect((await app().request(`/v1/stream/${gone}`, { method: 'PUT', headers: json })).status).toBe(201);
    await app().request(eventsPath(gone), posting({ data: 'anew' }));
    expect((await poll(app(), gone, { maxvid: 0, wait: 0 })).events.map(({ data }) => data)).toEqual([
      'anew',
    ]);
  });

  test.each([
    ['a number that was not given out', 99, 404, 'not-found', 'vid'],
    ['number 0', 0, 400, 'bad-parameter', 'vid'],
    ['what is no number', 'x', 400, 'bad-parameter', 'vid'],
    ['a number that is too large', '9007199254740993', 400, 'bad-parameter', 'vid'],
  ])('%s is refused', async (_, vid, status, code, field) => {
    const doors = channel('few');
    await app().request(eventsPath(doors), posting({ data: 1 }));

    expect(await problem(await redact(app(), doors, vid))).toMatchObject({
      status,
      type: `urn:doorbell:problem:${code}`,
      field,
    });
  });

  test('a stream of bytes, and a channel that is not there, have no events to redact', async () => {
    const name = channel('bytes');
    await app().request(`/v1/stream/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'text/plain' },
      body: 'abc',
    });

    expect((await redact(app(), name, 1)).status).toBe(415);
    expect((await redact(app(), channel('none'), 1)).status).toBe(404);
  });
});

test('whoever may read and publish everything, but manage nothing, redacts and deletes nothing', async () => {
  const base = `http://127.0.0.1:${hub.port}`;
  const app = over(base, await grant(['*'], ['*']));
  await app.request(eventsPath('guarded'), posting({ data: 'kept' }));
  const refused = await problem(await redact(app, 'guarded', 1));

  const undeleted = await problem(await app.request('/v1/channels/guarded', { method: 'DELETE' }));

  expect(undeleted).toMatchObject({ status: 403, type: 'urn:doorbell:problem:forbidden' });
  expect(refused).toMatchObject({ status: 403, type: 'urn:doorbell:problem:forbidden' });
  expect((await poll(app, 'guarded', { maxvid: 0, wait: 0 })).events.map(({ data }) => data)).toEqual([
    'kept',
  ]);
});

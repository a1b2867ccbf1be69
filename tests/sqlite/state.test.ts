/** The state over HTTP, on a hub with a file of its own: pages, parameters, what outlives the log, and what a copy takes along. */

import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import { pieces, take } from '../../lib/channels/transfer.ts';
import type { HubFile } from '../../lib/compose/sqlite-hub.ts';
import { LIMITS, type StateAnswer } from '../../lib/protocol/doorbell.ts';
import { SqliteStateStore } from '../../lib/sqlite/state-store.ts';
import { eventsPath, over, poll, posting, problem, publish, type Served } from '../support/http/http.ts';
import { CHANNEL, grant, REVOKED, SECRET, STATE_ANSWERS, TOKENS } from '../support/http/token-table.ts';
import { fileHub, HUB_SECRET, ownerOf } from '../support/stack/hub.ts';
import { newFolder, openLog } from '../support/stack/log-file.ts';

const { folder, remove } = newFolder();
let hub: Hub;
let opened: HubFile;
let owner: Served;
beforeAll(async () => {
  ({ hub, opened } = await fileHub(`${folder}/state.db`));
  owner = await ownerOf(hub);
});
afterAll(async () => {
  await hub?.stop();
  opened?.close();
  remove();
});

const statePath = (channel: string, query = '') => `/v1/channels/${channel}/state${query}`;
async function state(channel: string, query = ''): Promise<StateAnswer> {
  const response = await owner.request(statePath(channel, query));
  expect(response.status).toBe(200);
  return (await response.json()) as StateAnswer;
}
const keysOf = ({ entries }: StateAnswer) => entries.map(({ key }) => key);

test('the newest event of each key is the state, and the poll goes on from its maxvid', async () => {
  await publish(owner, 'doors', [
    { key: 'door-1', data: 'open' },
    { key: 'door-2', data: 'open' },
    { data: 'of no key' },
  ]);
  await publish(owner, 'doors', [
    { id: 'shut', key: 'door-1', data: 'shut' },
    { key: 'door-2', data: null },
  ]);

  const { entries, maxvid, next, epoch } = await state('doors');
  await publish(owner, 'doors', { key: 'door-3', data: 'open' });

  expect(entries).toEqual([{ key: 'door-1', vid: 4, id: 'shut', at: expect.any(String), data: 'shut' }]);
  expect([maxvid, next]).toEqual([5, null]);
  const after = await poll(owner, 'doors', { maxvid, epoch, wait: 0 });
  expect(after.events).toMatchObject([{ vid: 6, key: 'door-3' }]);
});

test('keys and prefixes narrow it; what is not there is left out', async () => {
  const events = ['a.1', 'a.2', 'b.1', 'Tür'].map((key) => ({ key, data: key }));
  await publish(owner, 'narrow', events);

  expect(keysOf(await state('narrow', '?prefix=a.'))).toEqual(['a.1', 'a.2']);
  expect(keysOf(await state('narrow', '?prefix=a.&after=a.1'))).toEqual(['a.2']);
  expect(keysOf(await state('narrow', '?key=T%C3%BCr&key=a.2&key=zzz&key=a.2'))).toEqual(
    ['Tür', 'a.2'].sort(),
  );
});

test('a large state comes in pages, each key once', async () => {
  const data = 'x'.repeat(250_000);
  for (let i = 0; i < 7; i++) await publish(owner, 'large', { key: `k${i}`, data });

  const first = await state('large');
  const second = await state('large', `?after=${first.next}`);

  expect([...keysOf(first), ...keysOf(second)]).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6']);
  expect(second.next).toBeNull();
  expect(JSON.stringify(first).length).toBeLessThan(1_100_000);
});

test('of many small entries no more is read than one answer holds', async () => {
  const store = new SqliteStateStore(openLog(':memory:').db);
  const at = new Date(0).toISOString();
  for (let i = 0; i < 20_000; i++)
    store.put('many', { key: `k${i}`, vid: i + 1, id: `id-${i}`, at, data: 1 });

  const page = await store.page('many', '', { prefix: '', after: '', keys: [] });

  expect(page.next).not.toBeNull();
  expect(JSON.stringify(page.entries).length).toBeLessThan(LIMITS.answerBytes + 1_000);
});

test('numbers that no double holds come out as they went in', async () => {
  await owner.request(eventsPath('exact'), posting('{"key":"n","data":18446744073709551615}'));

  expect(await (await owner.request(statePath('exact'))).text()).toContain('"data":18446744073709551615');
});

describe('is refused', () => {
  test.each([
    ['?key=', 'key'],
    ['?prefix=', 'prefix'],
    ['?prefix=%0a', 'prefix'],
    [`?after=${'x'.repeat(257)}`, 'after'],
    ['?key=a&prefix=b', 'key'],
    [`?${Array.from({ length: 21 }, (_, i) => `key=${i}`).join('&')}`, 'key'],
    ['?prefix=a&prefix=b', 'prefix'],
    ['?maxvid=1', 'maxvid'],
  ])('with %s, by its name', async (query, field) => {
    const response = await owner.request(statePath('doors', query));

    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ type: 'urn:doorbell:problem:bad-parameter', field });
  });

  test('before the first event, and to a token for another channel', async () => {
    const url = `http://127.0.0.1:${hub.port}`;
    const stranger = over(
      url,
      await mint(HUB_SECRET, { read: ['alerts'], write: ['doors'], ttlS: 60, now: Date.now() }),
    );

    expect((await owner.request(statePath('unborn'))).status).toBe(404);
    expect((await stranger.request(statePath('doors'))).status).toBe(403);
    expect((await over(url).request(statePath('doors'))).status).toBe(401);
    expect((await owner.request(statePath('doors'), { method: 'POST' })).status).toBe(405);
  });
});

describe('the state of a channel', () => {
  let guarded: Awaited<ReturnType<typeof fileHub>>;
  beforeAll(async () => {
    const env = { DOORBELL_SECRET: SECRET, DOORBELL_REVOKED: REVOKED };
    guarded = await fileHub(`${folder}/guarded.db`, { env });
    const url = `http://127.0.0.1:${guarded.hub.port}`;
    await publish(over(url, await grant(['*'], ['*'])), 'doors.3', { key: 'k', data: 1 });
  });
  afterAll(async () => {
    await guarded?.hub.stop();
    guarded?.opened.close();
  });

  test.each(Object.entries(STATE_ANSWERS))('for a token of the kind "%s": %s', async (kind, expected) => {
    const served = over(`http://127.0.0.1:${guarded.hub.port}`, await TOKENS[kind]?.());

    const response = await served.request(`${CHANNEL}/state`);

    if (typeof expected === 'number') expect(response.status).toBe(expected);
    else expect(await problem(response)).toMatchObject({ type: `urn:doorbell:problem:${expected}` });
  });
});

test('a hub that starts again has the state, and a copy takes it along', async () => {
  const file = `${folder}/kept.db`;
  const first = await fileHub(file);
  await publish(await ownerOf(first.hub), 'kept', { key: 'k', data: 'old' });
  await first.hub.stop();
  first.opened.close();

  const again = await fileHub(file);
  const copy = await fileHub(`${folder}/copy.db`);
  for await (const piece of pieces(again.opened.stores))
    if (piece.kind !== 'block') await take(copy.opened.stores, piece);
  const rows = [again, copy].map((one) => one.opened.stores.states.all('kept'));
  for (const one of [again, copy]) {
    await one.hub.stop();
    one.opened.close();
  }

  expect(rows).toEqual([rows[0], rows[0]]);
  expect(rows[0]).toMatchObject([{ key: 'k', vid: 1, data: 'old' }]);
});

test('a copy never puts an older entry over a newer one', () => {
  const { states } = opened.stores;
  const at = '2026-01-01T00:00:00.000Z';
  states.put('merged', { key: 'k', vid: 7, id: 'new', at, data: 'new' });

  states.put('merged', { key: 'k', vid: 6, id: 'old', at, data: 'old' });

  expect(states.all('merged')).toMatchObject([{ vid: 7, data: 'new' }]);
});

test('a row that the disk has changed is never served, and is told of at the next start', async () => {
  const file = `${folder}/damaged.db`;
  const first = await fileHub(file);
  const reader = await ownerOf(first.hub);
  await publish(reader, 'doors', { key: 'k', data: 'true' });
  const raw = new DatabaseSync(file);
  raw.exec(`UPDATE state SET data = '"false"'`);
  raw.close();

  const response = await reader.request(statePath('doors'));
  await first.hub.stop();
  first.opened.close();

  expect(response.status).toBeGreaterThanOrEqual(500);
  expect(await response.text()).not.toContain('false');
  await expect(fileHub(file)).rejects.toThrow(/a row of state is not as it was written/);
});

/** The state of a channel that was made by PUT, or deleted, on a hub with a file. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StateAnswer } from '../../lib/protocol/doorbell.ts';
import { publish, type Served } from '../support/http/http.ts';
import { fileHub, managerOf } from '../support/stack/hub.ts';

let opened: Awaited<ReturnType<typeof fileHub>>;
let owner: Served;
beforeAll(async () => {
  opened = await fileHub(':memory:');
  owner = await managerOf(opened.hub);
});
afterAll(async () => {
  await opened?.hub.stop();
  opened?.opened.close();
});

async function make(name: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const made = await owner.request(`/v1/stream/${name}`, { method: 'PUT', headers });
  expect(made.status).toBe(201);
}

async function stateOf(name: string): Promise<readonly string[]> {
  const response = await owner.request(`/v1/channels/${name}/state`, {});
  expect(response.status).toBe(200);
  return ((await response.json()) as StateAnswer).entries.map(({ key, data }) => `${key}=${data}`);
}

test('a channel that was made by PUT has the state of its events, and another life has its own', async () => {
  await make('made');
  await publish(owner, 'made', [
    { key: 'a', data: 1 },
    { key: 'b', data: 1 },
    { key: 'a', data: 2 },
  ]);
  const first = await stateOf('made');

  await owner.request('/v1/stream/made', { method: 'DELETE' });
  await make('made');
  await publish(owner, 'made', [{ key: 'c', data: 3 }]);

  expect(first).toEqual(['a=2', 'b=1']);
  expect(await stateOf('made')).toEqual(['c=3']);
});

test('a channel that was deleted and made by PUT has nothing of the state before', async () => {
  await publish(owner, 'plain', [{ key: 'a', data: 1 }]);
  await owner.request('/v1/stream/plain', { method: 'DELETE' });
  await make('plain');
  await publish(owner, 'plain', [{ key: 'b', data: 2 }]);

  expect(await stateOf('plain')).toEqual(['b=2']);
});

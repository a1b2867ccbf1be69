/** `stateCollection`: what a collection of TanStack DB is told. The real one is put on it by `npm run conformance`. */
import { expect, test } from 'vitest';
import type { StateEntry } from '../../../packages/client/src/subscribe-state.ts';
import { type Sync, stateCollection } from '../../../packages/client/src/tanstack.ts';
import { startScene } from '../../support/browser/client.ts';

function startCollection(store?: Map<string, string>) {
  const scene = startScene();
  const { platform } = scene.browser.open(scene.server.fetch);
  const told: string[] = [];
  const sync: Sync<StateEntry> = {
    begin: () => void told.push('begin'),
    write: (message) =>
      void told.push(
        message.type === 'delete'
          ? `delete ${message.key}`
          : `${message.type} ${message.value.key}=${message.value.data}`,
      ),
    commit: () => void told.push('commit'),
    markReady: () => void told.push('ready'),
    markError: (error) => void told.push(`error ${(error as { code: string }).code}`),
  };
  const statuses: string[] = [];
  const begin = () => {
    const options = {
      platform,
      store,
      onStatus: ({ state }: { state: string }) => void statuses.push(state),
    };
    return stateCollection('doors', options).sync.sync(sync);
  };
  const take = () => told.splice(0).join(', ');
  return { ...scene, begin, take, statuses };
}

test('a collection is told the whole state, then what changes, in one transaction each', async () => {
  const { server, time, begin, take, statuses } = startCollection();
  server.set('doors', 'a', 1);
  begin();
  await time.advance(1_000);
  expect(take()).toBe('begin, insert a=1, commit, ready');

  server.set('doors', 'a', 2);
  server.set('doors', 'b', 1);
  await time.advance(1_000);
  server.set('doors', 'a', null);
  await time.advance(1_000);

  expect(take()).toBe('begin, update a=2, insert b=1, commit, ready, begin, delete a, commit, ready');
  expect(statuses.at(-1)).toBe('live');
});

test('a collection that ends closes its subscription, and one that begins again is told all', async () => {
  const { server, time, begin, take } = startCollection(new Map());
  server.set('doors', 'a', 1);
  const end = begin();
  await time.advance(1_000);
  end();
  await time.advance(60_000);
  expect(server.open.size).toBe(0);
  take();

  begin();
  await time.advance(1_000);

  expect(take()).toBe('begin, insert a=1, commit, ready');
});

test('an error before the first state is told to the collection, a later one is the status alone', async () => {
  const { server, time, begin, take, statuses } = startCollection();
  server.refusal = { status: 403, code: 'forbidden' };
  begin();
  await time.advance(1_000);
  expect(take()).toBe('error forbidden');

  server.refusal = undefined;
  begin();
  await time.advance(1_000);
  server.refusal = { status: 403, code: 'forbidden' };
  await time.advance(30_000);

  expect(take()).toBe('begin, commit, ready');
  expect(statuses.at(-1)).toBe('stopped');
});

test('a collection is named after what it holds, and what cannot be followed is said at once', () => {
  const base = 'https://doorbell.example';
  expect(stateCollection('doors', { base }).id).toBe('doorbell/doors');
  expect(stateCollection('doors', { base, prefix: 'floor-2.' }).id).toBe('doorbell/doors/floor-2.*');
  expect(stateCollection('doors', { base, key: ['a', 'b'] }).id).toBe('doorbell/doors/a/b');
  expect(() => stateCollection('no channel', { base })).toThrow(
    expect.objectContaining({ code: 'bad-request' }),
  );
});

/** The state of a fork: the fold of its events, those that it inherits among them, wherever it is kept. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StateAnswer } from '../../lib/protocol/doorbell.ts';
import { foldAll } from '../../lib/state/fold-all.ts';
import { startMemory } from '../../packages/testing/src/memory/start-memory.ts';
import { over, poll, publish, type Served } from '../support/http/http.ts';
import { fileHub, HUB_SECRET, managerOf } from '../support/stack/hub.ts';
import { startProcess } from '../support/stack/process.ts';
import { startStack } from '../support/stack/stack.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

interface Place {
  readonly app: Served;
  /** Takes events into the state where that is done behind the log. */
  readonly fold?: () => Promise<unknown>;
}
const stops: Array<() => unknown> = [];
const places: Record<string, Place> = {};
beforeAll(async () => {
  const onFile = await fileHub(':memory:');
  stops.push(async () => {
    await onFile.hub.stop();
    onFile.opened.close();
  });
  places['a file'] = { app: await managerOf(onFile.hub) };
  const memory = await startMemory({ settings: { DOORBELL_SECRET: HUB_SECRET } });
  stops.push(() => memory.stop());
  places.memory = { app: await managerOf({ port: Number(new URL(memory.url).port) }) };
  const stack = await startStack();
  stops.push(() => stack.stop());
  const functions = startProcess(stack);
  places.functions = {
    app: functions.app,
    fold: () => foldAll(functions.fold, Number.POSITIVE_INFINITY, 0),
  };
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

async function make(app: Served, name: string, headers: Record<string, string> = {}): Promise<void> {
  const made = await app.request(`/v1/stream/${name}`, {
    method: 'PUT',
    headers: { ...JSON_TYPE, ...headers },
  });
  expect(made.status).toBe(201);
}

/** A stream that goes on behind the `count` first events of another. */
const fork = (app: Served, name: string, from: string, count: number) =>
  make(app, name, {
    'stream-forked-from': `/v1/stream/${from}`,
    'stream-fork-offset': '-1',
    'stream-fork-sub-offset': `${count}`,
  });

async function stateOf(app: Served, name: string, query = ''): Promise<readonly string[]> {
  const response = await app.request(`/v1/channels/${name}/state${query}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as StateAnswer).entries.map(
    ({ key, vid, data }) => `${key}@${vid}=${data}`,
  );
}

/** What a reader has who has read all events. */
async function foldOf(app: Served, name: string): Promise<readonly string[]> {
  const { events } = await poll(app, name, { maxvid: 0, wait: 0 });
  const newest = new Map(events.map((event) => [event.key, event]));
  return [...newest.values()]
    .filter(({ key, data }) => key !== undefined && data !== null)
    .map(({ key, vid, data }) => `${key}@${vid}=${data}`)
    .sort();
}

/** Four events, of which a fork at 3 has `a` and `b`, and its source only `c` and a later `a`. */
async function source(app: Served, name: string): Promise<void> {
  await publish(app, name, [
    { key: 'a', data: 1 },
    { key: 'b', data: 2 },
  ]);
  await publish(app, name, [
    { key: 'a', data: 3 },
    { key: 'b', data: null },
    { key: 'c', data: 5 },
  ]);
}

describe.each(['a file', 'memory', 'functions'])('on %s', (where) => {
  const place = () => {
    const { app, fold = async () => undefined } = places[where] ?? { app: over('') };
    return { app, fold };
  };

  test.each(['made', 'plain'])(
    'a fork of a %s source has what it inherits, and not what came after',
    async (kind) => {
      const { app, fold } = place();
      const [from, to] = [`${kind}-source`, `${kind}-fork`];
      if (kind === 'made') await make(app, from);
      await source(app, from);

      await fork(app, to, from, 3);
      const inherited = await stateOf(app, to);
      await publish(app, to, [
        { key: 'b', data: null },
        { key: 'd', data: 5 },
      ]);
      const own = await stateOf(app, to);
      await fold();

      expect(inherited).toEqual(['a@3=3', 'b@2=2']);
      expect(own).toEqual(['a@3=3', 'd@5=5']);
      expect(await stateOf(app, to)).toEqual(own);
      expect(await foldOf(app, to)).toEqual(own);
      expect(await stateOf(app, to, '?key=d&key=b')).toEqual(['d@5=5']);
      expect(await stateOf(app, from)).toEqual(['a@3=3', 'c@5=5']);
    },
  );

  test('a fork of a fork has what both inherit, folded between its events or not', async () => {
    const { app, fold } = place();
    await make(app, 'first');
    await source(app, 'first');
    await fork(app, 'second', 'first', 2);
    await publish(app, 'second', [
      { key: 'b', data: null },
      { key: 'x', data: 4 },
    ]);
    await fold();
    await fork(app, 'third', 'second', 4);
    await fold();
    await publish(app, 'second', { key: 'a', data: 'later' });
    await publish(app, 'third', { key: 'x', data: 6 });

    expect(await stateOf(app, 'third')).toEqual(['a@1=1', 'x@5=6']);
    await fold();
    expect(await stateOf(app, 'third')).toEqual(['a@1=1', 'x@5=6']);
    expect(await foldOf(app, 'third')).toEqual(['a@1=1', 'x@5=6']);
    expect(await stateOf(app, 'second')).toEqual(['a@5=later', 'x@4=4']);
  });

  test('a fork has its state when its source is deleted', async () => {
    const { app, fold } = place();
    await make(app, 'gone');
    await source(app, 'gone');
    await fork(app, 'left', 'gone', 5);
    await app.request('/v1/stream/gone', { method: 'DELETE' });
    await fold();

    expect(await stateOf(app, 'left')).toEqual(['a@3=3', 'c@5=5']);
  });
});

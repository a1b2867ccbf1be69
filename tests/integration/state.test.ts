/** The state of a channel on a stack: exact whatever is folded, and kept when the log is not. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StateAnswer } from '../../lib/protocol/doorbell.ts';
import { foldAll } from '../../lib/state/fold-all.ts';
import { poll, problem, publish, type Served } from '../support/http/http.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { expireBlocks } from '../support/stack/tables.ts';

let stack: Stack;
let process: TestProcess;
let served: Served;
beforeAll(async () => {
  stack = await startStack();
  process = startProcess(stack);
  served = process.app;
});
afterAll(() => stack?.stop());

async function state(channel: string, query = ''): Promise<StateAnswer> {
  const response = await served.request(`/v1/channels/${channel}/state${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as StateAnswer;
}
const brief = ({ entries }: StateAnswer) => entries.map(({ key, vid, data }) => [key, vid, data]);
const fold = () => foldAll(process.fold, Number.POSITIVE_INFINITY, 0);

test('the state is that of the log, before it is folded, after that, and when the log has expired', async () => {
  await publish(served, 'doors', [
    { key: 'door-1', data: 'open' },
    { key: 'door-2', data: 'open' },
    { key: 'door-3', data: 'open' },
    { data: 'of no key' },
  ]);
  await publish(served, 'doors', [
    { key: 'door-1', data: 'shut' },
    { key: 'door-2', data: null },
  ]);
  const expected = [
    ['door-1', 5, 'shut'],
    ['door-3', 3, 'open'],
  ];

  expect(brief(await state('doors'))).toEqual(expected);
  await fold();
  expect(brief(await state('doors'))).toEqual(expected);
  await expireBlocks(stack, 'doors', 4);
  expect(brief(await state('doors'))).toEqual(expected);
  await publish(served, 'doors', { key: 'door-3', data: null });
  const { maxvid, epoch, ...last } = await state('doors');
  expect(brief({ maxvid, epoch, ...last })).toEqual([['door-1', 5, 'shut']]);
  await publish(served, 'doors', { key: 'door-1', data: 'open' });
  const after = await poll(served, 'doors', { maxvid, epoch, wait: 0, key: 'door-1' });
  expect(after.events).toMatchObject([{ vid: 8, key: 'door-1' }]);
});

test('keys and prefixes narrow it, also where a part of it is folded', async () => {
  await publish(
    served,
    'site',
    ['a.1', 'a.2', 'b.1'].map((key) => ({ key, data: key })),
  );
  await fold();
  await publish(
    served,
    'site',
    ['a.3', 'b.2'].map((key) => ({ key, data: key })),
  );

  expect(brief(await state('site', '?prefix=a.')).map(([key]) => key)).toEqual(['a.1', 'a.2', 'a.3']);
  expect(brief(await state('site', '?key=b.2&key=a.1')).map(([key]) => key)).toEqual(['a.1', 'b.2']);
  expect(brief(await state('site', '?after=a.3')).map(([key]) => key)).toEqual(['b.1', 'b.2']);
});

test('pages of a state that is larger than an answer hold each key once', async () => {
  const large = 'x'.repeat(200_000);
  for (let i = 0; i < 8; i++) await publish(served, 'large', { key: `k${i}`, data: large });
  await fold();
  const keys: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const { entries, next }: StateAnswer = await state('large', after === '' ? '' : `?after=${after}`);
    keys.push(...entries.map(({ key }) => key));
    after = next;
  }

  expect(keys).toEqual(Array.from({ length: 8 }, (_, i) => `k${i}`));
});

test('a channel before its first event has none, and what is asked badly is refused', async () => {
  const of = async (path: string) => problem(await served.request(path));

  expect(await of('/v1/channels/unborn/state')).toMatchObject({ status: 404, field: 'channel' });
  expect(await of('/v1/channels/doors/state?key=')).toMatchObject({ status: 400, field: 'key' });
  expect(await of('/v1/channels/doors/state?limit=1')).toMatchObject({ status: 400, field: 'limit' });
});

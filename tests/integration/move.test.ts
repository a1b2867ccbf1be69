/** Outgrowing one machine: a hub's file comes to the tables of a stack, by way of an export, and its readers go on where they were. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pieces, take } from '../../lib/channels/transfer.ts';
import { openHubFile } from '../../lib/compose/sqlite-hub.ts';
import { storesOnAws } from '../../lib/compose/stores.ts';
import { systemClock } from '../../lib/runtime/system.ts';
import { dataOf, eventsUpTo, numbered, poll, publish, range, type Served } from '../support/http/http.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { fileHub, managerOf, ownerOf } from '../support/stack/hub.ts';
import { newFolder } from '../support/stack/log-file.ts';
import { environmentOf, startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const MOVE = join(import.meta.dirname, '../../local/move.ts');
const { folder, remove } = newFolder();
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(async () => {
  remove();
  await stack?.stop();
});

const file = (name: string) => join(folder, name);
const move = (from: string, to: string) =>
  execFileSync(process.execPath, [MOVE, '--from', from, '--to', to], { encoding: 'utf8', stdio: 'pipe' });
const open = (name: string) =>
  openHubFile(file(name), {}, { clock: systemClock, logger: new MemoryLogger() });

test('numbers, lives and cursors of a file are those of the stack that it was copied to, and back', async () => {
  const { hub, opened } = await fileHub(file('hub.db'), { env: { CURSOR_DELAY_SECONDS: '0' } });
  const owner = await ownerOf(hub);
  for (const from of [1, 101, 201]) await publish(owner, 'doors', numbered(from, from + 99));
  await publish(owner, 'alerts', { id: 'once', data: 'fire' });
  const before = await poll(owner, 'doors', { maxvid: 0, limit: 1_000, client: 'wall' });
  await poll(owner, 'doors', { maxvid: 42, wait: 0, client: 'wall' });
  await hub.stop();
  opened.close();

  expect(move(file('hub.db'), file('export.ndjson'))).toBe('2 channels, 301 events, 0 keys, 1 cursors\n');
  move(file('export.ndjson'), file('other.db'));
  const other = open('other.db');
  const onAws = storesOnAws(environmentOf(stack), { dynamo: stack.clients.dynamodb });
  for await (const piece of pieces(other.stores)) await take(onAws, piece);
  other.close();

  const { app } = startProcess(stack);
  expect(await poll(app, 'doors', { maxvid: 0, limit: 1_000 })).toEqual(before);
  expect((await poll(app, 'doors', { client: 'wall', limit: 1 })).events).toMatchObject([{ vid: 43 }]);
  expect(await publish(app, 'alerts', { id: 'once', data: 'fire' })).toMatchObject({ duplicates: 1 });
  expect(await publish(app, 'doors', { data: 301 })).toMatchObject({ first: 301 });

  const back = open('back.db');
  for await (const piece of pieces(onAws)) await take(back.stores, piece);
  back.close();
  const again = await fileHub(file('back.db'));
  expect(dataOf(await eventsUpTo(await ownerOf(again.hub), 'doors', 301))).toEqual(range(1, 301));
  await again.hub.stop();
  again.opened.close();
}, 120_000);

test('streams go the same way, and back: what they hold, their offsets, their producers and what forks read', async () => {
  const made = await fileHub(file('streams.db'));
  const owner = await managerOf(made.hub);
  const ask = async (served: Served, method: string, path: string, headers = {}, body?: string) => {
    const all = { 'content-type': 'image/x-thing', ...headers };
    return served.request(`/v1/stream/${path}`, { method, headers: all, ...(body ? { body } : {}) });
  };
  const producer = (n: number) => ({ 'producer-id': `p${n}`, 'producer-epoch': '0', 'producer-seq': '0' });
  const long = 'ü'.repeat(300_000);
  await ask(owner, 'PUT', 'a/source', {}, long);
  for (const n of range(1, 20)) await ask(owner, 'POST', 'a/source', producer(n), 'more');
  const { headers } = await ask(owner, 'GET', 'a/source?offset=now');
  const offset = headers.get('stream-next-offset') ?? '';
  await ask(owner, 'PUT', 'fork', { 'stream-forked-from': '/v1/stream/a/source', 'stream-ttl': '3600' });
  await ask(owner, 'POST', 'fork', { 'stream-closed': 'true' }, 'end');
  await ask(owner, 'PUT', 'json', { 'content-type': 'application/json' }, '[1,{"a":2}]');
  await made.hub.stop();
  made.opened.close();

  expect(move(file('streams.db'), file('streams.ndjson'))).toBe(
    '0 channels, 2 events, 0 keys, 0 cursors, 3 streams\n',
  );
  move(file('streams.ndjson'), file('streams2.db'));
  const other = open('streams2.db');
  const onAws = storesOnAws(environmentOf(stack), { dynamo: stack.clients.dynamodb });
  for await (const piece of pieces(other.stores)) await take(onAws, piece);
  other.close();
  const back = open('streams3.db');
  for await (const piece of pieces(onAws)) await take(back.stores, piece);
  back.close();

  const again = await fileHub(file('streams3.db'));
  const reader = await managerOf(again.hub);
  expect(await (await ask(reader, 'GET', 'a/source')).text()).toBe(long + 'more'.repeat(20));
  expect(await (await ask(reader, 'GET', `a/source?offset=${offset}`)).text()).toBe('');
  const fork = await ask(reader, 'GET', `fork?offset=${offset}`);
  expect([await fork.text(), fork.headers.get('stream-closed')]).toEqual(['end', 'true']);
  expect((await ask(reader, 'HEAD', 'fork')).headers.get('stream-ttl')).toBe('3600');
  expect(await (await ask(reader, 'GET', 'json')).json()).toEqual([1, { a: 2 }]);
  for (const n of [1, 20])
    expect((await ask(reader, 'POST', 'a/source', producer(n), 'more')).status, `p${n}`).toBe(204);
  await ask(reader, 'DELETE', 'a/source');
  expect((await ask(reader, 'GET', 'a/source')).status).toBe(410);
  await again.hub.stop();
  again.opened.close();
}, 120_000);

test('what was copied twice is there once; a channel of another life is refused by name', async () => {
  const { hub, opened } = await fileHub(file('one.db'));
  await publish(await ownerOf(hub), 'doors', numbered(1, 3));
  await hub.stop();
  opened.close();
  move(file('one.db'), file('two.db'));
  move(file('one.db'), file('two.db'));
  const two = open('two.db');
  expect((await two.stores.log.read('doors', 0, 100)).map(({ first, last }) => [first, last])).toEqual([
    [1, 3],
  ]);
  two.close();

  expect(() => move(file('hub.db'), file('two.db'))).toThrow(/Channel doors is there already/);
}, 60_000);

test('a source that is not there, and an export that broke off, are told by name and line', () => {
  const line = JSON.stringify({ kind: 'life', channel: 'doors', life: { epoch: 'e', reserved: 1_000 } });
  writeFileSync(file('cut.ndjson'), `${line}\n{"kind":"block","chan`);

  expect(() => move(file('none.db'), file('none.ndjson'))).toThrow(/none\.db is not there/);
  expect(() => move(file('none.ndjson'), file('none.db'))).toThrow(/none\.ndjson is not there/);
  expect(() => move(file('cut.ndjson'), file('cut.db'))).toThrow(/cut\.ndjson, line 2: it is not JSON/);
  expect(existsSync(file('none.db')), 'none was made').toBe(false);
});

test('an export that breaks off has no file of its name, and one that is there is kept', async () => {
  const opened = open('whole.db');
  await take(opened.stores, {
    kind: 'life',
    channel: 'doors',
    life: { epoch: 'e1', reserved: 1_000 },
  });
  opened.close();
  move(file('whole.db'), file('whole.ndjson'));
  const whole = readFileSync(file('whole.ndjson'), 'utf8');
  writeFileSync(file('broken.ndjson'), `${whole}{"kind":`);

  expect(() => move(file('broken.ndjson'), file('copy.ndjson'))).toThrow();
  expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([]);
  expect(() => move(file('whole.db'), file('whole.ndjson'))).toThrow(/is there already/);
  expect(readFileSync(file('whole.ndjson'), 'utf8')).toBe(whole);
});

test('an export that was cut between two lines is told, and one that lacks a line in its middle is refused', async () => {
  const opened = open('three.db');
  for (const channel of ['a', 'b', 'c'])
    await take(opened.stores, { kind: 'life', channel, life: { epoch: 'e1', reserved: 1_000 } });
  opened.close();
  move(file('three.db'), file('three.ndjson'));
  const lines = readFileSync(file('three.ndjson'), 'utf8').trimEnd().split('\n');
  writeFileSync(file('cut.ndjson'), `${lines.slice(0, 2).join('\n')}\n`);
  writeFileSync(file('holed.ndjson'), `${lines.toSpliced(1, 1).join('\n')}\n`);
  const run = (from: string) =>
    spawnSync(process.execPath, [MOVE, '--from', file(from), '--to', file(`${from}.db`)], {
      encoding: 'utf8',
    });

  expect(run('three.ndjson')).toMatchObject({ status: 0, stderr: '' });
  expect(run('cut.ndjson')).toMatchObject({
    status: 0,
    stdout: '2 channels, 0 events, 0 keys, 0 cursors\n',
    stderr: expect.stringContaining('cut.ndjson: it does not say how many lines it has'),
  });
  expect(run('holed.ndjson')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('line 3: the export had 3 lines, and 2 of them are here'),
  });
}, 60_000);

/** Streams in a backup that is restored: what they hold, and offsets that were given out after the backup. */

import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backUp, restore } from '../../lib/sqlite/backup.ts';
import type { Served } from '../support/http/http.ts';
import { fileHub, managerOf } from '../support/stack/hub.ts';
import { newFolder } from '../support/stack/log-file.ts';

let file: string;
let backup: string;
let remove: () => void;
beforeEach(() => {
  const made = newFolder();
  remove = made.remove;
  file = join(made.folder, 'log.db');
  backup = join(made.folder, 'backup.db');
});
afterEach(() => remove());

const TEXT = { 'content-type': 'text/plain' };

function ask({ request }: Served, method: string, path: string, headers = {}, body?: string) {
  return request(`/v1/stream/${path}`, {
    method,
    headers: { ...TEXT, ...headers },
    ...(body ? { body } : {}),
  });
}

const next = (response: Response) => response.headers.get('stream-next-offset') ?? '';

async function restored(sameLife: boolean) {
  const before = await fileHub(file);
  const owner = await managerOf(before.hub);
  await ask(owner, 'PUT', 'notes', {}, 'ab');
  const early = next(await ask(owner, 'POST', 'notes', {}, 'cd'));
  await ask(owner, 'PUT', 'fork', { 'stream-forked-from': '/v1/stream/notes' });
  const forkTail = next(await ask(owner, 'POST', 'fork', {}, 'ef'));
  await ask(owner, 'PUT', 'empty');
  backUp(file, backup);
  const late = next(await ask(owner, 'POST', 'notes', {}, 'lost'));
  const lateInFork = next(await ask(owner, 'POST', 'fork', {}, 'lost'));
  const lateInEmpty = next(await ask(owner, 'POST', 'empty', {}, 'lost'));
  const inNew = next(await ask(owner, 'PUT', 'new', {}, 'lost'));
  await before.hub.stop();
  before.opened.close();

  const options = { sameLife, replace: true, newEpoch: () => crypto.randomUUID(), now: Date.now() };
  restore(backup, file, options);
  const { hub, opened } = await fileHub(file);
  const reader = await managerOf(hub);
  const stop = async () => {
    await hub.stop();
    opened.close();
  };
  return {
    reader,
    stop,
    early,
    forkTail,
    lost: { notes: late, fork: lateInFork, empty: lateInEmpty, new: inNew },
  };
}

test('hold what the backup held, and refuse every offset that was given out after it, whatever they grow to', async () => {
  const { reader, stop, lost, early, forkTail } = await restored(false);
  const read = async (path: string, offset = '-1') => {
    const response = await ask(reader, 'GET', `${path}?offset=${offset}`);
    return response.status === 200 ? response.text() : response.status;
  };
  expect([await read('notes'), await read('fork'), await read('empty')]).toEqual(['abcd', 'abcdef', '']);
  expect((await ask(reader, 'GET', 'new')).status).toBe(404);

  await ask(reader, 'PUT', 'new');
  for (const [name, offset] of Object.entries(lost)) {
    expect(await read(name, offset), `${name} before`).toBe(410);
    await ask(reader, 'POST', name, {}, 'other words');
    expect(await read(name, offset), `${name} after`).toBe(410);
  }
  expect(await read('notes', early)).toBe(410);
  expect(await read('fork', forkTail)).toBe(410);
  // What the fork has from its source is what it was.
  expect(await read('fork', early)).toBe('efother words');
  const tail = next(await ask(reader, 'HEAD', 'notes'));
  expect(await read('notes', tail)).toBe('');
  await stop();
});

test('go on as if nothing had happened where nothing was written after the backup', async () => {
  const { reader, stop, early, forkTail } = await restored(true);

  expect(await (await ask(reader, 'GET', `notes?offset=${early}`)).text()).toBe('');
  expect(await (await ask(reader, 'GET', `fork?offset=${forkTail}`)).text()).toBe('');
  await stop();
});

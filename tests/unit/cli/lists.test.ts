/** `doorbell channels` and `doorbell clients`. */

import { expect, test } from 'vitest';
import { table } from '../../../packages/cli/src/text.ts';
import { call, json, memoryServer, scripted } from '../../support/cli/terminal.ts';
import { memoryProcess, say } from '../../support/memory/world.ts';

test('channels are listed by name, one a line', async () => {
  const { call, world } = await memoryServer();
  await say(memoryProcess(world), 'alerts', 'x');

  expect(await call(['channels'])).toMatchObject({ exit: 0, out: 'alerts\ndoors\n', err: '' });
  expect((await call(['channels', '--json'])).out).toBe('{"channel":"alerts"}\n{"channel":"doors"}\n');
});

test('channels are asked for page by page, also across an empty one', async () => {
  const page = (names: readonly string[], next: string | null) =>
    json(200, { channels: names.map((channel) => ({ channel })), next });
  const { fetch, asked } = scripted(page(['a'], 'a'), page([], 'm'), page(['z'], null));

  const { out } = await call(['channels'], { fetch, env: { DOORBELL_TOKEN: 'a.b.c' } });

  expect(out).toBe('a\nz\n');
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/channels?limit=1000',
    '/v1/channels?limit=1000&after=a',
    '/v1/channels?limit=1000&after=m',
  ]);
});

test('a person is told that there are none', async () => {
  const none = scripted(json(200, { channels: [], next: null }));

  expect(await call(['channels'], { ...none, tty: true })).toMatchObject({
    exit: 0,
    out: '',
    err: expect.stringContaining('none yet'),
  });
  expect(await call(['channels'], none)).toMatchObject({ exit: 0, out: '', err: '' });
});

const CLIENTS = {
  clients: [
    { client: 'desk', maxvid: 1, lag: 1200, seenAt: '2026-01-01T00:00:00.000Z' },
    { client: 'wall-7', maxvid: 1201, lag: 0, seenAt: '2026-01-01T00:59:50.000Z' },
  ],
};
const READERS = json(200, CLIENTS);
const NOW = Date.parse('2026-01-01T01:00:00.000Z');

test('clients are a table for a person, with how long ago they were seen', async () => {
  const { out } = await call(['clients', 'doors'], { ...scripted(READERS), tty: true, now: NOW });

  expect(out).toBe(
    'client  maxvid  lag   seen\ndesk    1       1200  60 min ago\nwall-7  1201    0     10 s ago\n',
  );
});

test("how long ago clients were seen is told by the server's clock, however wrong the machine's is", async () => {
  const readers = scripted(json(200, CLIENTS, { date: new Date(NOW).toUTCString() }));

  const { out } = await call(['clients', 'doors'], { ...readers, tty: true, now: NOW + 9_000_000 });

  expect(out).toContain('60 min ago');
});

test('clients are plain columns for a program, or JSON', async () => {
  const piped = await call(['clients', 'doors'], { ...scripted(READERS), now: NOW });
  const lines = await call(['clients', 'doors', '--json'], { ...scripted(READERS), now: NOW });

  expect(piped.out.split('\n')[0]).toBe('desk    1     1200  2026-01-01T00:00:00.000Z');
  expect(JSON.parse(lines.out.split('\n')[1] ?? '')).toMatchObject({ client: 'wall-7', lag: 0 });
});

test('clients of a channel without events are a failure that says so', async () => {
  const { call } = await memoryServer();

  expect(await call(['clients', 'nowhere'])).toMatchObject({
    exit: 1,
    out: '',
    err: expect.stringContaining('no event yet'),
  });
});

test('a table of more rows than a call takes arguments is a table like any other', () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => [`c${i}`, '1']);

  expect(table(rows).slice(0, 12)).toBe('c0       1\nc');
});

/** `doorbell tail`: what it prints, what it says when something is wrong, and how it ends. */

import { expect, test } from 'vitest';
import { call, cut, memoryServer, refused, scripted } from '../../support/cli/terminal.ts';
import { memoryProcess, say } from '../../support/memory/world.ts';

test('prints vid, time and data of each event from the oldest on', async () => {
  const { call } = await memoryServer();

  const { exit, out, err } = await call(['tail', 'doors', '--from', 'start', '--count', '3']);

  expect([exit, err]).toEqual([0, '']);
  expect(out.replace(/\d{4}-\S+Z/g, 'at')).toBe('1  at  "a"\n2  at  "b"\n3  at  "c"\n');
});

test('prints whole events as JSON, after the vid that is named', async () => {
  const { call } = await memoryServer();

  const { out } = await call(['tail', 'doors', '--from', '1', '--count', '2', '--json']);

  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events).toMatchObject([{ channel: 'doors', vid: 2, id: 'b', data: 'b' }, { vid: 3 }]);
});

test('doorbell tail says of several channels which an event is of', async () => {
  const { call, world } = await memoryServer();
  await say(memoryProcess(world), 'alerts', 'x');

  const { out } = await call(['tail', 'doors', 'alerts', '--from', 'start', '--count', '4']);

  expect(
    out
      .split('\n')
      .map((line) => line.slice(0, 9))
      .sort(),
  ).toEqual(['', 'alerts  1', 'doors  1 ', 'doors  2 ', 'doors  3 ']);
});

test('doorbell tail begins with the next event when nothing is said, and ends with Ctrl-C as well as with its last event', async () => {
  const interrupt = new AbortController();
  const { call, world } = await memoryServer();
  const writer = memoryProcess(world);
  const following = call(['tail', 'doors'], { interrupt, heard: () => interrupt.abort() });
  const cursor = async () => (await world.waiters.armed('doors')).length > 0;
  while (!(await cursor())) await new Promise((resolve) => setImmediate(resolve));
  await say(writer, 'doors', 'd');

  const { exit, out } = await following;

  expect(exit).toBe(0);
  expect(out).toMatch(/^4 {2}\S+ {2}"d"\n$/);
});

test('shows what could command the terminal as text', async () => {
  const { call, world } = await memoryServer();
  await say(memoryProcess(world), 'evil', '\u001b[2J\u009b31m\u202e');

  const { out } = await call(['tail', 'evil', '--from', 'start', '--count', '1']);

  expect(out).toContain('"\\u001b[2J\\u009b31m\\u202e"');
});

test('doorbell tail tells of events that are gone', async () => {
  const { call, world } = await memoryServer();
  await say(memoryProcess(world), 'doors', 'd');
  world.log.expire('doors', 3);

  const { err } = await call(['tail', 'doors', '--from', 'start', '--count', '1']);

  expect(err).toBe('3 events of doors after 0 are no longer kept.\n');
});

test('doorbell tail keeps its place on the server under a name', async () => {
  const { call, world } = await memoryServer();

  await call(['tail', 'doors', '--from', 'start', '--count', '2', '--client', 'wall']);

  expect((await world.cursors.list('doors')).map(({ client }) => client)).toEqual(['wall']);
});

test('doorbell tail goes on when the server is there again, and says both once', async () => {
  const { fetch, token } = await memoryServer();
  let tries = 0;
  const flaky: typeof fetch = (...request) =>
    ++tries <= 1 ? Promise.resolve().then(cut()) : fetch(...request);

  const { exit, err } = await call(['tail', 'doors', '--from', 'start', '--count', '1'], {
    fetch: flaky,
    env: { DOORBELL_TOKEN: token },
  });

  expect(exit).toBe(0);
  expect(err.match(/Trying again/g)).toHaveLength(1);
});

test('doorbell tail ends when its token is refused, with an exit code of its own', async () => {
  const { exit, err } = await call(['tail', 'doors'], scripted(refused('forbidden', 403)));

  expect([exit, err]).toEqual([4, 'It is forbidden.\n']);
});

test.each([
  ['no channel', ['tail'], 'missing required argument'],
  ['a place that is none', ['tail', 'doors', '--from', 'yesterday'], 'start, now or a vid'],
  ['two places to begin', ['tail', 'doors', '-n', '2', '--from', '1'], 'cannot be used with'],
  ['eleven channels', ['tail', ...Array.from({ length: 11 }, (_, i) => `c${i}`)], 'not more than 10'],
  ['no events at all', ['tail', 'doors', '--count', '0'], 'whole number from 1'],
])('doorbell tail refuses %s with exit code 2', async (_, args, message) => {
  const { exit, err } = await call(args, scripted());

  expect(exit).toBe(2);
  expect(err).toContain(message);
});

test('doorbell tail refuses a time without its zone', async () => {
  const { exit, err } = await call(['tail', 'doors', '--since', '2026-11-30T08:00:00'], scripted());

  expect(exit).toBe(2);
  expect(err).toContain('with its zone');
});

test('doorbell tail begins with the last events when it is told how many', async () => {
  const { call } = await memoryServer();

  const { exit, out } = await call(['tail', 'doors', '-n', '2', '--count', '2']);

  expect(exit).toBe(0);
  expect(out.split('\n').map((line) => line.split('  ')[0])).toEqual(['2', '3', '']);
});

test.each([
  { args: ['-n', '2', '--count', '2'], vids: ['2', '3'] },
  { args: ['-n', '100', '--count', '3'], vids: ['1', '2', '3'] },
  { args: ['-n', '1', '--count', '1', '--client', 'billing'], vids: ['3'] },
])('doorbell tail begins there also where the server knows no last: $args', async ({ args, vids }) => {
  const { call, fetch } = await memoryServer();
  const asked: string[] = [];
  // As it answers to a parameter that it does not know.
  const older: typeof globalThis.fetch = async (input, init) => {
    asked.push(String(input));
    const response = await fetch(String(input).replace('&last=', '&later='), init);
    if (response.status !== 400) return response;
    return new Response((await response.text()).replaceAll('later', 'last'), response);
  };

  const { exit, out, err } = await call(['tail', 'doors', ...args], { fetch: older });

  expect([exit, err]).toEqual([0, '']);
  expect(out.split('\n').map((line) => line.split('  ')[0])).toEqual([...vids, '']);
  expect(asked.filter((url) => url.includes('last='))).toHaveLength(1);
});

test('doorbell tail begins at the oldest that is kept when more are asked for than there are, and calls nothing missed', async () => {
  const { call, world } = await memoryServer();
  await say(memoryProcess(world), 'doors', 'd');
  await say(memoryProcess(world), 'doors', 'e');
  world.log.expire('doors', 3);

  const { out, err } = await call(['tail', 'doors', '-n', '100', '--count', '2']);

  expect(out.split('\n').map((line) => line.split('  ')[0])).toEqual(['4', '5', '']);
  expect(err).toBe('');
});

test('doorbell tail begins at a time when it is told one', async () => {
  const { call } = await memoryServer();
  const since = ['--since', '2000-01-01T00:00:00+01:00'];

  const { out, err } = await call(['tail', 'doors', ...since, '--count', '3']);

  expect(out.split('\n').map((line) => line.split('  ')[0])).toEqual(['1', '2', '3', '']);
  expect(err).toBe('');
  expect((await call(['tail', 'doors', ...since, '-n', '3'])).exit).toBe(2);
});

test('doorbell tail waits for the first event of a channel that has none yet, and shows it', async () => {
  const { call, world } = await memoryServer();
  const calling = call(['tail', 'brand-new', '-n', '5', '--count', '1']);
  while ((await world.waiters.armed('brand-new')).length === 0)
    await new Promise((resolve) => setImmediate(resolve));
  await say(memoryProcess(world), 'brand-new', 'first');

  const { out } = await calling;

  expect(out).toMatch(/^1 {2}\S+ {2}"first"\n$/);
});

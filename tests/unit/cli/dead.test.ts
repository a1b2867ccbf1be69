/** `doorbell dead`: what a person does with messages that could not be published. */

import { expect, test } from 'vitest';
import { call, json, memoryServer, scripted } from '../../support/cli/terminal.ts';

const good = (value: unknown) => JSON.stringify({ channel: 'doors', data: value });

test('dead letters are listed with their reason; nothing in them moves the cursor', async () => {
  const { call, queues } = await memoryServer();
  queues.deadLetters.put('doors', '{', {
    reason: 'not\u001b[2J\nJSON',
    at: Date.parse('2026-11-30T08:00:00Z'),
  });

  const { exit, out, err } = await call(['dead', 'list']);

  expect([exit, err]).toEqual([0, '']);
  expect(out).toBe('m1  doors  2026-11-30T08:00:00.000Z  0  not\ufffd[2J JSON\n');
  expect(JSON.parse((await call(['dead', 'list', '--json'])).out)).toMatchObject({ id: 'm1', body: '{' });
  expect((await call(['dead', 'list', '--channel', 'alerts'])).out).toBe('');
});

test('a person is told that there are no dead letters, or more than can be reached', async () => {
  const { call, queues } = await memoryServer();

  expect((await call(['dead', 'list'], { tty: true })).err).toBe('There are none.\n');
  for (let i = 0; i < 12; i++) queues.deadLetters.put('doors', '{');
  expect((await call(['dead', 'list'])).err).toBe('About 2 more cannot be reached now.\n');
});

test('a dead letter is shown, edited from standard input and sent back under its ids', async () => {
  const { call, queues } = await memoryServer();
  queues.deadLetters.put('doors', '{"channel":"doors","dta":1}');

  expect((await call(['dead', 'show', 'm1', '--body'])).out).toBe('{"channel":"doors","dta":1}');
  expect(JSON.parse((await call(['dead', 'show', 'm1'])).out)).toMatchObject({ id: 'm1', sentBack: 0 });
  const edited = await call(['dead', 'edit', 'm1', '-', '--redrive'], { input: [good(1)] });

  expect(edited).toMatchObject({ exit: 0, out: '' });
  expect(queues.ingestQueue.bodies).toEqual([{ channel: 'doors', events: [{ id: 'm1', data: 1 }] }]);
  expect(queues.deadLetters.messages).toEqual([]);
});

test('a dead letter that is edited only stays one, and its new id is printed', async () => {
  const { call, queues } = await memoryServer();
  queues.deadLetters.put('doors', '{');

  expect(await call(['dead', 'edit', 'm1', good(1)])).toMatchObject({ exit: 0, out: 'm2\n' });
  expect(queues.deadLetters.messages).toMatchObject([{ id: 'm2', group: 'doors' }]);
  expect(queues.ingestQueue.bodies).toEqual([]);
});

test('what is edited into something that can never be published is refused, and stays as it was', async () => {
  const { call, queues } = await memoryServer();
  queues.deadLetters.put('doors', '{');

  const { exit, err } = await call(['dead', 'edit', 'm1', '{"channel":"doors"}']);

  expect(exit).toBe(1);
  expect(err).toMatch(/data/);
  expect(queues.deadLetters.messages).toMatchObject([{ id: 'm1', body: '{' }]);
});

test('all dead letters that can be published are sent back; the rest makes the exit code 1', async () => {
  const { call, queues } = await memoryServer();
  for (const body of [good(1), '{', good(2)]) queues.deadLetters.put('doors', body);

  expect(await call(['dead', 'redrive'])).toMatchObject({ exit: 1, out: '2 sent back, 1 left\n' });
  expect(queues.ingestQueue.bodies).toHaveLength(2);
});

test('one dead letter is sent back, or refused with the reason', async () => {
  const { call, queues } = await memoryServer();
  queues.deadLetters.put('doors', good(1));
  queues.deadLetters.put('doors', '{');

  expect(await call(['dead', 'redrive', 'm1'])).toMatchObject({ exit: 0, out: '', err: '' });
  expect(await call(['dead', 'redrive', 'm2'])).toMatchObject({
    exit: 1,
    err: 'This letter can never be published as it is: The message is not JSON.\n',
  });
});

test('letters are asked for again as long as it comes forward', async () => {
  const { fetch, asked } = scripted(
    json(200, { sent: 1000, left: 0, done: false }),
    json(200, { sent: 3, left: 0, done: true }),
  );

  const { out } = await call(['dead', 'redrive', '--max', '1500'], {
    fetch,
    env: { DOORBELL_TOKEN: 'a.b.c' },
  });

  expect(out).toBe('1003 sent back, 0 left\n');
  expect(asked.map(({ path }) => path)).toEqual(['/v1/dead-letters?max=1000', '/v1/dead-letters?max=500']);
});

test('dead letters are dropped one by one, and one that is not there is a failure', async () => {
  const { call, queues } = await memoryServer();
  for (let i = 0; i < 3; i++) queues.deadLetters.put('doors', '{');

  expect(await call(['dead', 'drop', 'm1', 'm3'], { tty: true })).toMatchObject({
    exit: 0,
    err: '2 letters dropped.\n',
  });
  expect(queues.deadLetters.messages.map(({ id }) => id)).toEqual(['m2']);
  expect((await call(['dead', 'drop', 'm1'])).exit).toBe(1);
});

test.each([
  [['dead', 'show', '../m1']],
  [['dead', 'list', '--limit', '101']],
  [['dead', 'redrive', 'm1', '--channel', 'doors']],
  [['dead', 'edit', 'm1']],
])('%j is a bad call', async (args) => {
  const { call } = await memoryServer();

  expect(await call(args)).toMatchObject({ exit: 2, out: '' });
});

test('a token without the claim is refused with exit code 4', async () => {
  const { fetch } = scripted(
    json(403, { type: 'urn:doorbell:problem:forbidden', title: 'No', status: 403, detail: 'Not for you.' }),
  );

  expect(await call(['dead', 'list'], { fetch, env: { DOORBELL_TOKEN: 'a.b.c' } })).toMatchObject({
    exit: 4,
    err: 'Not for you.\n',
  });
});

/** What the fast path writes, when something goes wrong. */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Reply } from '../../../hub/response-writer.ts';
import { PushError } from '../../../lib/errors.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { memoryApp } from '../../support/memory/memory-app.ts';

const logger = new MemoryLogger();
let answer: (response: ServerResponse) => void;
let reply: Reply;
const server = createServer((_, response) => answer(response));
let url: string;
beforeAll(async () => {
  const { app } = await memoryApp();
  reply = await Reply.like(app, [], {
    logger,
    random: { fraction: () => 0, id: () => '' },
    onResponse: () => undefined,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

test.each([
  ['nobody foresaw', new Error('the disk is gone')],
  ['has a problem of its own', new PushError('unavailable', 'Try again.')],
])('an error that %s breaks a stream off that has begun, and ends no process', async (_, error) => {
  answer = (response) => {
    reply.stream(response, undefined);
    response.write('data: 1\n\n');
    reply.problem(response, undefined, '/v1/channels/doors/events', error);
  };

  const read = fetch(url).then((response) => response.text());

  await expect(read).rejects.toThrow(/terminated|fetch failed/);
});

test('before the head is sent it is answered', async () => {
  answer = (response) => {
    reply.problem(response, undefined, '/', new PushError('unavailable', 'Try again.'));
  };

  expect((await fetch(url)).status).toBe(503);
});

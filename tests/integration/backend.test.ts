/** GET /backend.php on real emulators, over a socket. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { listen, numbered, publish, range, type Served } from '../support/http/http.ts';
import { startProcess } from '../support/stack/process.ts';
import { expireBlocks } from '../support/stack/tables.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack();
});
afterAll(() => stack.stop());

const serving = (channel: string) => startProcess(stack, { env: { BACKEND_CHANNEL: channel } });

async function record(served: Served, maxvid: number | string): Promise<Record<string, unknown>> {
  const response = await served.request(`/backend.php?maxvid=${maxvid}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

test('two pages both get every event, one at a time, in order', async () => {
  const { app } = serving('both');
  const { app: publisher } = startProcess(stack);
  const follow = async () => {
    const seen: unknown[] = [];
    for (let maxvid = 0; maxvid < 30; ) {
      const one = await record(app, maxvid);
      seen.push(one);
      maxvid = Number(one.vid);
    }
    return seen;
  };
  const following = [follow(), follow()];

  for (const first of [1, 11, 21]) await publish(publisher, 'both', numbered(first, first + 9));

  const all = range(1, 30).map((n) => ({ vid: n, data: n }));
  expect(await Promise.all(following)).toEqual([all, all]);
});

test('a page whose answer was lost is given the same record again', async () => {
  const { app } = serving('lost');
  await publish(app, 'lost', { data: { doorno: 3 } });

  expect(await record(app, 0)).toEqual(await record(app, 0));
});

test('a page that is ahead goes on from the oldest kept event', async () => {
  const { app } = serving('ahead');
  for (const first of [1, 11]) await publish(app, 'ahead', numbered(first, first + 9));
  await expireBlocks(stack, 'ahead', 10);

  expect(await record(serving('ahead').app, 5_000)).toEqual({ vid: 11, data: 11 });
});

test('a page that went away is logged, and takes nothing from anybody', async () => {
  const { app, logged } = serving('gone');
  await publish(app, 'gone', { data: 1 });
  const { served, stop } = await listen(app);
  const leave = new AbortController();
  const left = Promise.resolve(served.request('/backend.php?maxvid=1', { signal: leave.signal }));
  const said = (wanted: string) =>
    vi.waitUntil(() => logged.some(({ message }) => message === wanted), { timeout: WAIT_MS });
  await said('> maxvid');

  leave.abort();
  await expect(left).rejects.toThrow();
  await said('< nothing, connection aborted');

  await publish(app, 'gone', { data: 2 });
  expect(await record(served, 1)).toEqual({ vid: 2, data: 2 });
  await stop();
});

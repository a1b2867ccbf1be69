/** Publishers of one channel share it: one that never stops does not keep another out. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsPath, eventsUpTo, posting, publish, range, type Served } from '../support/http/http.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Publishes without a pause, `atOnce` at a time, until `signal` aborts; answers how many it published. */
async function pour(served: Served, channel: string, atOnce: number, signal: AbortSignal): Promise<number> {
  let poured = 0;
  const work = async () => {
    while (!signal.aborted) {
      await publish(served, channel, { data: 'poured' });
      poured++;
    }
  };
  await Promise.all(range(1, atOnce).map(work));
  return poured;
}

test.each([1, 8])(
  'a process gets through beside one that publishes %i at a time without a pause',
  async (atOnce) => {
    const channel = `beside-${atOnce}`;
    const busy = startProcess(stack).app;
    const other = startProcess(stack).app;
    await publish(busy, channel, { data: 'first' });
    const stopping = new AbortController();
    const pouring = pour(busy, channel, atOnce, stopping.signal);

    const statuses: number[] = [];
    for (const data of range(1, 12)) {
      const { status } = await other.request(eventsPath(channel), posting({ data }));
      statuses.push(status);
      if (status !== 201) break;
    }
    stopping.abort();
    const total = 1 + (await pouring) + 12;

    expect(statuses).toEqual(range(1, 12).map(() => 201));
    const events = await eventsUpTo(startProcess(stack).app, channel, total, { maxvid: 0, limit: 1_000 });
    const numbers = events.map(({ data }) => data).filter((data) => typeof data === 'number');
    expect(numbers).toEqual(range(1, 12));
  },
);

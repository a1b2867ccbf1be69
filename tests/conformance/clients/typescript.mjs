/** The protocol's TypeScript client, against the server under test. */
import { DurableStream, IdempotentProducer, stream } from '@durable-streams/client';
import { describe, expect, test } from 'vitest';
import { fresh, headers } from './server.mjs';

describe('@durable-streams/client', () => {
  test('makes a stream, appends, reads, and goes on from an offset', async () => {
    const url = fresh('read');
    const handle = await DurableStream.create({ url, headers, contentType: 'application/json' });
    await handle.append(JSON.stringify({ n: 1 }));
    const first = await stream({ url, headers, offset: '-1', live: false });
    const seen = await first.json();
    await handle.append(JSON.stringify({ n: 2 }));

    const rest = await (await stream({ url, headers, offset: first.offset, live: false })).json();

    expect([seen, rest]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  });

  test.each(['long-poll', 'sse'])('follows a stream by %s', async (live) => {
    const url = fresh(live);
    const handle = await DurableStream.create({ url, headers, contentType: 'application/json' });
    const got = [];
    const all = Promise.withResolvers();
    const following = await stream({ url, headers, offset: '-1', live });
    following.subscribeJson(async ({ items }) => {
      got.push(...items);
      if (got.length >= 3) all.resolve();
    });

    for (const n of [1, 2, 3]) await handle.append(JSON.stringify({ n }));
    await all.promise;
    following.cancel();

    expect(got).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test('a producer sends many batches at once, and each message is there once, in order', async () => {
    const url = fresh('producer');
    const handle = await DurableStream.create({ url, headers, contentType: 'application/json' });
    const producer = new IdempotentProducer(handle, 'p', { lingerMs: 1, maxBatchBytes: 200 });
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    for (const n of numbers) producer.append(JSON.stringify(n));
    await producer.flush();
    await producer.close();

    expect(await (await stream({ url, headers, offset: '-1', live: false })).json()).toEqual(numbers);
  });
});

/** `@doorbell/producer` on sinks that answer as they are told. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  httpSink,
  type NewEvent,
  type Outgoing,
  Producer,
  type Sink,
  SinkError,
  scheduled,
} from '../../../packages/producer/src/index.ts';
import { queueSink } from '../../../packages/producer/src/sqs.ts';

const down = () => new SinkError('down', true);

/** Notes what it gets; the n-th send ends with the n-th of `endings`, where there is one. */
function sinkOf(...endings: ReadonlyArray<Error | undefined>) {
  const sent: Array<readonly Outgoing[]> = [];
  const sink: Sink = {
    async send(_, events) {
      sent.push(events);
      const ending = endings[sent.length - 1];
      if (ending) throw ending;
    },
  };
  return { sink, sent };
}

function producerOf(sink: Sink, tries?: number) {
  const slept: number[] = [];
  let ids = 0;
  const producer = new Producer({
    sink,
    ...(tries === undefined ? {} : { tries }),
    sleep: async (ms) => void slept.push(ms),
    random: () => 0.5,
    newId: () => `made-${++ids}`,
  });
  return { producer, slept };
}

describe('Producer', () => {
  test('names an event before it is first sent, and sends the same again', async () => {
    const { sink, sent } = sinkOf(down(), down());
    const { producer, slept } = producerOf(sink);

    await producer.publish('doors', { open: true }, { key: 'door-3' });

    expect(sent.flat()).toEqual(
      Array(3).fill({
        id: 'made-1',
        key: 'door-3',
        json: '{"id":"made-1","key":"door-3","data":{"open":true}}',
      }),
    );
    expect(slept).toEqual([200, 400]);
  });

  test('sends what an event promises', async () => {
    const { sink, sent } = sinkOf();
    const { producer } = producerOf(sink);

    await producer.publish('doors', 1, { expect: 'PT15M' });

    expect(sent.flat().map(({ json }) => JSON.parse(json))).toEqual([
      { id: 'made-1', expect: 'PT15M', data: 1 },
    ]);
  });

  test('comes again when it was asked to', async () => {
    const { sink } = sinkOf(new SinkError('busy', true, { retryAfterMs: 7_000 }));
    const { producer, slept } = producerOf(sink);

    await producer.publish('doors', 1);

    expect(slept).toEqual([7_000]);
  });

  test.each([
    ['after as many tries as were allowed', 2, [down(), down()], 2],
    ['at once for what is the same the next time', 4, [new SinkError('no', false)], 1],
    ['at once for what is no error of a sink', 4, [new TypeError('oops')], 1],
  ])('gives up %s', async (_, tries, endings, sends) => {
    const { sink, sent } = sinkOf(...endings);
    const { producer } = producerOf(sink, tries);

    await expect(producer.publish('doors', 1)).rejects.toBe(endings.at(-1));
    expect(sent).toHaveLength(sends);
  });

  test('says how many events are there when it gives up', async () => {
    const { sink } = sinkOf(undefined, undefined, new SinkError('no', false));
    const { producer } = producerOf(sink);
    const events = Array.from({ length: 250 }, (_, data) => ({ data }));

    await expect(producer.publishAll('doors', events)).rejects.toMatchObject({ published: 200 });
  });

  test('publishes all in order, in batches that a server takes', async () => {
    const event = fc.record({ data: fc.string({ maxLength: 2_000 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 400 }),
        fc.constantFrom(1, 100, 1_000),
        async (events, times) => {
          const { sink, sent } = sinkOf();
          const { producer } = producerOf(sink);
          const longer = events.map(({ data }) => ({ data: data.repeat(times / 10 + 1) }));

          await producer.publishAll('doors', longer);

          expect(sent.flat().map(({ json }) => JSON.parse(json).data)).toEqual(
            longer.map(({ data }) => data),
          );
          for (const batch of sent) {
            expect(batch.length).toBeLessThanOrEqual(100);
            const bytes = batch.reduce((sum, { json }) => sum + Buffer.byteLength(json) + 1, 0);
            expect(batch.length === 1 || bytes <= 256_000).toBe(true);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([0, 11, 1.5])('refuses %s tries', (tries) => {
    expect(() => new Producer({ sink: sinkOf().sink, tries })).toThrow(RangeError);
  });

  test('refuses an event without data', async () => {
    const { producer } = producerOf(sinkOf().sink);

    await expect(producer.publish('doors', undefined)).rejects.toThrow(TypeError);
  });
});

describe('scheduled', () => {
  const RUN = { time: '2026-01-01T00:00:00Z', resources: ['arn:aws:events:eu-central-1:1:rule/minute'] };
  const running = async (made: unknown, event: object = RUN) => {
    const { sink, sent } = sinkOf();
    const { producer } = producerOf(sink);
    await scheduled({ producer, channel: 'probes' }, () => made as NewEvent)(event as typeof RUN);
    return sent.flat().map(({ id }) => id);
  };

  test.each([
    ['one event', { data: 1 }, ['minute@2026-01-01T00:00:00Z']],
    [
      'several events',
      [{ data: 1 }, { data: 2, id: 'own' }, { data: 3 }],
      ['minute@2026-01-01T00:00:00Z.0', 'own', 'minute@2026-01-01T00:00:00Z.2'],
    ],
    ['nothing', undefined, []],
    ['a list of nothing', [], []],
  ])('names %s by the schedule and its time', async (_, made, ids) => {
    expect(await running(made)).toEqual(ids);
  });

  test('a name that is too long is one that fits, and the same the next time', async () => {
    const event = { ...RUN, resources: [`arn:aws:scheduler:::schedule/${'x'.repeat(200)}`] };
    const [id = ''] = await running({ data: 1 }, event);

    expect(id.length).toBeLessThanOrEqual(128);
    expect(await running({ data: 1 }, event)).toEqual([id]);
  });

  test.each([[{}], [{ time: 'now' }], [{ time: 5 }]])('refuses %j, which names no run', async (event) => {
    await expect(running({ data: 1 }, event)).rejects.toThrow('The event has no time');
  });
});

describe('httpSink', () => {
  const EVENTS = [{ id: 'a', json: '{"id":"a","data":1}' }];
  const sending = (answer: () => Response | Promise<never>) => {
    const asked: Request[] = [];
    const fetch: typeof globalThis.fetch = async (url, init) => {
      asked.push(new Request(url, init));
      return answer();
    };
    return {
      sink: httpSink({ url: 'https://doorbell.example/', token: async () => 'secret-token', fetch }),
      asked,
    };
  };
  const problemOf =
    (status: number, headers = {}) =>
    () =>
      Response.json({ detail: 'because' }, { status, headers });

  test('sends an array to the channel, with the token', async () => {
    const { sink, asked } = sending(() => Response.json({}, { status: 201 }));

    await sink.send('doors', EVENTS);

    expect(asked[0]?.url).toBe('https://doorbell.example/v1/channels/doors/events');
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer secret-token');
    expect(await asked[0]?.json()).toEqual([{ id: 'a', data: 1 }]);
  });

  test.each([
    ['a refusal', problemOf(400), { retryable: false, message: 'The server answered 400: because' }],
    ['a refusal of the token', problemOf(403), { retryable: false }],
    ['a server that is down', problemOf(503), { retryable: true }],
    [
      'a server that asks to wait',
      problemOf(429, { 'retry-after': '3' }),
      { retryable: true, retryAfterMs: 3_000 },
    ],
    [
      'a server that asks to wait for long',
      problemOf(503, { 'retry-after': '600' }),
      { retryAfterMs: undefined },
    ],
    ['a broken connection', () => Promise.reject(new Error('cut')), { retryable: true }],
  ])('tells of %s, and not the token', async (_, answer, error) => {
    const { sink } = sending(answer);

    const thrown = await sink.send('doors', EVENTS).catch((one: SinkError) => one);

    expect(thrown).toBeInstanceOf(SinkError);
    expect(thrown).toMatchObject(error);
    expect(String(thrown)).not.toContain('secret-token');
  });
});

describe('queueSink', () => {
  const EVENTS = [{ id: 'a', json: '{"id":"a","data":1}' }];
  const failing = (error: object) => ({
    send: () => Promise.reject(Object.assign(new Error('{"data":1}'), error)),
  });

  test('sends one message, of the group that is the channel, whose name follows from the ids', async () => {
    const sent: unknown[] = [];
    const client = { send: async ({ input }: { readonly input: unknown }) => void sent.push(input) };
    const sink = queueSink({ queueUrl: 'https://sqs.example/q.fifo', client: client as never });

    await sink.send('doors', EVENTS);
    await sink.send('doors', EVENTS);
    await sink.send('doors', [{ id: 'b', json: '{"id":"b","data":1}' }]);

    const [first, second, third] = sent as Array<Record<string, string>>;
    expect(first).toMatchObject({
      QueueUrl: 'https://sqs.example/q.fifo',
      MessageBody: '{"channel":"doors","events":[{"id":"a","data":1}]}',
      MessageGroupId: 'doors',
    });
    expect(second).toEqual(first);
    expect(third?.MessageDeduplicationId).not.toBe(first?.MessageDeduplicationId);
  });

  test.each([
    ['what is the fault of SQS', { $fault: 'server', name: 'ServiceUnavailable' }, true],
    ['throttling', { $fault: 'client', $retryable: {}, name: 'RequestThrottled' }, true],
    ['what is the fault of the caller', { $fault: 'client', name: 'AccessDenied' }, false],
  ])('tells %s by its name, and nothing of the events', async (_, error, retryable) => {
    const sink = queueSink({ queueUrl: 'https://sqs.example/q.fifo', client: failing(error) as never });

    await expect(sink.send('doors', EVENTS)).rejects.toMatchObject({
      retryable,
      message: `SQS did not take the events: ${error.name}`,
    });
  });

  test('needs an address', () => {
    expect(() => queueSink({ queueUrl: '' })).toThrow('INGEST_QUEUE_URL');
  });
});

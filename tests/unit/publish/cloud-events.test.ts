/** CloudEvents by HTTP, in the three forms of the specification's HTTP binding. */

import { describe, expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { publishRoutes } from '../../../lib/http/v1/publish.ts';
import { cloudEventOf } from '../../../lib/publish/cloud-events.ts';
import { eventsPath, posting, problem } from '../../support/http/http.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { eventsIn, memoryProcess, memoryWorld } from '../../support/memory/world.ts';

const ONE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const EVENT = {
  specversion: '1.0',
  id: 'a-1',
  source: '/doors/3',
  type: 'door.opened',
  data: { open: true },
};

function setUp() {
  const world = memoryWorld();
  const { publish, logger } = memoryProcess(world);
  const { clock, random } = world;
  const app = createApp({ logger, random }, everyone, [publishRoutes({ ...publish, clock, random })]);
  const send = (
    body: unknown,
    type: string | undefined = ONE,
    headers: Record<string, string> = {},
    query: Record<string, string> = {},
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const post = posting(text, type ?? '');
    const all = { ...(post.headers as Record<string, string>), ...headers };
    if (type === undefined) delete all['content-type'];
    return app.request(eventsPath('doors', query), { ...post, headers: all });
  };
  return { app, send, events: () => eventsIn(world, 'doors') };
}

const BINARY = { 'ce-specversion': '1.0', 'ce-id': 'a-1', 'ce-source': '/doors/3', 'ce-type': 'door.opened' };

test('one is published whole, as the data', async () => {
  const { send, events } = setUp();

  expect((await send(EVENT)).status).toBe(201);

  expect(events().map(({ data }) => data)).toEqual([EVENT]);
});

test('a batch is published in order, as one piece', async () => {
  const { send, events } = setUp();
  const many = ['a', 'b', 'c'].map((id) => ({ ...EVENT, id }));

  const answer = await (await send(many, BATCH)).json();

  expect(answer).toMatchObject({ first: 1, last: 3, count: 3 });
  expect(events().map(({ data }) => data)).toEqual(many);
});

test('with its attributes in headers it is the same as in one piece', async () => {
  const { send, events } = setUp();

  await send(EVENT.data, 'application/json', BINARY);
  const again = await (await send({ ...EVENT, datacontenttype: 'application/json' })).json();

  expect(again).toMatchObject({ count: 0, duplicates: 1 });
  expect(events().map(({ data }) => data)).toEqual([{ ...EVENT, datacontenttype: 'application/json' }]);
});

test('a CloudEvent is known again by source and id together, however they are cut', async () => {
  const { send, events } = setUp();
  const pairs = [
    ['/a', 'b'],
    ['/a', 'b'],
    ['/a/b', ''],
    ['/', 'ab'],
    ['/a', 'c'],
    ['/b', 'c'],
  ] as const;

  const answers = [];
  for (const [source, id] of pairs) answers.push((await send({ ...EVENT, source, id: id || '/' })).status);

  expect(answers).toEqual(pairs.map(() => 201));
  expect(events()).toHaveLength(5);
});

describe('the key of a CloudEvent', () => {
  test.each([
    { what: 'its partitionkey', event: { partitionkey: 'door-3' }, query: {}, key: 'door-3' },
    {
      what: 'what keyFrom names',
      event: { subject: 'door-4' },
      query: { keyFrom: 'subject' },
      key: 'door-4',
    },
    { what: 'none without either', event: { subject: 'door-4' }, query: {}, key: undefined },
  ])('is $what', async ({ event, query, key }) => {
    const { send, events } = setUp();

    await send({ ...EVENT, ...event }, ONE, {}, query);

    expect(events().map((one) => one.key)).toEqual([key]);
  });

  test('stands where Doorbell-Key points, also with attributes in headers', async () => {
    const { send, events } = setUp();

    await send({ door: { no: 5 } }, 'application/json', { ...BINARY, 'doorbell-key': '/data/door/no' });

    expect(events().map((one) => one.key)).toEqual(['5']);
  });
});

describe('data in the body is', () => {
  const of = (type: string | undefined, body: string) => {
    const bytes = new TextEncoder().encode(body);
    const { specversion: _, ...event } = cloudEventOf({ specversion: '1.0' }, type, bytes) as Record<
      string,
      unknown
    >;
    return event;
  };

  test.each([
    ['JSON, where the type says so', 'application/json; charset=utf-8', '{"a":1}', { data: { a: 1 } }],
    ['JSON, of a type that is built on it', 'application/vnd.door+json', '[1]', { data: [1] }],
    ['text, of a text type', 'text/plain', 'opened', { data: 'opened' }],
    ['bytes, of any other', 'application/octet-stream', 'hi', { data_base64: 'aGk=' }],
    ['bytes, where no type is said', undefined, 'hi', { data_base64: 'aGk=' }],
    ['none, of an empty body', 'application/json', '', {}],
  ])('%s', (_, type, body, member) => {
    expect(of(type, body)).toEqual({ ...(type ? { datacontenttype: type } : {}), ...member });
  });
});

test('a header is percent-encoded', async () => {
  const { send, events } = setUp();

  await send('1', 'application/json', { ...BINARY, 'ce-subject': 'T%C3%BCr%203' });

  expect(events()[0]?.data).toMatchObject({ subject: 'Tür 3', data: 1 });
});

describe('refused, and nothing is published:', () => {
  test.each([
    ['no id', { id: undefined }, 'id'],
    ['an empty source', { source: '' }, 'source'],
    ['a type that is no text', { type: 3 }, 'type'],
    ['another version', { specversion: '0.3' }, 'specversion'],
    ['a name with a capital letter', { dataSchema: 'x' }, 'dataSchema'],
    ['an attribute that is an object', { extension: {} }, 'extension'],
    ['an attribute that is a fraction', { extension: 1.5 }, 'extension'],
    ['a time that is none', { time: 'yesterday' }, 'time'],
    ['the 30th of February', { time: '2026-02-30T00:00:00Z' }, 'time'],
    ['data twice', { data_base64: 'aGk=' }, 'data_base64'],
    ['bytes that are not base64', { data: undefined, data_base64: 'a?' }, 'data_base64'],
    ['a partition that is no key', { partitionkey: '' }, 'partitionkey'],
  ])('%s', async (_, members, field) => {
    const { send, events } = setUp();

    const single = await problem(await send({ ...EVENT, ...members }));
    const second = await problem(await send([EVENT, { ...EVENT, ...members }], BATCH));

    expect(single).toMatchObject({ status: 400, field });
    expect(second).toMatchObject({ status: 400, field: `[1].${field}` });
    expect(events()).toEqual([]);
  });

  test.each([
    ['an array where one is said', [EVENT], ONE, {}, 'body'],
    ['one where an array is said', EVENT, BATCH, {}, 'body'],
    ['an empty batch', [], BATCH, {}, 'body'],
    ['no JSON', '{', ONE, {}, 'body'],
    ['a body that is not the JSON that its type says', '{', 'application/json', BINARY, 'body'],
    [
      'a header that is not percent-encoded',
      '1',
      'application/json',
      { ...BINARY, 'ce-subject': '%E4' },
      'ce-subject',
    ],
    ['no source in the headers', '1', 'application/json', { ...BINARY, 'ce-source': '' }, 'source'],
  ] as const)('%s', async (_, body, type, headers, field) => {
    const { send, events } = setUp();

    expect(await problem(await send(body, type, headers))).toMatchObject({ status: 400, field });
    expect(events()).toEqual([]);
  });

  test('a batch of 101', async () => {
    const { send } = setUp();
    const many = Array.from({ length: 101 }, (_, i) => ({ ...EVENT, id: String(i) }));

    expect(await problem(await send(many, BATCH))).toMatchObject({ status: 413 });
  });
});

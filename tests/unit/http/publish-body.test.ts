/** What a publish may be sent as, and when its body is read. */

import { expect, test } from 'vitest';
import { type Caller, TRUSTED } from '../../../lib/auth/caller.ts';
import { createApp } from '../../../lib/http/app.ts';
import { type BodyForm, publishBody, publishRoutes } from '../../../lib/http/v1/publish.ts';
import { eventsPath, posting, problem } from '../../support/http/http.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { unavailable } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { eventsIn, memoryProcess, memoryWorld } from '../../support/memory/world.ts';

function setUp() {
  const world = memoryWorld();
  const { publish, logger } = memoryProcess(world);
  const { clock, random } = world;
  const log: string[] = [];
  const admit = (principal: string | undefined) => {
    log.push(`admit ${principal}`);
    return () => void log.push('release');
  };
  const ports = { ...publish, clock, random };
  const app = createApp({ logger, random }, everyone, [publishRoutes(ports)]);
  const send = (
    form: Partial<BodyForm>,
    body: string | Error,
    { caller = TRUSTED, bounded = true }: { caller?: Caller; bounded?: boolean } = {},
  ) =>
    publishBody(
      bounded ? { ...ports, admit } : ports,
      caller,
      'doors',
      { type: 'application/json', encoding: undefined, ...form },
      async () => {
        log.push('read');
        if (body instanceof Error) throw body;
        return body;
      },
    );
  const published = () => eventsIn(world, 'doors').map(({ id, data }) => [id, data]);
  return { app, log, send, published };
}

test.each([
  ['application/json', '[{"id":"a","data":1},{"id":"b","data":2}]'],
  ['Application/JSON ; charset=utf-8', '[{"id":"a","data":1},{"id":"b","data":2}]'],
])('%s is one block of events under their own ids', async (type, body) => {
  const { send, published } = setUp();

  expect(await send({ type }, body)).toEqual({ first: 1, last: 2, count: 2, duplicates: 0 });
  expect(published()).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

test('an event that is sent again under its id is not published again', async () => {
  const { send } = setUp();
  await send({}, '{"id":"a","data":1}');

  expect(await send({}, '{"id":"a","data":1}')).toEqual({ first: 1, last: 1, count: 0, duplicates: 1 });
});

test('a line of application/x-ndjson is an event, under an id that is made for it', async () => {
  const { send, published } = setUp();

  expect(await send({ type: 'application/x-ndjson; charset=utf-8' }, '{"id":"a"}\n2\n')).toMatchObject({
    count: 2,
  });
  expect(published()).toEqual([
    [expect.any(String), { id: 'a' }],
    [expect.any(String), 2],
  ]);
  expect(new Set(published().map(([id]) => id)).size).toBe(2);
});

test.each([
  { type: 'text/plain', encoding: undefined, field: 'content-type' },
  { type: undefined, encoding: undefined, field: 'content-type' },
  { type: 'application/jsonl', encoding: undefined, field: 'content-type' },
  { type: 'application/json', encoding: 'gzip', field: 'content-encoding' },
  { type: 'application/json', encoding: 'identity, gzip', field: 'content-encoding' },
])(
  'a body of type $type with encoding $encoding is refused for its $field, unread',
  async ({ type, encoding, field }) => {
    const { send, log, published } = setUp();

    await expect(send({ type, encoding }, '{"data":1}')).rejects.toMatchObject({
      code: 'unsupported-media-type',
      details: { field },
    });
    expect(log).toEqual([]);
    expect(published()).toEqual([]);
  },
);

test('a body that says that it is sent as it is, is taken', async () => {
  expect(await setUp().send({ encoding: ' Identity ' }, '{"data":1}')).toMatchObject({ count: 1 });
});

test('the body of a caller who may not publish here is not read', async () => {
  const { send, log } = setUp();
  const caller = { read: ['*'], write: ['alerts'] };

  await expect(send({}, '{"data":1}', { caller })).rejects.toMatchObject({ code: 'forbidden' });
  expect(log).toEqual([]);
});

test('a body is admitted for its principal while it is read, and no longer', async () => {
  const { send, log } = setUp();
  await send({}, '{"data":1}', { caller: { ...TRUSTED, principal: 'sub' } });

  expect(log).toEqual(['admit sub', 'read', 'release']);
});

test.each([
  { what: 'breaks off', body: unavailable() },
  { what: 'is not JSON', body: '{' },
])('a body that $what gives its room back', async ({ body }) => {
  const { send, log } = setUp();

  await expect(send({}, body)).rejects.toThrow();

  expect(log).toEqual(['admit undefined', 'read', 'release']);
});

test('where bodies are not bounded, each is read as it comes', async () => {
  expect(await setUp().send({}, '{"data":1}', { bounded: false })).toMatchObject({ count: 1 });
});

test('a published event is answered with 201 and where it stands', async () => {
  const response = await setUp().app.request(eventsPath('doors'), posting({ data: 1 }));

  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({ first: 1, last: 1, count: 1, duplicates: 0 });
});

test('a body whose length is declared is published too', async () => {
  const { app, published } = setUp();
  const body = '{"id":"a","data":1}';
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };

  expect((await app.request(eventsPath('doors'), { method: 'POST', body, headers })).status).toBe(201);
  expect(published()).toEqual([['a', 1]]);
});

test('a publish without a body is told that nothing is no JSON', async () => {
  const headers = { 'content-type': 'application/json' };

  const response = await setUp().app.request(eventsPath('doors'), { method: 'POST', headers });

  expect((await problem(response)).detail).toBe('The body is not JSON.');
});

test('a body in pieces, whose length nobody has declared, is published too', async () => {
  const { app, published } = setUp();
  const body = new Blob(['{"id":"a","data":1}']).stream();
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } };

  expect((await app.request(eventsPath('doors'), init as RequestInit)).status).toBe(201);
  expect(published()).toEqual([['a', 1]]);
});

test.each([
  { what: 'no body at all', path: eventsPath('doors'), body: undefined, type: 'bad-body', field: 'body' },
  { what: 'a body that is not JSON', path: eventsPath('doors'), body: '{', type: 'bad-body', field: 'body' },
  {
    what: 'a query',
    path: eventsPath('doors', { wait: 1 }),
    body: '1',
    type: 'bad-parameter',
    field: 'wait',
  },
  { what: 'a bad name', path: eventsPath('a%20b'), body: '1', type: 'bad-parameter', field: 'channel' },
])('a publish with $what is refused, and nothing is published', async ({ path, body, type, field }) => {
  const { app, published } = setUp();
  const headers = { 'content-type': 'application/json' };

  const response = await app.request(path, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body }),
  });

  await expectProblemDocument(response, 400, type, field);
  expect(published()).toEqual([]);
});

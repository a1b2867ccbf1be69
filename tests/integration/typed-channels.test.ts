/** Channels with a schema: what does not fit is refused wherever an event comes in, by the functions' router, by the hub both ways, from the queue and by `npm start`. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import { channelSchemas } from '../../lib/compose/channel-schemas.ts';
import { redrivePorts } from '../../lib/compose/ingest.ts';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { ingest } from '../../lib/publish/ingest.ts';
import { redrive } from '../../lib/publish/redrive.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import {
  byFastPath,
  byRouter,
  dataOf,
  eventsPath,
  over,
  poll,
  posting,
  problem,
  publish,
  type Served,
} from '../support/http/http.ts';
import { SECRET } from '../support/http/token-table.ts';
import { testHub } from '../support/stack/hub.ts';
import { sendToIngest, takeAll } from '../support/stack/ingest-queues.ts';
import { freePort, launch, newDataDir, startOffline } from '../support/stack/offline.ts';
import { environmentOf, startProcess, type TestProcess } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const NDJSON = 'application/x-ndjson';
const DOOR = {
  type: 'object',
  properties: {
    doorno: { type: 'integer', minimum: 1 },
    state: { enum: ['open', 'shut'] },
    log: { type: 'array', items: { type: 'string', maxLength: 10 } },
  },
  required: ['doorno'],
  additionalProperties: false,
};
const CHANNEL_SCHEMAS = JSON.stringify({ 'typed.*': DOOR, 'typed.text': { type: 'string' } });
const UNFIT = 'secret-value';

let stack: LocalStack;
let hub: Hub;
let functions: TestProcess;
const served: Record<string, { readonly app: Served; readonly way: (path: string) => string }> = {};
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { secret: SECRET, env: { CHANNEL_SCHEMAS } });
  functions = startProcess(stack, { schemas: await channelSchemas({ CHANNEL_SCHEMAS }) });
  const token = await mint(SECRET, { read: ['*'], write: ['*'], manage: ['*'], ttlS: 600, now: Date.now() });
  const app = over(`http://127.0.0.1:${hub.port}`, token);
  served['the fast path'] = { app, way: byFastPath };
  served["the hub's router"] = { app, way: byRouter };
  served['the functions'] = { app: functions.app, way: byFastPath };
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

/** Bodies with something in them that does not fit, and what is said of it. */
const REFUSED: ReadonlyArray<
  readonly [what: string, type: string, body: unknown, field: string, pointer: string]
> = [
  ['one event', 'application/json', { data: { doorno: '3' } }, 'data', '/doorno'],
  ['one event without what is needed', 'application/json', { key: 'a', data: {} }, 'data', '/doorno'],
  [
    'the last of an array',
    'application/json',
    [{ data: { doorno: 1 } }, { data: { doorno: 0 } }],
    '[1].data',
    '/doorno',
  ],
  [
    'an array in an array',
    'application/json',
    [{ data: { doorno: 1, log: ['a', UNFIT.repeat(2)] } }],
    '[0].data',
    '/log/1',
  ],
  ['a line', NDJSON, `{"doorno":1}\n\n{"doorno":2,"x~/y":"${UNFIT}"}\n`, 'line 3', '/x~0~1y'],
  ['null without a key', 'application/json', { data: null }, 'data', ''],
  ['a value of another type', 'application/json', { data: UNFIT }, 'data', ''],
  ['a number that no double holds', NDJSON, '{"doorno":12345678901234567890.5e400}', 'line 1', '/doorno'],
  [
    'a member of every object',
    'application/json',
    '{"data":{"doorno":1,"__proto__":{"doorno":1}}}',
    'data',
    '/__proto__',
  ],
  [
    'what is nested as deep as may be',
    'application/json',
    `{"data":${'['.repeat(99)}${']'.repeat(99)}}`,
    'data',
    '',
  ],
  [
    'as much as an event may hold',
    'application/json',
    { data: UNFIT.repeat(LIMITS.eventBytes / UNFIT.length - 1) },
    'data',
    '',
  ],
];

describe.each(['the fast path', "the hub's router", 'the functions'])('by %s', (name) => {
  const one = () => served[name] ?? { app: over(''), way: byFastPath };
  const channel = (what: string) => `typed.${`${name} ${what}`.replaceAll(/[^a-z0-9]/gi, '-')}`;
  const send = (to: string, body: unknown, type?: string, query = {}) =>
    one().app.request(one().way(eventsPath(to, query)), posting(body, type));

  test.each(REFUSED)(
    '%s that does not fit is refused by its place, and nothing is published',
    async (...row) => {
      const [what, type, body, field, pointer] = row;
      const to = channel(what);

      const response = await send(to, body, type);

      expect(response.status).toBe(400);
      const told = await problem(response);
      expect(told).toMatchObject({ type: 'urn:doorbell:problem:bad-body', field, pointer });
      expect(told.detail).toMatch(
        new RegExp(`^${field.replace(/[[\]]/g, '\\$&')} does not fit the schema of ${to}: `),
      );
      expect(JSON.stringify(told)).not.toContain(UNFIT);
      expect((await poll(one().app, to, { maxvid: 0, wait: 0 })).events).toEqual([]);
    },
  );

  test('what fits is published: one, an array and lines, with keys and without', async () => {
    const to = channel('fits');

    expect((await send(to, { key: 'a', data: { doorno: 1 } })).status).toBe(201);
    expect((await send(to, [{ data: { doorno: 2, state: 'open' } }, { data: { doorno: 3 } }])).status).toBe(
      201,
    );
    expect((await send(to, '{"doorno":4}\n{"doorno":12345678901234567890}', NDJSON)).status).toBe(201);

    const text = await (await one().app.request(eventsPath(to, { maxvid: 0, wait: 0 }))).text();
    expect(text).toContain('{"doorno":12345678901234567890}');
    expect((JSON.parse(text) as { events: unknown[] }).events).toHaveLength(5);
  });

  test('null with a key deletes the key, whatever the schema', async () => {
    const to = channel('deletes');
    await send(to, { key: 'a', data: { doorno: 1 } });

    expect((await send(to, [{ key: 'a', data: null }])).status).toBe(201);
    expect(dataOf((await poll(one().app, to, { maxvid: 0, wait: 0 })).events)).toEqual([{ doorno: 1 }, null]);
  });

  test('the schema that counts for a channel can be read', async () => {
    const schema = (name: string) => one().app.request(`/v1/channels/${name}/schema`);

    const typed = await schema('typed.any');
    expect(typed.headers.get('content-type')).toBe('application/schema+json');
    expect(typed.headers.get('cache-control')).toBe('no-store');
    expect(await typed.json()).toEqual(DOOR);
    expect(await (await schema('typed.text')).json()).toEqual({ type: 'string' });
    expect(await problem(await schema('typed'))).toMatchObject({ status: 404, field: 'channel' });
    expect(await problem(await schema('typed.any?all=1'))).toMatchObject({ status: 400, field: 'all' });
  });

  test('the name itself comes before a prefix, and a channel without a schema takes anything', async () => {
    expect((await send('typed.text', { data: 'text' })).status).toBe(201);
    expect((await send('typed.text', { data: { doorno: 1 } })).status).toBe(400);
    expect((await send('typed', { data: UNFIT })).status).toBe(201);
  });
});

describe('a stream of JSON whose name has a schema', () => {
  const path = (name: string) => `/v1/stream/${name}`;
  const app = () => served['the fast path']?.app ?? over('');
  const put = (name: string, body?: string, type = 'application/json') =>
    app().request(path(name), {
      method: 'PUT',
      headers: { 'content-type': type },
      ...(body ? { body } : {}),
    });

  test('refuses what does not fit when it is made and when it is appended to, and takes the rest', async () => {
    expect(await problem(await put('typed.stream', '[{"doorno":1},{"doorno":"x"}]'))).toMatchObject({
      type: 'urn:doorbell:problem:bad-body',
      status: 400,
      field: '[1]',
      pointer: '/doorno',
    });
    expect((await app().request(path('typed.stream'), { method: 'HEAD' })).status).toBe(404);
    expect((await put('typed.stream', '{"doorno":1}')).status).toBe(201);

    const refused = await app().request(path('typed.stream'), posting('{"doorno":0}'));
    expect(await problem(refused)).toMatchObject({ status: 400, field: 'body', pointer: '/doorno' });
    expect((await app().request(path('typed.stream'), posting('[{"doorno":2},{"doorno":3}]'))).status).toBe(
      204,
    );
    const read = await app().request(`${path('typed.stream')}?offset=-1`);
    expect(await read.json()).toEqual([{ doorno: 1 }, { doorno: 2 }, { doorno: 3 }]);
  });

  test('a channel is appended to as a stream by the same rule', async () => {
    await publish(app(), 'typed.both', { data: { doorno: 1 } });

    const refused = await app().request(path('typed.both'), posting('[{"doorno":2},[]]'));

    expect(await problem(refused)).toMatchObject({ status: 400, field: '[1]', pointer: '' });
    expect((await poll(app(), 'typed.both', { maxvid: 0, wait: 0 })).events).toHaveLength(1);
  });

  test('bytes are of no schema', async () => {
    expect((await put('typed.bytes', 'anything', 'text/plain')).status).toBe(201);
  });
});

describe('from the queue', () => {
  const messages = async () =>
    (await takeAll(stack, 'IngestQueue')).map(({ MessageId: id = '', Body: body = '', Attributes }) => ({
      id,
      group: Attributes?.MessageGroupId ?? '',
      body,
    }));
  const buried = async () =>
    (await takeAll(stack, 'IngestDeadQueue')).map(
      ({ MessageAttributes }) => MessageAttributes?.reason?.StringValue ?? '',
    );

  test('a message that does not fit is put aside whole, with the reason, and the others are published', async () => {
    const to = 'typed.queue';
    await sendToIngest(stack, to, {
      channel: to,
      events: [{ data: { doorno: 1 } }, { data: { doorno: UNFIT } }],
    });
    await sendToIngest(stack, to, { channel: to, data: { doorno: 2 } });
    await sendToIngest(stack, to, { channel: to, key: 'a', data: null });

    // The queue gives one message of a group at a time.
    const failed = await ingest(functions.ingest, await messages());

    expect(failed.size).toBe(0);
    const reason = `events[1].data does not fit the schema of ${to}: /doorno must be integer.`;
    expect(await buried()).toEqual([reason]);
    expect(dataOf((await poll(functions.app, to, { maxvid: 0, wait: 0 })).events)).toEqual([
      { doorno: 2 },
      null,
    ]);
  });

  test('a message that was put aside is published by a redrive once its schema is mended, and not before', async () => {
    const to = 'typed.redriven';
    const mended = JSON.stringify({ [to]: { type: 'string' } });
    const after = startProcess(stack, { schemas: await channelSchemas({ CHANNEL_SCHEMAS: mended }) });
    const again = async (ports: TestProcess['ingest']) => {
      const env = environmentOf(stack);
      const fates: string[] = [];
      const options = { dryRun: false, all: false, max: 10 };
      await redrive(
        redrivePorts(env, stack.clients),
        options,
        ({ fate, reason }) => void fates.push(`${fate}: ${reason}`),
      );
      await ingest(ports, await messages());
      return fates;
    };
    const reason = `data does not fit the schema of ${to}: it must be object.`;
    await sendToIngest(stack, to, { channel: to, data: 'text' });
    await ingest(functions.ingest, await messages());

    expect(await again(functions.ingest)).toEqual([`sent: ${reason}`]);
    expect(await again(after.ingest)).toEqual([`sent: ${reason.replace('data', 'events[0].data')}`]);
    expect(await buried()).toEqual([]);
    expect(dataOf((await poll(functions.app, to, { maxvid: 0, wait: 0 })).events)).toEqual(['text']);
  });

  test('where the schema itself is wrong, messages come again and nobody buries them', async () => {
    const wrong = JSON.stringify({ 'typed.wrong': { requred: ['doorno'] } });
    const process = startProcess(stack, { schemas: await channelSchemas({ CHANNEL_SCHEMAS: wrong }) });
    await sendToIngest(stack, 'typed.wrong', { channel: 'typed.wrong', data: 1 });
    await sendToIngest(stack, 'typed.right', { channel: 'typed.right', data: 1 });
    const batch = await messages();

    const failed = await ingest(process.ingest, batch);

    expect(batch.filter(({ id }) => failed.has(id)).map(({ group }) => group)).toEqual(['typed.wrong']);
    expect(await buried()).toEqual([]);
    expect(process.logged.map(({ fields }) => fields)).toContainEqual({
      channel: 'typed.wrong',
      reason: 'CHANNEL_SCHEMAS: typed.wrong: strict mode: unknown keyword: "requred"',
    });
    const response = await process.app.request(eventsPath('typed.wrong'), posting({ data: 1 }));
    expect([response.status, (await problem(response)).type]).toEqual([500, 'urn:doorbell:problem:internal']);
  });
});

test.each([
  [
    'a schema that is wrong',
    JSON.stringify({ doors: { requred: [] } }),
    'CHANNEL_SCHEMAS: doors: strict mode: unknown keyword: "requred"',
  ],
  [
    'a file that is not there',
    '/nowhere/schemas.json',
    'CHANNEL_SCHEMAS must be a JSON object, or a file that can be read: /nowhere/schemas.json (ENOENT)',
  ],
])('a hub does not start with %s', async (_, setting, message) => {
  await expect(testHub(stack, { env: { CHANNEL_SCHEMAS: setting } })).rejects.toThrow(message);
});

describe('npm start and npm run hub', { timeout: WAIT_MS * 6 }, () => {
  test.each(['start', 'hub'] as const)('npm run %s takes a file of schemas', async (script) => {
    const dataDir = await newDataDir();
    const file = join(dataDir, 'schemas.json');
    await writeFile(file, CHANNEL_SCHEMAS);
    const env = { ADMIN_PORT: '0', CHANNEL_SCHEMAS: file };
    const running = await startOffline(dataDir, await freePort(), { script }, env);
    try {
      const refused = await running.served.request(eventsPath('typed.a'), posting({ data: { doorno: 'x' } }));
      expect(await problem(refused)).toMatchObject({ status: 400, field: 'data', pointer: '/doorno' });
      await publish(running.served, 'typed.a', { data: { doorno: 1 } });
    } finally {
      await running.end('SIGTERM');
    }
  });

  test.each(['start', 'hub'] as const)(
    'npm run %s ends with one line where a schema is wrong',
    async (script) => {
      const env = {
        PORT: String(await freePort()),
        ADMIN_PORT: '0',
        DATA_DIR: await newDataDir(),
        CHANNEL_SCHEMAS: '{"doors":{"type":"objekt"}}',
      };
      const ended = launch(env, { script });

      expect(await ended.exited).toBe(1);
      expect(ended.output()).toContain('CHANNEL_SCHEMAS: doors: /type must be');
      expect(ended.output()).not.toContain('    at ');
    },
  );
});

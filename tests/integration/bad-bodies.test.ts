/** Bodies that cannot be published: a problem that names what is wrong, and nothing has changed. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { eventsPath, numbered, posting, problem, publish } from '../support/http/http.ts';
import { expectProblem } from '../support/http/problems.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const NDJSON = 'application/x-ndjson';
const PATH = eventsPath('doors');
/** As JSON a string is two quotes longer. */
const textOf = (bytes: number) => 'x'.repeat(bytes - 2);
const TOO_LONG = textOf(LIMITS.eventBytes + 1);

let stack: Stack;
let app: TestProcess['app'];
beforeAll(async () => {
  stack = await startStack();
  ({ app } = startProcess(stack));
  await publish(app, 'doors', numbered(1, 3));
});
afterAll(() => stack.stop());

test.each<readonly [name: string, body: string, field: string]>([
  ['nothing', '', 'body'],
  ['half an object', '{"data":', 'body'],
  ['two values', '{"data":1}{"data":2}', 'body'],
  ['null', 'null', 'body'],
  ['a string', '"data"', 'body'],
  ['a number', '1', 'body'],
  ['no data', '{}', 'data'],
  ['no data but an id', '{"id":"a"}', 'data'],
  ['an unknown member', '{"data":1,"vid":7}', 'vid'],
  ['a member named as a method', '{"data":1,"toString":7}', 'toString'],
  ['a member named __proto__', '{"data":1,"__proto__":{}}', '__proto__'],
  ['an empty id', '{"id":"","data":1}', 'id'],
  ['a number as id', '{"id":5,"data":1}', 'id'],
  ['null as id', '{"id":null,"data":1}', 'id'],
  ['an id of 129 characters', `{"id":"${'i'.repeat(129)}","data":1}`, 'id'],
  ['an empty array', '[]', 'body'],
  ['an array of bare values', '[1]', '[0]'],
  ['an array of arrays', '[[]]', '[0].data'],
  ['an array whose second event has no data', '[{"data":1},{}]', '[1].data'],
  ['an array whose second event has a bad id', '[{"data":1},{"id":"","data":2}]', '[1].id'],
  ['an array whose second event has an unknown member', '[{"data":1},{"data":2,"at":0}]', '[1].at'],
  ['data twice', '{"data":1,"data":2}', 'body'],
  ['data twice, once in disguise', '{"data":1,"d\\u0061ta":2}', 'body'],
  ['data that says a name twice', '{"data":{"doors":[{"no":1,"no":2}]}}', 'data'],
  ['an array whose second event has its id twice', '[{"data":1},{"id":"a","id":"b","data":2}]', '[1]'],
  ['an array whose second event says a name twice', '[{"data":1},{"data":{"a":1,"a":1}}]', '[1].data'],
])('a JSON body of %s is refused', async (_, body, field) => {
  await expectProblem(stack, { status: 400, type: 'bad-body', field }, () =>
    app.request(PATH, posting(body)),
  );
});

test.each<readonly [name: string, body: unknown, field: string]>([
  ['an event over 256 KiB', { data: TOO_LONG }, 'data'],
  ['an event over 256 KiB in UTF-8', { data: 'ü'.repeat(LIMITS.eventBytes / 2) }, 'data'],
  ['an array with an event over 256 KiB', [{ data: 1 }, { data: TOO_LONG }], '[1].data'],
  ['101 events', numbered(1, 101), 'body'],
  ['an array over 256 KiB together', [{ data: textOf(LIMITS.blockBytes) }, { data: 1 }], 'body'],
  ['a body over 5 MiB', { data: textOf(LIMITS.bodyBytes) }, 'body'],
])('%s is too large', async (_, body, field) => {
  await expectProblem(stack, { status: 413, type: 'too-large', field }, () =>
    app.request(PATH, posting(body)),
  );
});

test('a body that declares more than 5 MiB is too large without being read', async () => {
  const { method = '', body = '' } = posting({ data: 1 });
  const headers = { 'content-type': 'application/json', 'content-length': String(LIMITS.bodyBytes + 1) };

  await expectProblem(stack, { status: 413, type: 'too-large', field: 'body' }, () =>
    app.request(PATH, { method, body, headers }),
  );
});

test('a body that declares no length is read up to 5 MiB and no further, from whom may publish', async () => {
  const secret = 'the-secret-of-these-tests-0123456789';
  const guarded = startProcess(stack, { secret }).app;
  const token = await mint(secret, { read: [], write: ['alerts'], ttlS: 60, now: Date.now() });
  let sent = 0;
  /** Without an end. */
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024).fill(32));
      },
    });
  const init = () => ({ ...posting(''), body: body(), duplex: 'half' as const });

  await expectProblem(stack, { status: 413, type: 'too-large', field: 'body' }, () =>
    app.request(PATH, init()),
  );
  expect(sent).toBeGreaterThan(LIMITS.bodyBytes);
  expect(sent).toBeLessThan(LIMITS.bodyBytes + 1024 * 1024);

  sent = 0;
  const headers = { ...posting('').headers, authorization: `Bearer ${token}` };
  expect((await guarded.request(PATH, { ...init(), headers })).status).toBe(403);
  expect((await guarded.request(PATH, init())).status).toBe(401);
  // A stream fetches one chunk ahead of whoever reads it.
  expect(sent).toBeLessThanOrEqual(2 * 64 * 1024);
});

test.each<readonly [name: string, body: string, status: number, field: string]>([
  ['nothing', '', 400, 'body'],
  ['empty lines', '\n \n\r\n', 400, 'body'],
  ['a line that is not JSON', '{"a":1}\n{"a":\n{"a":3}', 400, 'line 2'],
  ['an array over two lines', '[1,\n2]', 400, 'line 1'],
  ['a line that says a name twice', '{"a":1}\n{"a":1,"a":2}', 400, 'line 2'],
  ['a bad last line after many good ones', `${'1\n'.repeat(500)}x`, 400, 'line 501'],
  ['a line over 256 KiB', `1\n"${TOO_LONG}"`, 413, 'line 2'],
  ['lines over 5 MiB together', `${'1'.repeat(99)}\n`.repeat(LIMITS.bodyBytes / 100 + 1), 413, 'body'],
])('NDJSON of %s is refused, and no line is published', async (_, body, status, field) => {
  await expectProblem(stack, { status, field }, () => app.request(PATH, posting(body, NDJSON)));
});

test.each(['application/json', NDJSON])('a body of %s that is not UTF-8 is refused', async (type) => {
  const body = Buffer.from('{"data":"\u00fc"}', 'latin1');

  await expectProblem(stack, { status: 400, type: 'bad-body', field: 'body' }, () =>
    app.request(PATH, { method: 'POST', body, headers: { 'content-type': type } }),
  );
});

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonx',
  'application/json-seq',
  'json',
])('a body of %s is not supported', async (type) => {
  await expectProblem(stack, { status: 415, type: 'unsupported-media-type', field: 'content-type' }, () =>
    app.request(PATH, posting({ data: 1 }, type)),
  );
});

test('a body without a content type is not supported', async () => {
  const body = Buffer.from('{"data":1}');

  await expectProblem(stack, { status: 415, field: 'content-type' }, () =>
    app.request(PATH, { method: 'POST', body }),
  );
});

test.each(['gzip', 'br', 'identity, gzip', ''])(
  'a body with the content encoding %j is not supported',
  async (encoding) => {
    const { headers, ...init } = posting({ data: 1 });
    const packed = { ...init, headers: { ...headers, 'content-encoding': encoding } };
    await expectProblem(
      stack,
      { status: 415, type: 'unsupported-media-type', field: 'content-encoding' },
      () => app.request(PATH, packed),
    );
  },
);

test('a content type may have parameters and any case', async () => {
  const answer = await app.request(
    eventsPath('typed'),
    posting({ data: 1 }, 'Application/JSON; charset=UTF-8'),
  );

  expect(answer.status).toBe(201);
});

test.each(['1', '1e400', '{"a":12345678901234567}'])(
  'data with %s 10,000 deep is told to be too deep, not to be no JSON',
  async (inner) => {
    const body = `{"data":${'['.repeat(10_000)}${inner}${']'.repeat(10_000)}}`;

    const response = await expectProblem(stack, { status: 400, type: 'bad-body', field: 'data' }, () =>
      app.request(PATH, posting(body)),
    );

    expect((await problem(response)).detail).toMatch(/deep/);
  },
);

test('a name of 4 MiB is refused in a few words: an answer of that size could not be sent', async () => {
  const body = JSON.stringify({ data: 1, ['n'.repeat(4 * 1024 * 1024)]: 1 });

  const response = await expectProblem(stack, { status: 400, type: 'bad-body' }, () =>
    app.request(PATH, posting(body)),
  );

  expect((await response.text()).length).toBeLessThan(1_000);
});

test('data nested too deep is refused, and whatever is not refused can be read', async () => {
  const nested = (depth: number) => `{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const answers = async (depth: number) => app.request(eventsPath(`deep-${depth}`), posting(nested(depth)));
  let accepted = 1;
  for (let refused = 100_000; refused - accepted > 1; ) {
    const depth = Math.floor((accepted + refused) / 2);
    if ((await answers(depth)).status === 201) accepted = depth;
    else refused = depth;
  }

  const tooDeep = await answers(100_000);
  const deepest = await startProcess(stack).app.request(
    eventsPath(`deep-${accepted}`, { maxvid: 0, wait: 0 }),
  );

  expect.soft({ accepted, status: deepest.status }).toEqual({ accepted, status: 200 });
  expect.soft(await problem(tooDeep)).toMatchObject({ status: 400, field: 'data' });
});

/** Keys over HTTP: named in a body or for each line, by the functions' router and by the hub's fast path alike. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { eventsPath, over, poll, posting, problem, type Served } from '../support/http/http.ts';
import { grant, SECRET } from '../support/http/token-table.ts';
import { testHub } from '../support/stack/hub.ts';
import { startProcess } from '../support/stack/process.ts';

const NDJSON = 'application/x-ndjson';

let stack: LocalStack;
let hub: Hub;
const served: Record<string, Served> = {};
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { secret: SECRET });
  const token = await grant(['*'], ['*']);
  served.hub = over(`http://127.0.0.1:${hub.port}`, token);
  served.functions = startProcess(stack).app;
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

describe.each(['functions', 'hub'])('on %s', (name) => {
  const channel = (what: string) => `${name}-${what}`;
  const app = () => served[name] ?? over('');
  const keysOf = async (of: string) =>
    (await poll(app(), of, { maxvid: 0, wait: 0 })).events.map(({ key, data }) => [key, data]);

  test('an event has the key that its body names, also when a doorbell brings it', async () => {
    const doors = channel('body');
    const waiting = poll(app(), doors, { maxvid: 0 });

    await app().request(eventsPath(doors), posting([{ key: 'door-3', data: 1 }, { data: 2 }]));

    expect((await waiting).events.map(({ key }) => key)).toEqual(['door-3', undefined]);
    expect(await keysOf(doors)).toEqual([
      ['door-3', 1],
      [undefined, 2],
    ]);
  });

  test.each([
    ['a header with a pointer', {}, { 'doorbell-key': '/at/door' }],
    ['a parameter with the name of a member', { keyFrom: 'door/s~' }, {}],
  ])('lines have the key that %s points to', async (what, query, headers) => {
    const doors = channel(what.replaceAll(' ', '-'));
    const line = { at: { door: 'a' }, 'door/s~': 'a' };
    const init = posting(`${JSON.stringify(line)}\n`, NDJSON);

    const response = await app().request(eventsPath(doors, query), {
      ...init,
      headers: { ...init.headers, ...headers },
    });

    expect(response.status).toBe(201);
    expect(await keysOf(doors)).toEqual([['a', line]]);
  });

  test.each([
    ['a pointer that is none', '{"a":1}', NDJSON, {}, 'a', 'bad-parameter', 'doorbell-key'],
    ['an empty member', '{"a":1}', NDJSON, { keyFrom: '' }, undefined, 'bad-parameter', 'keyFrom'],
    ['both ways at once', '{"a":1}', NDJSON, { keyFrom: 'a' }, '/a', 'bad-parameter', 'doorbell-key'],
    ['a pointer for JSON', '{"data":1}', 'application/json', {}, '/a', 'bad-parameter', 'doorbell-key'],
    ['a line without its key', '{"a":1}\n{"b":1}', NDJSON, {}, '/a', 'bad-body', 'line 2'],
  ])('%s is refused, and nothing is published', async (what, body, type, query, pointer, code, field) => {
    const doors = channel(`refused-${what.replaceAll(' ', '-')}`);
    const init = posting(body, type);
    const headers = { ...init.headers, ...(pointer === undefined ? {} : { 'doorbell-key': pointer }) };

    const response = await app().request(eventsPath(doors, query), { ...init, headers });

    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ type: `urn:doorbell:problem:${code}`, field });
    expect(await keysOf(doors)).toEqual([]);
  });
});

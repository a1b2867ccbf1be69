/** Lines that have their keys in their data: the request says where. */

import { expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { publishRoutes } from '../../../lib/http/v1/publish.ts';
import { eventsPath, posting, problem } from '../../support/http/http.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { eventsIn, memoryProcess, memoryWorld } from '../../support/memory/world.ts';

const NDJSON = 'application/x-ndjson';

function setUp() {
  const world = memoryWorld();
  const { publish, logger } = memoryProcess(world);
  const { clock, random } = world;
  const app = createApp({ logger, random }, everyone, [publishRoutes({ ...publish, clock, random })]);
  const send = (
    body: string,
    { key, keyFrom, type = NDJSON }: { key?: string; keyFrom?: string; type?: string },
  ) => {
    const { headers, ...post } = posting(body, type);
    const more = key === undefined ? {} : { 'doorbell-key': key };
    const path = eventsPath('doors', keyFrom === undefined ? {} : { keyFrom });
    return app.request(path, { ...post, headers: { ...headers, ...more } as Record<string, string> });
  };
  return { send, keys: () => eventsIn(world, 'doors').map(({ key }) => key) };
}

test.each([
  { what: 'a pointer in Doorbell-Key', asked: { key: '/door/no' }, line: { door: { no: 3 } }, key: '3' },
  { what: 'a member in keyFrom', asked: { keyFrom: 'doorno' }, line: { doorno: 'a' }, key: 'a' },
  {
    what: 'a member with a slash and a tilde in keyFrom',
    asked: { keyFrom: 'a/b~c' },
    line: { 'a/b~c': 'x' },
    key: 'x',
  },
  { what: 'nothing', asked: {}, line: { doorno: 'a' }, key: undefined },
])('with $what, the key of a line is $key', async ({ asked, line, key }) => {
  const { send, keys } = setUp();

  expect((await send(`${JSON.stringify(line)}\n`, asked)).status).toBe(201);
  expect(keys()).toEqual([key]);
});

test.each([['12345678901234567890'], ['-9007199254740993'], ['1e400']])(
  'a line whose key is the number %s is refused: as a key it could be another one',
  async (number) => {
    const { send, keys } = setUp();

    const response = await send(`{"n":${number}}\n`, { key: '/n' });

    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({
      type: 'urn:doorbell:problem:bad-body',
      detail: expect.stringContaining('larger ones as text'),
    });
    expect(keys()).toEqual([]);
  },
);

test.each([
  {
    what: 'both at once',
    asked: { key: '/a', keyFrom: 'a' },
    field: 'doorbell-key',
    says: 'send one of them',
  },
  {
    what: 'a Doorbell-Key for JSON',
    asked: { key: '/a', type: 'application/json' },
    field: 'doorbell-key',
    says: NDJSON,
  },
  {
    what: 'a keyFrom for JSON',
    asked: { keyFrom: 'a', type: 'application/json' },
    field: 'keyFrom',
    says: NDJSON,
  },
  {
    what: 'a Doorbell-Key that is no pointer',
    asked: { key: 'a' },
    field: 'doorbell-key',
    says: 'JSON pointer',
  },
])('$what is refused for $field, and nothing is published', async ({ asked, field, says }) => {
  const { send, keys } = setUp();

  const response = await send('{"data":1,"a":"b"}', asked);

  expect(response.status).toBe(400);
  expect(await problem(response)).toMatchObject({ field, detail: expect.stringContaining(says) });
  expect(keys()).toEqual([]);
});

/** Promised events over HTTP and from the queue, on functions, on a hub, on a file and in memory: `expect`, the ticks, and who may read what they tell. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { tickPorts } from '../../lib/compose/ticks.ts';
import { tick } from '../../lib/expectations/tick.ts';
import type { Alarm } from '../../lib/protocol/doorbell.ts';
import { ingest } from '../../lib/publish/ingest.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { startMemory } from '../../packages/testing/src/memory/start-memory.ts';
import { eventsPath, over, poll, posting, problem, type Served } from '../support/http/http.ts';
import { grant, SECRET } from '../support/http/token-table.ts';
import { testHub } from '../support/stack/hub.ts';
import { environmentOf, freshClients, startProcess, type TestProcess } from '../support/stack/process.ts';

const NDJSON = 'application/x-ndjson';
const MINUTE_MS = 60_000;

let stack: LocalStack;
let hub: Hub;
let functions: TestProcess;
const served: Record<string, Served> = {};
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { secret: SECRET });
  served.hub = over(`http://127.0.0.1:${hub.port}`, await grant(['*'], ['*']));
  functions = startProcess(stack);
  served.functions = functions.app;
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

/** A tick of the sweep, so many minutes from now. */
async function tickIn(minutes: number) {
  const { common } = functions;
  const clock = { ...common.clock, now: () => common.clock.now() + minutes * MINUTE_MS };
  const ports = tickPorts(environmentOf(stack), { ...common, clock }, freshClients(stack));
  return tick(ports, Number.POSITIVE_INFINITY);
}

async function told(app: Served, channel: string): Promise<readonly string[]> {
  const { events } = await poll(app, `alarms.${channel}`, { maxvid: 0, wait: 0 });
  return events.map(({ key, data }) => `${(data as Alarm).status} ${key} ${(data as Alarm).vid}`);
}

describe.each(['functions', 'hub'])('on %s', (name) => {
  const app = () => served[name] ?? over('');
  const channel = (what: string) => `${name}-${what}`;

  test('an event says what it promises, and its readers are told', async () => {
    const jobs = channel('said');
    const waiting = poll(app(), jobs, { maxvid: 0 });
    await app().request(eventsPath(jobs), posting([{ key: 'a', expect: 'PT15M', data: 1 }, { data: 2 }]));

    expect((await waiting).events.map((one) => one.expect)).toEqual(['PT15M', undefined]);
    const { events } = await poll(app(), jobs, { maxvid: 0, wait: 0 });
    expect(events.map(({ key, expect: promised, data }) => [key, promised, data])).toEqual([
      ['a', 'PT15M', 1],
      [undefined, undefined, 2],
    ]);
  });

  test.each([
    ['a header', {}, { 'doorbell-expect': 'PT5M' }],
    ['a parameter', { expect: 'PT5M' }, {}],
  ])('lines promise what %s says', async (what, query, headers) => {
    const jobs = channel(`lines-${what.replaceAll(' ', '-')}`);
    const init = posting('1\n2\n', NDJSON);
    const response = await app().request(eventsPath(jobs, query), {
      ...init,
      headers: { ...init.headers, ...headers },
    });

    expect(response.status).toBe(201);
    const { events } = await poll(app(), jobs, { maxvid: 0, wait: 0 });
    expect(events.map((one) => one.expect)).toEqual(['PT5M', 'PT5M']);
  });

  test.each([
    ['too short', { expect: 'PT59S', data: 1 }, 'expect'],
    ['too long', { expect: 'P32D', data: 1 }, 'expect'],
    ['of no fixed length', { expect: 'P1M', data: 1 }, 'expect'],
    ['a number', { expect: 900, data: 1 }, 'expect'],
    ['of the key of whole channels', { expect: 'PT5M', key: '*', data: 1 }, 'expect'],
    ['the second of an array', [{ data: 1 }, { expect: 'soon', data: 1 }], '[1].expect'],
  ])('a promise that is %s is refused, and nothing is published', async (what, body, field) => {
    const jobs = channel(`bad-${what.replaceAll(' ', '-')}`);
    const refused = await problem(await app().request(eventsPath(jobs), posting(body)));

    expect(refused).toMatchObject({ status: 400, type: 'urn:doorbell:problem:bad-body', field });
    expect((await app().request(`/v1/channels/${jobs}`)).status).toBe(404);
  });

  test.each([
    ['both ways at once', NDJSON, { expect: 'PT5M' }, 'PT5M', 'doorbell-expect'],
    ['a header for JSON', 'application/json', {}, 'PT5M', 'doorbell-expect'],
    ['a parameter for JSON', 'application/json', { expect: 'PT5M' }, undefined, 'expect'],
    ['a header that is no duration', NDJSON, {}, '5 minutes', 'doorbell-expect'],
    ['an empty parameter', NDJSON, { expect: '' }, undefined, 'expect'],
  ])('%s is refused', async (_, type, query, header, field) => {
    const init = posting(type === NDJSON ? '1\n' : { data: 1 }, type);
    const headers = { ...init.headers, ...(header === undefined ? {} : { 'doorbell-expect': header }) };
    const refused = await problem(
      await app().request(eventsPath(channel('refused'), query), { ...init, headers }),
    );

    expect(refused).toMatchObject({ status: 400, type: 'urn:doorbell:problem:bad-parameter', field });
  });

  test.each([
    ['whose alarms could have no name', 'x'.repeat(122)],
    ['of alarms', 'alarms.jobs'],
  ])('nothing is promised on a channel %s', async (_, jobs) => {
    for (const init of [posting({ expect: 'PT5M', data: 1 }), posting('1\n', NDJSON)]) {
      const query = init.headers && JSON.stringify(init.headers).includes('ndjson') ? { expect: 'PT5M' } : {};
      const refused = await problem(await app().request(eventsPath(jobs, query), init));
      expect(refused).toMatchObject({ status: 400, type: 'urn:doorbell:problem:bad-body', field: 'expect' });
    }
  });

  test('what does not come is told once, and once that it has come', async () => {
    const jobs = channel('late');
    await app().request(
      eventsPath(jobs),
      posting([
        { key: 'a', expect: 'PT5M', data: 1 },
        { expect: 'PT1H', data: 2 },
      ]),
    );
    await tickIn(3);
    expect(await told(app(), jobs)).toEqual([]);

    await Promise.all([tickIn(7), tickIn(7)]);
    await tickIn(8);
    expect(await told(app(), jobs)).toEqual(['overdue a 1']);
    const state = (await (await app().request(`/v1/channels/alarms.${jobs}/state`)).json()) as {
      entries: ReadonlyArray<{ key: string; data: Alarm }>;
    };
    if (name === 'functions')
      expect(state.entries).toMatchObject([{ key: 'a', data: { status: 'overdue', channel: jobs } }]);

    await app().request(eventsPath(jobs), posting({ key: 'a', data: 3 }));
    await tickIn(9);
    await tickIn(10);
    expect(await told(app(), jobs)).toEqual(['overdue a 1', 'recovered a 1']);
  });
});

test('a message of the queue promises as a request does, and one that cannot is put aside alone', async () => {
  const long = 'y'.repeat(122);
  const message = (group: string, body: object) => ({
    id: `m-${group}`,
    group,
    body: JSON.stringify({ channel: group, ...body }),
  });
  const failed = await ingest(functions.ingest, [
    message('queued', { expect: 'PT2M', data: 1 }),
    message(long, { expect: 'PT2M', data: 1 }),
    { ...message(long, { data: 2 }), id: 'm-good' },
  ]);

  expect([...failed]).toEqual([]);
  expect((await poll(functions.app, long, { maxvid: 0, wait: 0 })).events.map(({ data }) => data)).toEqual([
    2,
  ]);
  await tickIn(40);
  expect(await told(functions.app, 'queued')).toEqual(['overdue * 1']);
});

test('a token reads the alarms about the keys that it may read, and a publisher writes no others', async () => {
  const app = served.hub ?? over('');
  await app.request(eventsPath('site'), posting(['a', 'b'].map((key) => ({ key, expect: 'PT5M', data: 1 }))));
  await tickIn(8);
  const base = `http://127.0.0.1:${hub.port}`;
  const narrow = over(base, await grant(['alarms.site#a'], ['site#a']));
  const { events } = await poll(narrow, 'alarms.site', { maxvid: 0, wait: 0 });
  expect(events.map(({ key }) => key)).toEqual(['a']);

  const refused = async (path: string, init: RequestInit) => (await narrow.request(path, init)).status;
  expect(await refused(eventsPath('site'), posting({ key: 'b', expect: 'PT5M', data: 1 }))).toBe(403);
  expect(await refused(eventsPath('site'), posting({ expect: 'PT5M', data: 1 }))).toBe(403);
  expect(await refused(eventsPath('alarms.site'), posting({ key: 'a', data: 1 }))).toBe(403);
  const reader = over(base, await grant(['site'], []));
  expect((await reader.request('/v1/channels/alarms.site/events?wait=0')).status).toBe(403);
});

test('in memory, time that a test lets pass brings the alarm, and a poll that waits is told', async () => {
  const doorbell = await startMemory();
  try {
    const app = over(doorbell.url, await doorbell.token({}));
    await app.request(eventsPath('jobs'), posting({ expect: 'PT5M', data: 1 }));
    await doorbell.clock?.advance(4 * MINUTE_MS);
    expect(await told(app, 'jobs')).toEqual([]);
    await doorbell.clock?.advance(4 * MINUTE_MS);
    expect(await told(app, 'jobs')).toEqual(['overdue * 1']);

    await app.request(eventsPath('jobs'), posting({ data: 2 }));
    await doorbell.clock?.advance(2 * MINUTE_MS);
    expect(await told(app, 'jobs')).toEqual(['overdue * 1', 'recovered * 1']);
  } finally {
    await doorbell.stop();
  }
});

/** What producers hand in comes out as it was, where the answer says. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  dataOf,
  eventsPath,
  eventsUpTo,
  numbered,
  poll,
  publish,
  publishLines,
  range,
  vids,
} from '../support/http/http.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const BLOCK_BYTES = 256 * 1024;
/** As JSON a string is two quotes longer. */
const textOf = (bytes: number) => 'x'.repeat(bytes - 2);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('a single event gets the next vid', async () => {
  const { app } = startProcess(stack);
  await publish(app, 'single', { data: 'first' });

  const answer = await publish(app, 'single', { data: 'second' });

  expect(answer).toEqual({ first: 2, last: 2, count: 1, duplicates: 0 });
});

test('an array gets consecutive vids, also while others publish', async () => {
  const processes = range(1, 4).map(() => startProcess(stack).app);
  const publishers = range(1, 5).flatMap(() => processes);

  const answers = await Promise.all(
    publishers.map((app, i) => publish(app, 'arrays', numbered(i * 10, i * 10 + 9))),
  );

  expect(answers.map(({ first, last }) => last - first)).toEqual(answers.map(() => 9));
  const events = await eventsUpTo(startProcess(stack).app, 'arrays', 200);
  expect(vids(events)).toEqual(range(1, 200));
  for (const [i, { first }] of answers.entries()) {
    expect(dataOf(events.slice(first - 1, first + 9))).toEqual(range(i * 10, i * 10 + 9));
  }
});

test('10,000 lines of NDJSON are published completely and in order', async () => {
  const { app } = startProcess(stack);
  const lines = range(1, 10_000).map((line) => JSON.stringify({ line, text: `entry ${line}` }));

  const answer = await publishLines(app, 'lines', lines);

  expect(answer).toEqual({ first: 1, last: 10_000, count: 10_000, duplicates: 0 });
  const events = await eventsUpTo(startProcess(stack).app, 'lines', 10_000, { maxvid: 0, limit: 1_000 });
  expect(vids(events)).toEqual(range(1, 10_000));
  expect(dataOf(events).map((data) => JSON.stringify(data))).toEqual(lines);
});

test('readers see the first blocks of a long body before its last', async () => {
  const publisher = startProcess(stack).app;
  const publishing = publishLines(publisher, 'flowing', range(1, 5_000).map(String));

  const early = await poll(startProcess(stack).app, 'flowing', { maxvid: 0, limit: 100 });
  const { head } = (await (await publisher.request('/v1/channels/flowing')).json()) as { head: number };

  expect(vids(early.events)).toEqual(range(1, 100));
  expect(head).toBeLessThan(5_000);
  expect(await publishing).toMatchObject({ last: 5_000 });
});

test('lines may end in CR LF, be empty, and lack a last line break', async () => {
  const { app } = startProcess(stack);

  await publishLines(app, 'line-ends', ['"one"\r', '', '  ', '"two"\r', '"three"']);

  expect(dataOf(await eventsUpTo(app, 'line-ends', 3))).toEqual(['one', 'two', 'three']);
});

test('an event of exactly 256 KiB is delivered whole', async () => {
  const { app } = startProcess(stack);
  const data = textOf(BLOCK_BYTES);

  await publish(app, 'edge', { data });

  expect(dataOf(await eventsUpTo(startProcess(stack).app, 'edge', 1))).toEqual([data]);
});

test('an array of exactly 256 KiB and 100 events is one block', async () => {
  const { app } = startProcess(stack);
  const bytes = BLOCK_BYTES / 100;
  const rest = BLOCK_BYTES - 99 * Math.floor(bytes);
  const events = [...Array(99).fill({ data: textOf(Math.floor(bytes)) }), { data: textOf(rest) }];

  const answer = await publish(app, 'edge-array', events);

  expect(answer).toEqual({ first: 1, last: 100, count: 100, duplicates: 0 });
  expect(await eventsUpTo(startProcess(stack).app, 'edge-array', 100)).toHaveLength(100);
});

test('256 KiB are counted in UTF-8', async () => {
  const { app } = startProcess(stack);
  const data = 'ü'.repeat(BLOCK_BYTES / 2 - 1);

  await publish(app, 'edge-utf8', { data });

  expect(dataOf(await eventsUpTo(app, 'edge-utf8', 1))).toEqual([data]);
});

test.each([
  ['null', null],
  ['zero', 0],
  ['false', false],
  ['an empty string', ''],
  ['an empty object', {}],
  ['an empty array', []],
  ['a small number', -1.5e-300],
  ['emoji and other planes', { '👋🏽': ['日本語', 'ñ', '\u{10ffff}'] }],
  ['control characters and line separators', '\u0000\u001f\u2028\u2029\\"\n'],
  ['half a surrogate pair', '\ud83d'],
  ['names of object methods', JSON.parse('{"__proto__":1,"constructor":2,"toString":3}') as unknown],
])('data may be %s', async (name, data) => {
  const { app } = startProcess(stack);
  const channel = `data-${name.replaceAll(' ', '-')}`;

  await publish(app, channel, { data });

  const [event] = await eventsUpTo(startProcess(stack).app, channel, 1);
  expect(JSON.stringify(event?.data)).toBe(JSON.stringify(data));
});

test('an event keeps its id, and gets one where it has none', async () => {
  const { app } = startProcess(stack);
  const id = `${'ü'.repeat(126)}👋`;

  await publish(app, 'ids', [{ id, data: 1 }, { data: 2 }]);

  const [named, other] = await eventsUpTo(app, 'ids', 2);
  expect(named?.id).toBe(id);
  expect(other?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(Date.parse(named?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
});

test.each(['1e400', '12345678901234567890', '{"id":9007199254740993,"at":[1e-400]}'])(
  'numbers that JavaScript cannot hold come out as they went in: %s',
  async (json) => {
    const { app } = startProcess(stack);
    const channel = `numbers-${randomUUID()}`;
    await publish(app, channel, `{"data":${json}}`);
    await publishLines(app, channel, [json]);
    const held = startProcess(stack).app.request(eventsPath(channel, { maxvid: 2 }));
    await publish(app, channel, `{"data":${json}}`);

    const read = await startProcess(stack).app.request(eventsPath(channel, { maxvid: 0 }));
    const told = `"data":${json}}`;
    expect((await read.text()).split(told)).toHaveLength(4);
    expect((await (await held).text()).split(told)).toHaveLength(2);
  },
);

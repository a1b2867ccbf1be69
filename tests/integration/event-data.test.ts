/**
 * Event data is data: whatever JSON a producer hands in, by HTTP, by NDJSON or by the ingest queue, its readers get the same text, from the log and
 * from a doorbell alike; or it is refused with the name of what is wrong. Readers of other channels notice nothing.
 */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ingest } from '../../lib/publish/ingest.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { eventsPath, poll, posting, problem, publish } from '../support/http/http.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { armsOn } from '../support/stack/tables.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const KIB = 1024;
const NDJSON = 'application/x-ndjson';

/** JSON text as JavaScript writes it. */
const TAKEN: Readonly<Record<string, string>> = {
  'a script': '"<script>alert(1)</script><!--]]>&lt;"',
  'a member named __proto__': '{"__proto__":{"admin":true},"a":{"__proto__":null}}',
  'a member named constructor':
    '{"constructor":{"prototype":{"admin":true}},"toString":1,"hasOwnProperty":2}',
  'members named as an event has them': '{"vid":9,"id":"x","at":"y","data":{"data":1},"events":[]}',
  'lone surrogates, escaped': '["\\ud800","\\udc00 \\udbff","\\udc00\\ud800"]',
  'a lone surrogate as a name': '{"\\ud800":1}',
  'characters outside of the basic plane': '"👋🏽 🏳️‍🌈 𝕏 \u{10ffff}"',
  'a number beyond every double': '[1e400,-1E+999,1e-400]',
  'integers of 64 bits': '[18446744073709551615,-9223372036854775808,9007199254740993]',
  'NUL and other control characters': '"\\u0000\\u0001\\b\\t\\n\\f\\r\\u001b[31m\\u001f\u007f\u009b"',
  'overrides of the writing direction': '"\u202egnp.exe\u2066\u2069\u200f"',
  'line separators': '"\u2028\u2029\u0085"',
  'U+FFFE, U+FFFF and a byte order mark': '"\ufffe\uffff\ufeff"',
  'empty names': '{"":{"":""}}',
  'a log line': '"\\n{\\"level\\":\\"ERROR\\",\\"message\\":\\"forged\\"}"',
  'what ends a frame elsewhere': '"\\r\\n\\r\\n0\\r\\n\\r\\ndata: x\\n\\n"',
  'arrays and objects 100 deep': `${'[{"a":'.repeat(50)}1${'}]'.repeat(50)}`,
  'a string of 256 KiB': `"${'x'.repeat(256 * KIB - 2)}"`,
  'a string of 256 KiB in UTF-8': `"${'\uffff'.repeat((256 * KIB - 2) / 3)}"`,
  'a string that nearly fills a doorbell': `"${'\uffff'.repeat(10_000)}"`,
};

/** What is wrong, and where: as the body's `data`, and as a line. */
const REFUSED: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
  'arrays 10,000 deep': [
    '['.repeat(10_000) + ']'.repeat(10_000),
    /must not hold arrays and objects more than/,
  ],
  'objects 10,000 deep': [`${'{"a":'.repeat(10_000)}1e400${'}'.repeat(10_000)}`, /more than 100 deep/],
  'a name said twice': ['{"a":1,"b":{"c":1,"c":2}}', /must not say a name twice/],
  'a name said twice, once escaped': ['{"a":1,"\\u0061":2}', /must not say a name twice/],
  '__proto__ said twice': ['[{"__proto__":1,"__proto__":2}]', /must not say a name twice/],
  NaN: ['NaN', /not JSON/],
  'a string with a raw carriage return': ['"a\rb"', /not JSON/],
  'a string with a raw NUL': ['"\u0000"', /not JSON/],
  'a string of 256 KiB and a byte': [`"${'x'.repeat(256 * KIB - 1)}"`, /must be at most 262144 bytes/],
};

let stack: LocalStack;
let writer: TestProcess;
let reader: TestProcess;
beforeAll(async () => {
  stack = await startLocalStack();
  writer = startProcess(stack);
  reader = startProcess(stack);
  await publish(writer.app, 'other', { data: 'untouched' });
});
afterAll(() => stack.stop());

/** Hands the data in; answers with why it was refused, or undefined. */
type HandIn = (channel: string, data: string) => Promise<string | undefined>;

const WAYS: Readonly<Record<string, HandIn>> = {
  'an HTTP body': (channel, data) => post(channel, posting(`{"data":${data}}`)),
  'an array': (channel, data) => post(channel, posting(`[{"data":${data}}]`)),
  'a line of NDJSON': (channel, data) => post(channel, posting(data, NDJSON)),
  'a message': (channel, data) => send(`{"channel":"${channel}","data":${data}}`, channel),
  'a message of several': (channel, data) =>
    send(`{"channel":"${channel}","events":[{"data":${data}}]}`, channel),
};

async function post(channel: string, init: RequestInit): Promise<string | undefined> {
  const response = await writer.app.request(eventsPath(channel), init);
  if (response.status === 201) return undefined;
  const { status, field, detail } = await problem(response);
  expect(status === 400 || status === 413).toBe(true);
  expect(field).toMatch(/^(?:body|data|line 1|\[0\]\.data)$/);
  return detail;
}

async function send(body: string, channel: string): Promise<string | undefined> {
  const reasons: string[] = [];
  const deadLetters = { moveToDlq: async (_: unknown, why: string) => void reasons.push(why) };
  const failed = await ingest({ ...writer.ingest, deadLetters }, [{ id: channel, group: channel, body }]);
  expect([...failed]).toEqual([]);
  return reasons[0];
}

let channels = 0;
function newChannel(): string {
  channels++;
  return `data-${channels}`;
}

/** The event's data, as text, in an answer that holds one event. */
async function dataIn(answer: Promise<Response> | Response): Promise<string | undefined> {
  const text = await (await answer).text();
  return /"events":\[\{"vid":1,"id":"[^"]+","at":"[^"]+","data":(.*)\}\],"maxvid":1,"missed":0\}$/s.exec(
    text,
  )?.[1];
}

describe.each(Object.keys(WAYS))('by %s', (way) => {
  const handIn: HandIn = (channel, data) => WAYS[way]?.(channel, data) ?? Promise.reject(new Error(way));

  test.each(Object.entries(TAKEN))('%s reaches every reader as it is', async (_, data) => {
    const channel = newChannel();
    const held = reader.app.request(eventsPath(channel, { maxvid: 0 }));
    await vi.waitUntil(async () => (await armsOn(stack, channel)) === 1, { timeout: WAIT_MS, interval: 5 });

    expect(await handIn(channel, data)).toBeUndefined();

    // Compared first: a difference in 256 KiB is nothing that anybody could read.
    expect((await dataIn(held)) === data).toBe(true);
    const later = writer.app.request(eventsPath(channel, { maxvid: 0, wait: 0 }));
    expect((await dataIn(later)) === data).toBe(true);
  });

  test.each(Object.entries(REFUSED))('%s is refused', async (_, [data, why]) => {
    const channel = newChannel();

    expect(await handIn(channel, data)).toMatch(why);

    expect((await poll(writer.app, channel, { maxvid: 0, wait: 0 })).maxvid).toBe(0);
  });
});

test('readers of other channels have noticed nothing, and nothing became part of every object', async () => {
  const { events, maxvid } = await poll(reader.app, 'other', { maxvid: 0, wait: 0 });

  expect([events.map(({ data }) => data), maxvid]).toEqual([['untouched'], 1]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect('admin' in {}).toBe(false);
  expect([...writer.logged, ...reader.logged].filter(({ level }) => level === 'error')).toEqual([]);
});

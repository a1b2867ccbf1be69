/**
 * `node local/run.mjs bench/state.ts`: what it takes to know 1,000 keys, by the state and by replaying; and what a reader of one key gets and asks with the filter and without. Over
 * HTTP on a hub of its own, and in DynamoDB's calls in memory. Prints the tables of docs/evidence/state.md.
 */

import { parseArgs } from 'node:util';
import { TRUSTED } from '../lib/auth/caller.ts';
import type { PollAnswer, StateAnswer } from '../lib/protocol/doorbell.ts';
import { foldChannel } from '../lib/state/fold-channel.ts';
import { readState } from '../lib/state/read-state.ts';
import { BilledWorld, keyedFrom } from './cost/billed-world.ts';
import { type Offline, startOffline } from './offline.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '1000000' } } });
const EVENTS = Number(values.events);
const KEYS = 1_000;
/** Of one request: some 2 MB. */
const LINES = 20_000;
/** Events of the log in memory, where each is a call or two. */
const METERED_EVENTS = 1_000_000;
const EVENT_BYTES = 100;
/** What a reader of one key meets: so many events, of which so many are of its key. */
const PUBLISHES = 2_000;
const ROUNDS = 5;

interface Cost {
  readonly calls: number;
  readonly bytes: number;
  readonly ms: number;
}

const hub = await startOffline('local/hub.mjs');
try {
  const filledMs = await fill(hub, 'sensors');
  console.log(`filled ${EVENTS} events of ${KEYS} keys in ${Math.round(filledMs / 1000)} s\n`);
  const opened = await median(() => openByState(hub, 'sensors'));
  const replayed = await openByReplay(hub, 'sensors');
  console.log(table('state', 'replay', opened, replayed));
  const narrow = await follow(hub, 'narrow', `&key=${keyOf(7)}`);
  const whole = await follow(hub, 'whole', '');
  console.log(table('with the filter', 'without', narrow, whole));
} finally {
  await hub.stop();
}
console.log(await metered());

function keyOf(n: number): string {
  return `sensor-${String(n).padStart(4, '0')}`;
}

async function fill({ url, token }: Offline, channel: string): Promise<number> {
  const started = performance.now();
  for (let first = 0; first < EVENTS; first += LINES) {
    const count = Math.min(LINES, EVENTS - first);
    const lines = Array.from({ length: count }, (_, i) => {
      const n = first + i;
      return JSON.stringify({
        sensor: keyOf(n % KEYS),
        value: n,
        unit: '°C',
        state: 'ok',
        place: 'hall 3, row 12',
      });
    });
    const response = await fetch(`${url}/v1/channels/${channel}/events?keyFrom=sensor`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    if (response.status !== 201) throw new Error(`publish: ${response.status} ${await response.text()}`);
  }
  return performance.now() - started;
}

async function get<T>(
  { url, token }: Offline,
  path: string,
): Promise<{ readonly value: T; readonly bytes: number }> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return { value: JSON.parse(text) as T, bytes: Buffer.byteLength(text) };
}

async function openByState(server: Offline, channel: string): Promise<Cost> {
  const started = performance.now();
  const seen = new Map<string, unknown>();
  let [calls, bytes] = [0, 0];
  for (let after: string | null = ''; after !== null; calls++) {
    const query: string = after === '' ? '' : `?after=${encodeURIComponent(after)}`;
    const page: { readonly value: StateAnswer; readonly bytes: number } = await get(
      server,
      `/v1/channels/${channel}/state${query}`,
    );
    for (const { key, data } of page.value.entries) seen.set(key, data);
    bytes += page.bytes;
    after = page.value.next;
  }
  mustBe(seen.size);
  return { calls, bytes, ms: performance.now() - started };
}

async function openByReplay(server: Offline, channel: string): Promise<Cost> {
  const started = performance.now();
  const seen = new Map<string, unknown>();
  let [calls, bytes, maxvid] = [0, 0, 0];
  while (maxvid < EVENTS) {
    const path = `/v1/channels/${channel}/events?maxvid=${maxvid}&limit=1000&wait=0`;
    const answer = await get<PollAnswer>(server, path);
    for (const { key, data } of answer.value.events) if (key !== undefined) seen.set(key, data);
    bytes += answer.bytes;
    maxvid = answer.value.maxvid;
    calls++;
  }
  mustBe(seen.size);
  return { calls, bytes, ms: performance.now() - started };
}

function mustBe(keys: number): void {
  if (keys !== KEYS) throw new Error(`${keys} keys, not ${KEYS}`);
}

async function median(measure: () => Promise<Cost>): Promise<Cost> {
  const all: Cost[] = [];
  for (let i = 0; i < ROUNDS; i++) all.push(await measure());
  const sorted = all.sort((a, b) => a.ms - b.ms);
  const middle = sorted[Math.floor(ROUNDS / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

/** Polls on while others are told of, one publish each, in turn of 1,000 keys. */
async function follow(server: Offline, channel: string, filter: string): Promise<Cost> {
  const { url, token } = server;
  const publish = async (n: number) => {
    const body = JSON.stringify({ key: keyOf(n % KEYS), data: { value: n, unit: '°C', state: 'ok' } });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/v1/channels/${channel}/events`, { method: 'POST', headers, body });
    if (response.status !== 201) throw new Error(`publish: ${response.status}`);
  };
  await publish(0);
  let [calls, bytes, maxvid] = [0, 0, 1];
  const started = performance.now();
  const publishing = (async () => {
    for (let n = 1; n <= PUBLISHES; n++) await publish(n);
    // Of the key that is wanted, so that the reader hears of the end.
    await publish(7);
  })();
  while (maxvid < PUBLISHES + 2) {
    const answer = await get<PollAnswer>(
      server,
      `/v1/channels/${channel}/events?maxvid=${maxvid}&limit=1000&wait=20${filter}`,
    );
    calls++;
    bytes += answer.bytes;
    maxvid = answer.value.maxvid;
  }
  await publishing;
  return { calls, bytes, ms: performance.now() - started };
}

function table(one: string, other: string, a: Cost, b: Cost): string {
  const row = (name: string, x: number, y: number) =>
    `| ${name} | ${grouped(x)} | ${grouped(y)} | ${(y / x).toFixed(1)} |`;
  return [
    `| | ${one} | ${other} | times |`,
    '| --- | ---: | ---: | ---: |',
    row('requests', a.calls, b.calls),
    row('bytes of answers', a.bytes, b.bytes),
    row('ms', Math.max(1, Math.round(a.ms)), Math.round(b.ms)),
    '',
  ].join('\n');
}

/** The same two ways on a stack's tables, in DynamoDB's calls and read units. */
async function metered(): Promise<string> {
  const world = new BilledWorld();
  const process = world.process();
  for (let first = 1; first < METERED_EVENTS; first += 100)
    await process.appender.append('c', keyedFrom(first, 100, EVENT_BYTES, KEYS), false);
  const fold = () => foldChannel({ ...process, records: process.log }, 'c', Number.POSITIVE_INFINITY);
  while ((await fold()).hasMore);
  const state = await world.bill(() => readState(process, TRUSTED, 'c', { prefix: '', after: '', keys: [] }));
  const replay = await world.bill(async () => {
    for (let after = 0; after < METERED_EVENTS; ) {
      const blocks = await process.log.read('c', after, 1_000);
      after = blocks.at(-1)?.last ?? METERED_EVENTS;
    }
  });
  const row = (name: string, x: number, y: number) =>
    `| ${name} | ${grouped(x)} | ${grouped(y)} | ${(y / x).toFixed(1)} |`;
  return [
    `| ${grouped(METERED_EVENTS)} events of ${grouped(KEYS)} keys | state | replay | times |`,
    '| --- | ---: | ---: | ---: |',
    row('calls of DynamoDB', state.calls, replay.calls),
    row('read units', state.units.readUnits, replay.units.readUnits),
  ].join('\n');
}

function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

/** `npm start` folds states as a stack does, and whoever asks over HTTP gets what is folded with what came after it: exact, also when the log has lost the folded part. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { base } from '../../lib/compose/base.ts';
import { foldPorts } from '../../lib/compose/states.ts';
import type { StateAnswer } from '../../lib/protocol/doorbell.ts';
import { foldAll } from '../../lib/state/fold-all.ts';
import { loadService } from '../../local/emulators/service.ts';
import { uninterrupted } from '../../packages/testing/src/check/stop.ts';
import { verify } from '../../packages/testing/src/check/verify.ts';
import { publish } from '../support/http/http.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { freePort, newDataDir, type Offline, offlineToken, startOffline } from '../support/stack/offline.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let offline: Offline;
let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataDir();
  offline = await startOffline(dataDir, await freePort());
});
afterAll(async () => {
  await offline?.end('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** A start folds at once, as every minute does. */
async function startAgain(): Promise<void> {
  await offline.end('SIGTERM');
  offline = await startOffline(dataDir, await freePort());
}

async function tables() {
  const text = await readFile(join(dataDir, 'endpoints.json'), 'utf8');
  const { dynamodbEndpoint } = JSON.parse(text) as { dynamodbEndpoint: string };
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ region: 'us-east-1', credentials, endpoint: dynamodbEndpoint });
  const { resources } = await loadService();
  const nameOf = (id: string) => String(resources.Resources[id]?.Properties?.TableName);
  return { client, events: nameOf('EventsTable'), states: nameOf('StatesTable') };
}

async function state(channel: string): Promise<StateAnswer> {
  const response = await offline.served.request(`/v1/channels/${channel}/state`);
  expect(response.status).toBe(200);
  return (await response.json()) as StateAnswer;
}
const brief = ({ entries }: StateAnswer) => entries.map(({ key, vid }) => `${key}=${vid}`);

/** How far the channel is folded. */
async function folded(channel: string): Promise<number> {
  const { epoch } = await state(channel);
  const { client, states } = await tables();
  const Key = { channel: { S: `${channel}#${epoch}#` }, key: { S: 'folded' } };
  const { Item } = await client.send(new GetItemCommand({ TableName: states, Key, ConsistentRead: true }));
  client.destroy();
  return Number(Item?.upTo?.N ?? 0);
}

/** The blocks of the channel are gone, as after their retention. */
async function loseLog(channel: string, upTo: number): Promise<void> {
  const { client, events } = await tables();
  for await (const { Items = [] } of paginateScan({ client }, { TableName: events })) {
    for (const { channel: of, vid, last } of Items) {
      if (of?.S !== channel || vid?.N === '0' || Number(last?.N) > upTo || !vid) continue;
      await client.send(new DeleteItemCommand({ TableName: events, Key: { channel: of, vid } }));
    }
  }
  client.destroy();
}

test('a state is what is folded, and what came since', async () => {
  await publish(offline.served, 'doors', [
    { key: 'a', data: 1 },
    { key: 'b', data: 1 },
    { key: 'c', data: 1 },
    { key: 'b', data: null },
  ]);
  await startAgain();
  await vi.waitUntil(async () => (await folded('doors')) === 4, { timeout: WAIT_MS, interval: 100 });
  await publish(offline.served, 'doors', [
    { key: 'd', data: 1 },
    { key: 'a', data: 2 },
  ]);

  expect(brief(await state('doors'))).toEqual(['a=6', 'c=3', 'd=5']);
  await loseLog('doors', 4);
  expect(brief(await state('doors'))).toEqual(['a=6', 'c=3', 'd=5']);
}, 240_000);

test('the checker finds nothing wrong with states that are folded meanwhile', async () => {
  const seed = String(Date.now() % 2 ** 31);
  const load = ['--seconds', '5', '--seed', seed, '--channels', '2', '--producers', '3', '--readers', '4'];
  const { client, events, states } = await tables();
  const common = { ...base({ METRICS: 'none' }), logger: new MemoryLogger() };
  const ports = foldPorts({ EVENTS_TABLE: events, STATES_TABLE: states }, common, { dynamo: client });
  const ended = new AbortController();
  // As two sweeps at once: that of npm start goes on, too.
  const folding = (async () => {
    while (!ended.signal.aborted) {
      await foldAll(ports, Number.POSITIVE_INFINITY, 0);
      await common.clock.sleep(50, ended.signal);
    }
  })();
  const said: string[] = [];
  const args = [...load, '--url', offline.url, '--token', await offlineToken()];
  const code = await verify(args, (text) => said.push(text), uninterrupted());
  ended.abort();
  await folding;
  const verdict = said.join('\n');

  expect(code, verdict).toBe(0);
  expect(verdict).toMatch(/states +[1-9]\d* read/);
  const marks: number[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: states }))
    for (const { channel, upTo } of Items)
      if (channel?.S?.startsWith('verify')) marks.push(Number(upTo?.N ?? 0));
  client.destroy();
  expect(Math.max(0, ...marks), verdict).toBeGreaterThan(10);
}, 240_000);

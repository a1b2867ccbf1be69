/**
 * Every port that `npm start` and `npm run hub` listen on, asked without a token: by a program, by a web page that has made its own name
 * point at this machine (DNS rebinding), and by a web page that sends a form to an address of this machine.
 */

import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holder } from '../../local/data-dir-lock.ts';
import { listeningPorts } from '../support/stack/listening.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';

const LINUX = process.platform === 'linux';
if (!LINUX) console.warn('SKIPPED: only Linux tells which ports a process listens on');

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const AWS = { 'content-type': 'application/x-amz-json-1.0' };
/** What would publish, where nobody asks who is there: a call of a function, SNS by a form, SQS and DynamoDB by their own protocols. */
const KNOCKS = [
  ['POST', '/2015-03-31/functions/doorbell-dev-ingest/invocations', { 'content-type': 'text/plain' }],
  ['POST', '/2014-11-13/functions/doorbell-dev-ingest/invoke-async/', { 'content-type': 'text/plain' }],
  ['POST', '/', { ...FORM }],
  ['POST', '/', { ...AWS, 'x-amz-target': 'AmazonSQS.ListQueues' }],
  ['POST', '/', { ...AWS, 'x-amz-target': 'DynamoDB_20120810.ListTables' }],
  ['GET', '/', {}],
  ['GET', '/metrics', {}],
  ['GET', '/_fauxqs/queues', {}],
] as const;
/** How a browser marks what a page of somebody else has asked for. */
const REBOUND = (port: number) => ({ host: `evil.example:${port}` });
const PAGES = [
  (port: number) => ({ host: `127.0.0.1:${port}`, origin: 'https://evil.example' }),
  (port: number) => ({ host: `127.0.0.1:${port}`, origin: 'null' }),
  (port: number) => ({ host: `127.0.0.1:${port}`, 'sec-fetch-site': 'cross-site' }),
];

function ask(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const body = method === 'POST' ? 'Action=ListTopics' : '';
    const asked = request({ port, host: '127.0.0.1', method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject).end(body);
  });
}

/** What a port that does not speak HTTP says to whoever connects. */
async function greeting(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, signal: AbortSignal.timeout(10_000) });
  return text(socket).catch(() => '');
}

/** How a port keeps strangers out. */
async function guardOf(
  { loopback, port }: { loopback: boolean; port: number },
  lock: string,
): Promise<string> {
  const status = await ask(port, 'GET', '/v1/channels', {}).catch(
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (status === 401) return 'asks for a token';
  // Not HTTP.
  if (typeof status !== 'number' && (await greeting(port)) === lock) return 'says a word and takes none';
  const statuses: number[] = [];
  for (const [method, path, headers] of KNOCKS) {
    statuses.push(await ask(port, method, path, { ...headers, ...REBOUND(port) }));
    // A page that only reads gets no answer to read: that a metrics page is drawn for a link is no harm.
    if (method === 'POST')
      for (const page of PAGES) statuses.push(await ask(port, method, path, { ...headers, ...page(port) }));
  }
  const refused = statuses.every((status) => status === 403 || status === 404);
  return loopback && refused
    ? 'refuses web pages'
    : `open: ${loopback ? '' : 'to others, '}${statuses.join(' ')}`;
}

describe.runIf(LINUX).each([
  { name: 'npm start', script: 'start', env: {} },
  { name: 'npm run hub', script: 'hub', env: {} },
  { name: 'npm run hub with its ingest queue', script: 'hub', env: { INGEST_QUEUE: 'true' } },
] as const)('$name', ({ script, env }) => {
  let dataDir: string;
  let running: Offline;
  beforeAll(async () => {
    dataDir = await newDataDir();
    running = await startOffline(dataDir, await freePort(), { script }, { ADMIN_PORT: '0', ...env });
  }, 60_000);
  afterAll(async () => {
    await running?.end('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  test('every port that it listens on asks for a token, or is open to programs of this machine alone', async () => {
    const { pid, token } = JSON.parse(await readFile(join(dataDir, 'instance.json'), 'utf8')) as Holder;
    const ports = await listeningPorts(pid);

    const guards = await Promise.all(ports.map((port) => guardOf(port, token)));

    expect(guards.filter((guard) => guard === 'asks for a token')).toHaveLength(1);
    expect(guards.filter((guard) => guard.startsWith('open'))).toEqual([]);
    expect(ports.map(({ port }) => port)).toContain(Number(new URL(running.url).port));
  });
});

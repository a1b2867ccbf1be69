/** Wherever a token stands, twice too, each way through a server gives the same answer: the functions, a hub's lane and router, streams, HTTP/2, `npm start`. */

import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { httpHandler } from '../../lib/http/lambda.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { CARRIER_ENV, CASES, type Carrying, requestOf } from '../support/http/carrier-table.ts';
import { gatewayEvent } from '../support/http/gateway-event.ts';
import { grant } from '../support/http/token-table.ts';
import { UNCOUNTED } from '../support/memory/doubles.ts';
import { testHub } from '../support/stack/hub.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';

const ORIGIN = 'https://dashboards.example';

let stack: LocalStack;
let hub: Hub;
let server: TestProcess;
beforeAll(async () => {
  stack = await startLocalStack();
  server = startProcess(stack, { env: CARRIER_ENV });
  const env = { ...CARRIER_ENV, CORS_ORIGINS: ORIGIN };
  hub = await testHub(stack, { secret: CARRIER_ENV.DOORBELL_SECRET, settings: { h2cPort: 0 }, env });
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

/** 200 for every success, or the code of the problem. */
const told = (status: number, body: string) =>
  status < 300 ? '200' : (/urn:doorbell:problem:([\w-]+)/.exec(body)?.[1] ?? `${status} ${body}`);

/** As API Gateway hands them over: headers that stand twice joined, cookies one by one. */
async function asFunction({ method, path, headers, body }: Carrying): Promise<string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) joined[name] = name in joined ? `${joined[name]},${value}` : value;
  const event = gatewayEvent({ method, path, init: body === undefined ? {} : { body } }, joined);
  const handler = httpHandler(server.app, { meter: UNCOUNTED });
  const answer = (await handler(event as LambdaEvent, {} as LambdaContext)) as {
    statusCode: number;
    body: string;
  };
  return told(answer.statusCode, answer.body);
}

/** Byte for byte, over HTTP/1.1. A stream is left once it has begun. */
async function overSocket(
  port: number,
  { method, path, headers, body }: Carrying,
  more: string[] = [],
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...more];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
  let text = '';
  socket.on('data', (piece) => {
    text += piece.toString();
    if (/^HTTP\/1\.1 200 .*text\/event-stream/s.test(text)) socket.destroy();
  });
  await once(socket, 'close');
  return told(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text);
}

async function overH2c({ method, path, headers, body }: Carrying): Promise<string> {
  // Or this client would not send two.
  const lenient: object = { strictSingleValueFields: false };
  const session = connectHttp2(`http://127.0.0.1:${hub.h2cPort}`, lenient);
  const all: Record<string, string[]> = {};
  for (const [name, value] of headers) all[name] = [...(all[name] ?? []), value];
  const stream = session.request({ ':method': method, ':path': path, ...all });
  stream.end(body);
  const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
  const text = (await stream.setEncoding('utf8').toArray()).join('');
  session.close();
  return told(Number(answer[':status']), text);
}

const WAYS: ReadonlyArray<readonly [way: string, ask: (request: Carrying) => Promise<string>]> = [
  ['a function', asFunction],
  ["a hub's lane", (request) => overSocket(hub.port, request)],
  ["a hub's router", (request) => overSocket(hub.port, request, [`Origin: ${ORIGIN}`])],
  ["a hub's stream", (request) => overSocket(hub.port, request, ['Accept: text/event-stream'])],
  ['a hub over HTTP/2', overH2c],
];

describe.each(CASES)('a request that carries $what', (one) => {
  test.each(WAYS)(`gets of %s what the table says`, async (_, ask) => {
    expect(await ask(requestOf(one))).toBe(one.answer);
  });
});

describe('npm start answers a request that carries', () => {
  let offline: Offline;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await newDataDir();
    offline = await startOffline(dataDir, await freePort(), {}, CARRIER_ENV);
    const authorization = `Bearer ${await grant(['*'], ['*'])}`;
    await offline.served.request('/v1/channels', { headers: { authorization } });
  });
  afterAll(async () => {
    await offline?.end('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  test.each(CASES)('$what as the others do', async (one) => {
    expect(await overSocket(Number(new URL(offline.url).port), requestOf(one))).toBe(one.answer);
  });
});

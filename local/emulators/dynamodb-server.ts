/**
 * DynamoDB's JSON protocol over HTTP, for clients in other processes: the functions of `npm start`, the AWS CLI, a benchmark. It looks at no
 * signature, so it serves programs of this machine and no web page.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import type { Dynamodb } from './dynamodb.ts';
import { isStranger, REFUSED } from './strangers.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
/** As DynamoDB has it for a request. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A call takes milliseconds, on a busy machine seconds. The connection of one that takes longer than this is broken off. */
const DRAIN_MS = 10_000;
/** The status while the store is down, as on a full disk. */
const DOWN = 503;
/** That it is said at all ends the appender's tries; the SDK makes its own all the same, and with 0 does not wait between them. */
const RETRY_AFTER_S = '0';

const IDLE_LOOK_MS = 10;

export interface DynamodbServer {
  readonly endpoint: string;
  /** Lets the calls under way be answered. */
  close(): Promise<void>;
}

/** Listens on a free port of `host` when it resolves. */
export async function serveDynamodb(dynamodb: Pick<Dynamodb, 'call'>, host: string): Promise<DynamodbServer> {
  const server = createServer((request, response) => void answer(dynamodb, request, response));
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://${host}:${port}`, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection that is kept alive is idle when its call has ended, and not before.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

async function answer(
  dynamodb: Pick<Dynamodb, 'call'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body } = isStranger(request.headers) ? REFUSED : await outcome(dynamodb, request);
  const json = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': CONTENT_TYPE,
    'content-length': Buffer.byteLength(json),
    'x-amzn-requestid': randomUUID(),
    ...(status === DOWN && { 'retry-after': RETRY_AFTER_S }),
  });
  response.end(json);
}

async function outcome(
  dynamodb: Pick<Dynamodb, 'call'>,
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly body: object }> {
  try {
    const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
    return { status: 200, body: await dynamodb.call(operation, await inputOf(request)) };
  } catch (error) {
    if (!(error instanceof DynamoDBServiceException))
      return { status: 400, body: { __type: 'SerializationException' } };
    const { name, message, $metadata } = error;
    return { status: $metadata.httpStatusCode ?? 500, body: { __type: name, message } };
  }
}

/** Throws when it is too long, breaks off or is no JSON object. */
async function inputOf(request: IncomingMessage): Promise<object> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new Error('too long');
    pieces.push(piece);
  }
  const input: unknown = JSON.parse(Buffer.concat(pieces).toString());
  if (typeof input !== 'object' || input === null) throw new Error('no object');
  return input;
}

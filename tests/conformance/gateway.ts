/**
 * The built functions behind a server that does what API Gateway's HTTP API does: payload format 2.0, bodies in base64 where they are not text, whole
 * answers with a length, 10 MB of body at most. On the embedded emulators.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { bundle } from '../../local/bundle/bundle.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { startLocalStack } from '../../local/emulators/stack.ts';
import { gatewayEvent } from '../support/http/gateway-event.ts';
import { environmentOf } from '../support/stack/process.ts';

/** API Gateway, "Quotas for HTTP APIs". */
const MOST_BYTES = 10 * 1024 * 1024;
/** Bodies that API Gateway hands on as they are. */
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml|.*\+json))/;

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

type Handler = (event: object, context: object) => Promise<Answer>;

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** Sets the environment of this process: the functions read it when they are loaded. */
export async function startGateway(env: Readonly<Record<string, string>>): Promise<Gateway> {
  await bundle();
  const stack = await startLocalStack();
  stack.lead(process.env);
  Object.assign(process.env, environmentOf(stack), env, { POWERTOOLS_LOG_LEVEL: 'SILENT' });
  const load = async (name: string) => {
    const url = pathToFileURL(`${SERVICE_DIR}/dist/${name}.mjs`).href;
    return ((await import(url)) as { readonly handler: Handler }).handler;
  };
  const [poll, publish, page] = await Promise.all(['poll', 'publish', 'page'].map(load));
  if (!poll || !publish || !page) throw new Error('a function was not built');
  const functionOf = ({ method = 'GET', url = '' }: IncomingMessage) => {
    if (!url.startsWith('/v1/stream/')) return page;
    if (method === 'GET' || method === 'HEAD') return poll;
    return ['PUT', 'POST', 'DELETE'].includes(method) ? publish : page;
  };
  const server = createServer((request, response) => {
    void answer(functionOf(request), request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await stack.stop();
    },
  };
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await whole(request);
    if (body.byteLength > MOST_BYTES)
      return void response.writeHead(413).end('{"message":"Request Too Long"}');
    const { statusCode, headers = {}, ...answered } = await handler(eventOf(request, body), context);
    const encoding = answered.isBase64Encoded ? 'base64' : 'utf8';
    const bytes = Buffer.from(answered.body ?? '', encoding);
    const { 'transfer-encoding': _, ...others } = headers;
    const isBodiless = statusCode === 204 || statusCode === 304;
    const length = isBodiless ? {} : { 'content-length': String(bytes.byteLength) };
    response.writeHead(statusCode, { ...others, ...length });
    response.end(request.method === 'HEAD' || isBodiless ? undefined : bytes);
  } catch {
    response
      .writeHead(500, { 'content-type': 'application/json' })
      .end('{"message":"Internal Server Error"}');
  }
}

const context = { awsRequestId: 'request' };

function eventOf(request: IncomingMessage, body: Buffer): object {
  const { method = 'GET', url = '/', headers } = request;
  const named = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const event = gatewayEvent({ method, path: url }, named);
  if (body.byteLength === 0) return event;
  if (TEXT.test(named['content-type'] ?? '') && isUtf8(body))
    return { ...event, body: body.toString('utf8') };
  return { ...event, body: body.toString('base64'), isBase64Encoded: true };
}

function isUtf8(body: Buffer): boolean {
  return Buffer.compare(Buffer.from(body.toString('utf8')), body) === 0;
}

async function whole(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

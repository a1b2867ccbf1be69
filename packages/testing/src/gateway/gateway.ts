/**
 * The one socket of a test's Doorbell: it stands between the code under test and the server, whichever that is. It hands requests on, lets the faults
 * happen that were ordered, and notes what readers were sent.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { PushError } from '../../../../lib/errors.ts';
import { problemAnswer } from '../../../../lib/http/problem.ts';
import { type Call, callOf } from './call.ts';
import type { Faults } from './faults.ts';
import { answersIn, eventsInStream, type Reads } from './reads.ts';

/** What answers: a router in this process, or a server elsewhere. */
export type Backend = (request: Request) => Promise<Response>;

export interface GatewayOptions {
  readonly backend: Backend;
  readonly faults: Faults;
  readonly reads: Reads;
  /** 0: any free one. */
  readonly port: number;
  /** With the clock of the server, where that can be told. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Answers when it resolves. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const listener = getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = env as { incoming: IncomingMessage; outgoing: ServerResponse };
      return answer(options, request, incoming, outgoing);
    },
    { overrideGlobalObjects: false },
  );
  const server = createServer((request, response) => void listener(request, response));
  server.listen(options.port, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { backend, faults, reads, sleep }: GatewayOptions,
  request: Request,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<Response> {
  const call = callOf(request);
  const end = reads.begin(call);
  outgoing.once('close', end);
  const body = incoming.method === 'GET' ? undefined : await request.arrayBuffer();
  const { url, method, headers, signal } = request;
  const asked = () => backend(new Request(url, { method, headers, signal, ...(body && { body }) }));

  const refused = faults.take(call, 'reset', 'expire', 'unavailable');
  if (refused) {
    const error = refusal(refused, call);
    return problem(error, await backend(new Request(new URL('/healthz', url), { headers })));
  }
  if (faults.take(call, 'duplicate')) await (await asked()).arrayBuffer();
  const response = await asked();
  if (call.kind === 'other') return response;

  const late = faults.take(call, 'delay');
  if (late) await sleep(late.ms, signal);
  if (faults.take(call, 'loseAnswer')) {
    await response.body?.cancel();
    outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  return call.kind === 'poll' ? noting(call, response, reads, outgoing) : response;
}

/** The same answer; what of it is written is noted. */
async function noting(
  call: Call,
  response: Response,
  reads: Reads,
  outgoing: ServerResponse,
): Promise<Response> {
  const { status, headers, body } = response;
  const [channel = ''] = call.channels;
  if (headers.get('content-type')?.startsWith('text/event-stream') && body) {
    const decoder = new TextDecoder();
    let rest = '';
    const noted = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        const found = eventsInStream(rest, decoder.decode(piece, { stream: true }));
        rest = found.rest;
        if (found.events.length > 0) reads.note(channel, call.client, found.events);
        controller.enqueue(piece);
      },
    });
    return new Response(body.pipeThrough(noted), { status, headers });
  }
  const text = await response.text();
  outgoing.once('finish', () => {
    for (const { channel, events } of answersIn(text)) reads.note(channel, call.client, events);
  });
  return new Response(text === '' ? null : text, { status, headers });
}

function refusal({ kind, ms }: { readonly kind: string; readonly ms: number }, call: Call): PushError {
  if (kind === 'expire') return new PushError('expired-token', 'The token has expired.');
  if (kind === 'unavailable')
    return new PushError('unavailable', 'A test has ordered this.', { retryAfter: ms / 1_000 });
  const [channel = ''] = call.channels;
  return new PushError('reset', `${channel} ends before the reader.`, { channel, head: 0, earliest: 1 });
}

/** With the headers by which the server lets a page of another origin see an answer. */
function problem(error: PushError, like: Response): Response {
  const { status, headers, body } = problemAnswer(error, '', {
    logger: SILENT,
    random: { fraction: () => 0, id: () => '' },
  });
  const cors = [...like.headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary');
  return new Response(body, {
    status,
    headers: { ...Object.fromEntries(cors), ...headers, 'cache-control': 'no-store' },
  });
}

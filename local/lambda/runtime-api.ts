/**
 * Lambda's Runtime API for one environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. The runtime asks for the next
 * invocation, and answers it. One invocation at a time; what the runtime does wrong is refused as Lambda refuses it.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { isStranger } from '../emulators/strangers.ts';

const LOOPBACK = '127.0.0.1';
const VERSION = '/2018-06-01/runtime';
/** Lambda's limit for an answer that is not streamed: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_ANSWER_BYTES = 6_291_556;

export interface Invocation {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  readonly deadlineMs: number;
  readonly functionArn: string;
}

/** What the runtime posted: the function's answer, or its error. */
export type Posted =
  | { readonly kind: 'answer'; readonly payload: string }
  | { readonly kind: 'error'; readonly type: string };

export interface RuntimeEvents {
  /** The runtime waits for an invocation: its last one is over. */
  onNext(): void;
  onPosted(requestId: string, posted: Posted): void;
  onInitError(type: string): void;
}

export class RuntimeApi {
  readonly #events: RuntimeEvents;
  readonly #server: Server;
  #waiting: ServerResponse | undefined;

  private constructor(events: RuntimeEvents) {
    this.#events = events;
    this.#server = createServer((request, response) => {
      // A web page that takes an invocation away would leave its caller without an answer.
      if (isStranger(request.headers)) return void response.writeHead(403).end();
      this.#route(request, response).catch(() => response.destroy());
    });
    // A frozen process asks for its next invocation for as long as it is frozen.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
  }

  static async start(events: RuntimeEvents): Promise<RuntimeApi> {
    const api = new RuntimeApi(events);
    api.#server.listen(0, LOOPBACK);
    await once(api.#server, 'listening');
    return api;
  }

  /** For AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Hands an invocation to the runtime, which must be waiting for one. */
  hand({ requestId, event, deadlineMs, functionArn }: Invocation): void {
    const response = this.#waiting;
    if (!response) throw new Error('the runtime waits for no invocation');
    this.#waiting = undefined;
    const headers = {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': requestId,
      'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': functionArn,
      'Lambda-Runtime-Trace-Id': `Root=1-${Math.floor(deadlineMs / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
    };
    response.writeHead(200, headers).end(event);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.slice(VERSION.length) ?? '';
    if (request.method === 'GET' && path === '/invocation/next') {
      this.#waiting = response;
      response.on('close', () => {
        if (this.#waiting === response) this.#waiting = undefined;
      });
      this.#events.onNext();
      return;
    }
    const body = await buffer(request);
    const type = String(request.headers['lambda-runtime-function-error-type'] ?? 'Unknown');
    if (path === '/init/error') {
      accept(response);
      return this.#events.onInitError(type);
    }
    const [, id = '', what] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (what === undefined) {
      response.writeHead(404).end();
    } else if (what === 'error') {
      accept(response);
      this.#events.onPosted(id, { kind: 'error', type: errorTypeIn(body) ?? type });
    } else if (body.length > MAX_ANSWER_BYTES) {
      response.writeHead(413).end();
      this.#events.onPosted(id, { kind: 'error', type: 'Function.ResponseSizeTooLarge' });
    } else {
      accept(response);
      this.#events.onPosted(id, { kind: 'answer', payload: body.toString() });
    }
  }
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
}

function errorTypeIn(body: Buffer): string | undefined {
  try {
    const { errorType } = JSON.parse(body.toString()) as { readonly errorType?: unknown };
    return typeof errorType === 'string' ? errorType : undefined;
  } catch {
    return undefined;
  }
}

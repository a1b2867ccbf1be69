/**
 * Calls an HTTP server of this very process without a socket. A write to a socket whose other end is in the same process costs more than all the rest of a
 * small call, and a hub makes one for every block.
 */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** What an SDK client takes as its `requestHandler`. */
export type RequestHandler = NonNullable<DynamoDBClientConfig['requestHandler']>;

/** What the SDK hands over. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface Options {
  readonly abortSignal?: AbortSignal;
}

/** What the SDK is given back. */
interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** As much of Node's request as dynalite reads: the head, and then the body in one piece. */
class EmulatorRequest extends EventEmitter {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ method, path, headers }: Call) {
    super();
    this.method = method;
    this.url = path;
    this.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
  }
}

/** As much of Node's response as dynalite writes: a status, headers, and a body at the end. */
class EmulatorResponse {
  statusCode = 200;
  readonly #headers: Record<string, string> = {};
  readonly #done: (answer: Answer) => void;

  constructor(done: (answer: Answer) => void) {
    this.#done = done;
  }

  setHeader(name: string, value: unknown): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  end(body = ''): void {
    this.#done({ statusCode: this.statusCode, headers: this.#headers, body: Buffer.from(body) });
  }
}

/** For dynalite's server, which takes the body's pieces before it waits for anything, and answers in one piece. Aborting a call leaves it to itself: its answer is not waited for. */
export function inProcess(server: Server): RequestHandler {
  return {
    async handle(call: Call, { abortSignal }: Options = {}) {
      const answered = new Promise<Answer>((resolve) => {
        const request = new EmulatorRequest(call);
        server.emit('request', request, new EmulatorResponse(resolve));
        if (call.body !== undefined) request.emit('data', bytesOf(call.body));
        request.emit('end');
      });
      return { response: await unlessAborted(answered, abortSignal) };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function bytesOf(body: string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function unlessAborted<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return call;
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(Object.assign(new Error('the call was aborted'), { name: 'AbortError' }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([call, aborted]);
}

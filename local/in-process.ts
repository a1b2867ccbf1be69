/**
 * Calls an HTTP server of this very process without a socket. A write to a socket whose other end is in the same process costs more than all the rest of a
 * small call, and a hub makes one for every block.
 */
import type { Server } from 'node:http';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import inject from 'light-my-request';

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

/** Aborting a call leaves it to itself: its answer is not waited for. */
export function inProcess(server: Server): RequestHandler {
  const dispatch: inject.DispatchFunc = (request, response) => void server.emit('request', request, response);
  return {
    async handle({ method, path, headers, body }: Call, { abortSignal }: Options = {}) {
      const payload =
        typeof body === 'object' ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : (body ?? '');
      const call = inject(dispatch, { method: method as 'POST', url: path, headers, payload });
      const { statusCode, headers: told, rawPayload } = await unlessAborted(call, abortSignal);
      const texts = Object.entries(told).map(([name, value]) => [name, String(value)] as const);
      return { response: { statusCode, headers: Object.fromEntries(texts), body: rawPayload } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
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

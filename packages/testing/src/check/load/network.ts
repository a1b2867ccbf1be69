/**
 * One party's way to the server: plain HTTP/1.1 over sockets that it can drop at any moment, which `fetch` cannot do in the middle of an
 * answer. Sends no request twice: what became of one that failed is not known.
 */

import { Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';

export interface Target {
  /** May have a path, below which the API is. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; never printed, never recorded. */
  readonly token?: string;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
  /** Without an answer in this time, in ms, it has failed. */
  readonly timeoutMs: number;
  /** Give it up after so many ms. */
  readonly giveUpMs?: number;
  /** Send no token. */
  readonly anonymous?: boolean;
  /** Drop the socket as soon as the answer begins. */
  readonly halfRead?: boolean;
  /** Give it up when this aborts. */
  readonly signal?: AbortSignal;
}

export type Outcome =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly text: string;
      readonly retryAfterMs: number;
    }
  | { readonly kind: 'cut'; readonly why: 'given up' | 'half read' | 'failed' };

export class Network {
  readonly #target: Target;
  #agent: Agent;

  constructor(target: Target) {
    this.#target = target;
    this.#agent = newAgent(target);
  }

  /** From now on on new sockets, as after a change of networks; what is under way on the old ones is cut. */
  change(): void {
    this.#agent.destroy();
    this.#agent = newAgent(this.#target);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Never throws. */
  request(request: Request): Promise<Outcome> {
    const { url, token } = this.#target;
    const send = isSecure(url) ? secureRequest : plainRequest;
    const headers: Record<string, string | number> = {};
    if (token !== undefined && !request.anonymous) headers.authorization = `Bearer ${token}`;
    if (request.type !== undefined) headers['content-type'] = request.type;
    if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body);
    return new Promise((resolve) => {
      const sending = send(`${url.replace(/\/$/, '')}${request.path}`, {
        method: request.method,
        agent: this.#agent,
        headers,
      });
      let timers: NodeJS.Timeout[] = [];
      const end = (outcome: Outcome) => {
        for (const timer of timers) clearTimeout(timer);
        request.signal?.removeEventListener('abort', giveUp);
        resolve(outcome);
        if (outcome.kind === 'cut') sending.destroy();
      };
      const giveUp = () => end({ kind: 'cut', why: 'given up' });
      const fail = () => end({ kind: 'cut', why: 'failed' });
      timers = [setTimeout(fail, request.timeoutMs)];
      if (request.giveUpMs !== undefined) timers.push(setTimeout(giveUp, request.giveUpMs));
      // A destroyed request says so with an error; by then it has been settled.
      sending.on('error', fail);
      sending.on('response', (response) => {
        if (request.halfRead) response.once('data', () => end({ kind: 'cut', why: 'half read' }));
        else read(response).then(end, fail);
      });
      if (request.signal?.aborted) giveUp();
      else request.signal?.addEventListener('abort', giveUp);
      sending.end(request.body);
    });
  }
}

async function read(response: IncomingMessage): Promise<Outcome> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const seconds = Number(response.headers['retry-after'] ?? 0);
  return {
    kind: 'reply',
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString('utf8'),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 0,
  };
}

function newAgent({ url }: Target): Agent {
  return isSecure(url) ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
}

function isSecure(url: string): boolean {
  return new URL(url).protocol === 'https:';
}

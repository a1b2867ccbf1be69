/** A Doorbell that runs already: `npm start`, a hub, a deployed stage. The code under test is given an address of this machine, which hands on. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDoorbell } from './doorbell.ts';
import type { Backend } from './gateway/gateway.ts';
import { handleOf } from './handle.ts';
import { tokenOf } from './server.ts';

export interface ConnectOptions {
  /** What its tokens are signed with (`DOORBELL_SECRET`): then `token()` makes them. */
  readonly secret?: string;
  /** A token that may do what the test does, where the secret is not at hand. `token()` gives it for whatever it is asked. */
  readonly token?: string;
  /** Where the address of this machine listens. Default 0: any free port. */
  readonly port?: number;
}

/** Of one connection, or made anew by whoever sends. */
const HOP_BY_HOP = ['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding', 'upgrade'];
/** `fetch` has undone it. */
const DECODED = ['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive'];

/** Rejects when nothing answers there. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<TestDoorbell> {
  const { secret, token, port = 0 } = options;
  const base = url.replace(/\/+$/, '');
  const backend = handingOnTo(base);
  const { ok, status } = await backend(new Request(`${base}/healthz`)).catch((cause) => {
    throw new Error(`Nothing answers at ${base}.`, { cause });
  });
  if (!ok) throw new Error(`${base} does not say that it is well: /healthz answers ${status}.`);
  return handleOf({
    port,
    backend,
    clock: undefined,
    async token(grants) {
      if (secret !== undefined) return tokenOf(secret, grants, Date.now());
      if (token !== undefined) return token;
      throw new Error('Nobody can make a token: give connect() a `secret`, or a `token`.');
    },
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    stop: async () => undefined,
  });
}

/** Only the path and the query are kept of the address that was asked. */
function handingOnTo(base: string): Backend {
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = without(request.headers, HOP_BY_HOP);
    const { method, signal, body } = request;
    const response = await fetch(base + pathname + search, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(body && { body: await request.arrayBuffer() }),
    });
    const { status } = response;
    return new Response(response.body, { status, headers: without(response.headers, DECODED) });
  };
}

function without(headers: Headers, names: readonly string[]): Headers {
  const kept = new Headers(headers);
  for (const name of names) kept.delete(name);
  return kept;
}

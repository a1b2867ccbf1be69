/** A whole Doorbell over HTTP for the tests that need a socket: one process, real emulators, the built page. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { bundle } from '../../../local/bundle/bundle.ts';
import { startProcess, type TestProcess } from './process.ts';
import { type Stack, startStack } from './stack.ts';

export interface TestServer {
  readonly url: string;
  readonly stack: Stack;
  /** The one that runs now. */
  readonly process: TestProcess;
  /** Cuts every connection, and begins again on the same port with a new process on the same log. `whileDown`: what is waited for before it does. */
  restart(whileDown?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

const built = (name: string) => readFileSync(join(import.meta.dirname, '../../../dist', name), 'utf8');

/** Everything is in memory, on free ports. With `secret`, tokens are asked for. */
export async function startServer({
  secret,
  env = {},
}: {
  secret?: string;
  env?: Record<string, string>;
} = {}): Promise<TestServer> {
  await bundle();
  const stack = await startStack();
  const assets = {
    dashboard: built('dashboard.html'),
    client: built('client.js'),
    more: built('client-more.js'),
    openapi: built('openapi.json'),
  };
  const listen = async (port: number) => {
    const process = startProcess(stack, { assets, env, ...(secret === undefined ? {} : { secret }) });
    const server = serve({ fetch: process.app.fetch, hostname: '127.0.0.1', port });
    if (!server.listening) await once(server, 'listening');
    return { process, server };
  };
  const close = ({ server }: typeof running) => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  let running = await listen(0);
  const { port } = running.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stack,
    get process() {
      return running.process;
    },
    restart: async (whileDown) => {
      await close(running);
      await whileDown?.();
      running = await listen(port);
    },
    stop: async () => {
      await close(running);
      await stack.stop();
    },
  };
}
